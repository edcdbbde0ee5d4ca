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
  const text = readFileSync(join(root, "docs/guides/leases.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folder = join(root, ".longmen", `leases-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)) as Guide;
}

test("the guide to leases does what it says", async () => {
  const schema = testSchemaName();
  // The reader's own tables are in a schema of their own.
  const own = testSchemaName();
  const url = new URL(testServerUrl());
  url.searchParams.set("options", `-c search_path=${own}`);
  const pool = new Pool({ connectionString: url.href, max: 4 });
  onTestFinished(async () => {
    await pool.query(`drop schema if exists ${schema}, ${own} cascade`);
    await pool.end();
  });
  await pool.query(`create schema ${own}`);
  await pool.query(`create table report_done (id text primary key)`);
  const { tellStory } = await guide();
  const lines: string[] = [];
  await tellStory(pool, schema, (line) => lines.push(line));
  expect(lines).toEqual([
    "working with token 1",
    "report/daily is held by worker-1: daily report",
    "taken again, token 2",
    "nobody else gets it meanwhile",
    "unit: committed",
    "unit: conflict",
    "flow.lease_lost",
  ]);
  const { rows } = await pool.query<{ id: string }>(`select id from report_done order by id`);
  expect(rows.map(({ id }) => id)).toEqual(["by hand", "monday"]);
});
