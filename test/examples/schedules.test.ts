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
  const text = readFileSync(join(root, "docs/guides/schedules.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folder = join(root, ".longmen", `schedules-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)) as Guide;
}

test("the guide to schedules does what it says", async () => {
  const schema = testSchemaName();
  const pool = new Pool({ connectionString: testServerUrl(), max: 6 });
  onTestFinished(async () => {
    await pool.query(`drop schema if exists ${schema} cascade`);
    await pool.end();
  });
  const { tellStory } = await guide();
  const lines: string[] = [];
  await tellStory(pool, schema, (line) => lines.push(line));
  expect(lines).toEqual([
    "next at 18:30 UTC",
    "made: true",
    "made: false",
    "started, on time: true",
    "42 settled",
    "part 1 of 4, part 2 of 4, part 3 of 4, part 4 of 4",
    "sweep is paused",
  ]);
});
