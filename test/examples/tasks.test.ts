import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";

const root = join(import.meta.dirname, "../..");

interface Guide {
  readonly tellStory: (pool: Pool, schema: string, say: (line: string) => void) => Promise<void>;
}

/** Its code as a module of a reader's own; under the root, where longmen/… is found. */
async function guide(): Promise<Guide> {
  const text = readFileSync(join(root, "docs/guides/tasks.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folder = join(root, ".longmen", `tasks-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)) as Guide;
}

test("the guide to tasks does what it says", async () => {
  const schema = testSchemaName();
  // The reader's own tables are in a schema of their own.
  const own = testSchemaName();
  const url = new URL(testServerUrl());
  url.searchParams.set("options", `-c search_path=${own}`);
  const pool = new Pool({ connectionString: url.href });
  await pool.query(`create schema ${own}; create table signup (name text primary key)`);
  onTestFinished(async () => {
    await pool.query(`drop schema if exists ${schema} cascade; drop schema ${own} cascade`);
    await pool.end();
  });
  const said: string[] = [];
  const { tellStory } = await guide();
  await tellStory(pool, schema, (line) => said.push(line));
  expect(said).toEqual([
    "sent as mail to ann@example.com",
    "the same task",
    "3 of 4 indexed",
    "nobody is no address",
    "dead: nobody",
    "1 once more",
    "in vain",
  ]);
  const { rows } = await pool.query(
    `select count(*)::int4 as n from ${schema}.flow_live as live where owner <> 0`,
  );
  expect(rows).toEqual([{ n: 0 }]);
});
