import { expect, onTestFinished, test } from "vitest";
import { pinoLogger } from "../base/index.ts";
import { as } from "./columns.ts";
import { checkout, openDatabase } from "./database.ts";
import { LaneConnection } from "./lane/connection.ts";
import { sql } from "./sql.ts";
import { testDatabase } from "./testing.ts";

const committing = sql.named("test.committing", {
  columns: { waits: as.text },
})`select current_setting('synchronous_commit') as waits`;

test.each([
  ["off", "local"],
  ["local", "local"],
  ["remote_write", "remote_write"],
  ["on", "on"],
  ["remote_apply", "remote_apply"],
])(
  "where synchronous_commit is %s, what writes commits with %s, and nothing is set for good",
  async (set, found) => {
    const opened = await testDatabase();
    const url = new URL(opened.url);
    url.searchParams.set("options", `-c synchronous_commit=${set}`);
    const database = await openDatabase({ url: url.href, schema: opened.schema, poolMax: 1 });
    onTestFinished(() => database.close());
    expect(await database.transaction((tx) => tx.one(committing, {}))).toEqual({ waits: found });
    const connection = await LaneConnection.open(await checkout(database), opened);
    await connection.begin();
    expect(await connection.reader.one(committing, {})).toEqual({ waits: found });
    await connection.rollback();
    connection.release();
    expect(await database.one(committing, {})).toEqual({ waits: set });
  },
);

test("tells at its start of a server that forgets on a power cut", async () => {
  const { url, schema } = await testDatabase();
  const told: string[] = [];
  const write = (line: string): void => void told.push(line);
  const log = pinoLogger({ level: "warn", destination: { write } });
  const database = await openDatabase({ url, schema, log });
  await database.close();
  expect(told.join("")).toContain("a power cut can lose what was acknowledged");
});
