import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ledgerMigrations } from "../../ledger/index.ts";
import { openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { testDatabase, testSchemaName, testServerUrl } from "../../postgres/testing.ts";
import type { HouseConfig } from "../house.ts";
import { runWords } from "../testing/run-words.ts";

const MANIFEST = new URL("../../../docs/reference/schema.json", import.meta.url);

const NEVER_MADE = join(tmpdir(), `longmen-never-made-${process.pid}`);

/** Where a command is to look. */
type Place = Pick<HouseConfig, "databaseUrl" | "dir" | "schema">;

const onServer = (schema: string): Place => ({
  databaseUrl: testServerUrl(),
  dir: "nowhere",
  schema,
});

const longmen = (place: Place, words: readonly string[]) =>
  runWords(place, words, { manifest: () => readFile(MANIFEST, "utf8") });

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "longmen-looks-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function onSchema(schema: string, text: string) {
  const database = await openDatabase({ url: testServerUrl(), schema, poolMax: 1 });
  try {
    return await database.transaction((tx) => tx.query(text));
  } finally {
    await database.close();
  }
}

/** The relations of a schema, or undefined where it is not even there. */
async function relations(schema: string): Promise<readonly unknown[] | undefined> {
  const { rows } = await onSchema(
    schema,
    `select c.relname::text as name from pg_namespace n
     left join pg_class c on c.relnamespace = n.oid
     where n.nspname = '${schema}' order by 1`,
  );
  return rows.length === 0 ? undefined : rows.map(({ name }) => name);
}

const looking: readonly (readonly string[])[] = [
  ["verify"],
  ["balance", "bank"],
  ["history"],
  ["keys", "list"],
  ["rules", "list"],
  ["catalog", "search"],
  ["orders", "list"],
  ["stock", "show", "TEA"],
  ["backup", "--to", NEVER_MADE],
  ["archive", "--before", "2026-01-01", "--to", NEVER_MADE, "--dry-run"],
];

describe.each(looking.map((words) => [words.join(" "), words] as const))("%s", (_, words) => {
  test("refuses by name where there is nothing, and makes nothing", async () => {
    const schema = testSchemaName();
    const ran = await longmen(onServer(schema), words);
    expect(ran).toMatchObject({ code: 3, out: "" });
    expect(ran.err).toContain("(postgres.schema_missing)");
    expect(ran.err).toContain("longmen migrate");
    expect(await relations(schema)).toBeUndefined();
    expect(existsSync(NEVER_MADE)).toBe(false);
  });

  test("makes no folder and no server to look at", async () => {
    const dir = join(await freshFolder(), "none");
    const ran = await longmen({ databaseUrl: undefined, dir, schema: "longmen" }, words);
    expect(ran).toMatchObject({ code: 3, out: "" });
    expect(ran.err).toContain(`there is no database in ${dir} yet`);
    expect(ran.err).toContain("(postgres.schema_missing)");
    expect(existsSync(dir)).toBe(false);
  });

  test("leaves somebody else's schema as it is", async () => {
    const { schema } = await testDatabase({ place: "schema" });
    await onSchema(schema, `drop schema ${schema} cascade; create schema ${schema}`);
    await onSchema(schema, `create table ${schema}.theirs (id int8)`);
    const ran = await longmen(onServer(schema), words);
    expect(ran).toMatchObject({ code: 3, out: "" });
    expect(ran.err).toContain("(postgres.schema_foreign)");
    expect(await relations(schema)).toEqual(["theirs"]);
  });
});

test("what looks at an older schema refuses it and leaves it so, until longmen migrate", async () => {
  const { schema } = await testDatabase({
    migrations: [postgresMigrations, ledgerMigrations],
    place: "schema",
  });
  const before = await relations(schema);
  const ran = await longmen(onServer(schema), ["keys", "list"]);
  expect(ran).toMatchObject({ code: 3, out: "" });
  expect(ran.err).toContain("lack access/0001");
  expect(ran.err).toContain("(postgres.schema_older)");
  // A book needs no more than its own rooms.
  expect((await longmen(onServer(schema), ["verify"])).err).toContain("(ledger.book_missing)");
  const examined = await longmen(onServer(schema), ["doctor"]);
  expect(examined.code).toBe(4);
  expect(examined.out).toContain("(postgres.schema_older)");
  expect(examined.out).not.toContain("drift");
  expect(await relations(schema)).toEqual(before);
  expect((await longmen(onServer(schema), ["migrate"])).code).toBe(0);
  expect(await longmen(onServer(schema), ["keys", "list"])).toMatchObject({ code: 0 });
  const healthy = await longmen(onServer(schema), ["doctor"]);
  expect(healthy.out).toContain("every migration of this version was applied");
  expect(healthy.out).toContain("the schema is the one of this version");
});

describe("doctor", () => {
  test("finds that nothing is there, and makes nothing", async () => {
    const schema = testSchemaName();
    const ran = await longmen(onServer(schema), ["doctor"]);
    expect(ran.code).toBe(4);
    expect(ran.out).toMatch(
      /ERROR schema .*nothing was ever migrated .*\(postgres\.schema_missing\)/,
    );
    expect(ran.out).toContain("Run longmen migrate");
    expect(ran.out).toContain("limits"); // the server is examined all the same
    expect(await relations(schema)).toBeUndefined();
  });

  test("finds that there is no database, and makes no folder", async () => {
    const dir = join(await freshFolder(), "none");
    const place: Place = { databaseUrl: undefined, dir, schema: "longmen" };
    const { code, out } = await longmen(place, ["doctor", "--json"]);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ findings: [{ check: "database", level: "error" }] });
    expect(existsSync(dir)).toBe(false);
  });
});

test("verify refuses books whose tables are older than it", async () => {
  const { schema } = await testDatabase({ migrations: [postgresMigrations], place: "schema" });
  const ran = await longmen(onServer(schema), ["verify"]);
  expect(ran).toMatchObject({ code: 3, out: "" });
  expect(ran.err).toContain("lack ledger/0001");
  expect(ran.err).toContain("(postgres.schema_older)");
});
