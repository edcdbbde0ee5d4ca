import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { diagramOf, type Machine } from "../../src/flow/index.ts";
import { testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";

const root = join(import.meta.dirname, "../..");

interface Guide {
  readonly tellStory: (pool: Pool, schema: string, say: (line: string) => void) => Promise<void>;
  readonly order?: Machine<string, string, unknown>;
}

const pageOf = (name: string): string => readFileSync(join(root, `docs/guides/${name}.md`), "utf8");

/** Its first code as a module of a reader's own; under the root, where longmen/… is found. */
async function guide(name: string): Promise<Guide> {
  const code = /```ts\n([\s\S]*?)```/.exec(pageOf(name))?.[1] ?? "";
  const folder = join(root, ".longmen", `${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)) as Guide;
}

async function told(story: Guide): Promise<readonly string[]> {
  const schema = testSchemaName();
  const pool = new Pool({ connectionString: testServerUrl(), max: 4 });
  onTestFinished(async () => {
    await pool.query(`drop schema if exists ${schema} cascade`);
    await pool.end();
  });
  const lines: string[] = [];
  await story.tellStory(pool, schema, (line) => lines.push(line));
  return lines;
}

test("the guide to state machines does what it says, and shows its own diagram", async () => {
  const story = await guide("state-machines");
  expect(await told(story)).toEqual([
    "not_allowed in created",
    "created → paying",
    "taken before",
    "shipped → cancelled",
    "charge 1999, send o-1, recall o-1, refund of charge 1999",
    "created -pay-> paying",
    "paying -charged-> paid",
    "paid -ship-> shipped",
    "shipped -cancel-> cancelled",
    "  [*] --> created",
  ]);
  const drawn = story.order && diagramOf(story.order);
  expect(pageOf("state-machines")).toContain(`\`\`\`mermaid\n${drawn}\`\`\``);
});

test("the guide to sagas does what it says", async () => {
  expect(await told(await guide("sagas"))).toEqual([
    "have a good trip, Ann (tell)",
    "sorry, Ben (tell)",
    "flight for Ann, hotel for Ann, flight for Ben, no flight for Ben",
    '{"at":"given up"}',
    "again: book/flight, book/hotel, book/flight~undo, tell",
    "have a good trip, Ben (tell)",
    "replays to its end",
    'expected step "tell", found step "train"',
    "0 to cancel",
    "asked 0",
  ]);
});
