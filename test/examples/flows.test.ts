import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openShop, type SendMail } from "../../examples/flows-in-fastify.ts";
import { testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";

const root = join(import.meta.dirname, "../..");

/** A reader's own pool, their tables in one schema and Longmen's in another. */
async function readersPool() {
  const [schema, own] = [testSchemaName(), testSchemaName()];
  const url = new URL(testServerUrl());
  url.searchParams.set("options", `-c search_path=${own}`);
  const pool = new Pool({ connectionString: url.href, max: 6 });
  onTestFinished(async () => {
    await pool.query(`drop schema if exists ${schema}, ${own} cascade`);
    await pool.end();
  });
  await pool.query(`create schema ${own}`);
  return { pool, schema };
}

test("flows-in-fastify: a sign-up's welcome goes on over a restart, and mails once", async () => {
  const { pool, schema } = await readersPool();
  const mails: string[] = [];
  let isDown = true;
  const send: SendMail = (to, subject, key) => {
    if (isDown) return Promise.reject(new Error("the mail server is down"));
    mails.push(`${subject} ${to} ${key}`);
    return Promise.resolve();
  };
  const first = await openShop(pool, schema, send);
  const asked = { method: "POST", url: "/signups", payload: { email: "ann@example.com" } } as const;
  const { id } = (await first.app.inject(asked)).json<{ id: string }>();
  expect((await first.app.inject(asked)).json()).toEqual({ id });
  expect((await first.app.inject({ ...asked, payload: { email: "nobody" } })).statusCode).toBe(400);
  await first.app.close();

  isDown = false;
  const { app, flows } = await openShop(pool, schema, send);
  const look = async () => (await app.inject({ url: `/signups/${id}` })).json<object>();
  await expect
    .poll(look, { timeout: 60_000 })
    .toMatchObject({ steps: ["welcome", "confirmed~wait"] });
  await app.inject({ method: "POST", url: `/signups/${id}/confirm` });
  expect(await flows.run(id).result({ timeoutMs: 60_000 })).toBe("confirmed");
  expect(mails).toHaveLength(1);
  const { rows } = await pool.query(`select email, run from signup`);
  expect(rows).toEqual([{ email: "ann@example.com", run: id }]);
  await app.close();
});

interface Guide {
  readonly tellStory: (pool: Pool, schema: string, say: (line: string) => void) => Promise<void>;
}

test("the guide's first flow does what it says", async () => {
  const { pool, schema } = await readersPool();
  const text = readFileSync(join(root, "docs/guides/flows.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folder = join(root, ".longmen", `flows-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  const { tellStory } = (await import(pathToFileURL(file).href)) as Guide;
  const lines: string[] = [];
  await tellStory(pool, schema, (line) => lines.push(line));
  expect(lines).toEqual([
    "reserving with key 1",
    "charging",
    "the card is cold",
    "charging",
    "4711: shipped",
    "the same run",
    "reserve done",
    "charge done",
    "ship~wait begun",
    "ship done",
  ]);
});
