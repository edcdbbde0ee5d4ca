import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { sellInChains } from "../../examples/chain.ts";
import { holdAndConfirm } from "../../examples/hold-and-confirm.ts";
import { tellTicks } from "../../examples/next-ticks.ts";
import { openShopLedger } from "../../examples/own-pool.ts";
import { manualClock } from "../../src/base/index.ts";
import type { Book } from "../../src/ledger/index.ts";
import { testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLE_DAY = Date.UTC(2026, 0, 15, 9, 30);

/** A book as examples/own-pool.ts opens one, on a pool and a schema that go with the test. */
async function ownBook() {
  const schema = testSchemaName();
  const pool = new Pool({ connectionString: testServerUrl() });
  const clock = manualClock(EXAMPLE_DAY);
  const ledger = await openShopLedger(pool, schema, clock);
  onTestFinished(async () => {
    await ledger.close();
    await pool.query(`drop schema ${schema} cascade`);
    await pool.end();
  });
  return { book: await ledger.createBook("example"), clock, pool, schema };
}

async function tell(story: (book: Book, say: (line: string) => void) => Promise<void>, book: Book) {
  const lines: string[] = [];
  await story(book, (line) => lines.push(line));
  return lines;
}

test("own-pool: a ledger on a user's own pool, schema name and clock", async () => {
  const { book, clock, pool, schema } = await ownBook();
  await book.submit({ kind: "asset", asset: "CNY/2" });
  clock.advance(1_500);
  const answer = await book.submit({ kind: "asset", asset: "POINT/0" });
  expect(answer).toMatchObject({ status: "created", seq: 2 });
  const { rows } = await pool.query(`select count(*)::int4 as entries from ${schema}.ledger_entry`);
  expect(rows).toEqual([{ entries: 2 }]);
});

test("own-pool: a clock that is wrong, or becomes it, dates no entry", async () => {
  const { book, clock, pool, schema } = await ownBook();
  await book.submit({ kind: "asset", asset: "CNY/2" });
  clock.advance(3_600_000);
  await book.submit({ kind: "asset", asset: "POINT/0" });
  const { rows } = await pool.query(
    `select count(*)::int4 as dated from ${schema}.ledger_batch
     where at between clock_timestamp() - interval '1 hour' and clock_timestamp() + interval '1 minute'`,
  );
  // Batch zero, and one for each asset.
  expect(rows).toEqual([{ dated: 3 }]);
});

test("own-pool: the user's pool stays open and keeps its settings when the ledger is closed", async () => {
  const { book, pool } = await closedLedger();
  const late = book.submit({ kind: "asset", asset: "POINT/0" });
  await expect(late).rejects.toMatchObject({ code: "lane.closed" });
  const { rows } = await pool.query("show search_path");
  expect(rows).toEqual([{ search_path: '"$user", public' }]);
});

test("own-pool: run without a server it says how it is used, and nothing else", () => {
  const words = ["--conditions=longmen-source", "scripts/run.mjs", "examples/own-pool.ts"];
  const ran = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
  expect(ran.status).toBe(2);
  expect(ran.stdout).toBe("");
  expect(ran.stderr).toMatch(/^usage: npm run example \S+own-pool\.ts postgres:\S+\n$/);
});

async function closedLedger() {
  const schema = testSchemaName();
  const pool = new Pool({ connectionString: testServerUrl(), max: 1 });
  const ledger = await openShopLedger(pool, schema, manualClock(EXAMPLE_DAY));
  const book = await ledger.createBook("closed");
  await book.submit({ kind: "asset", asset: "CNY/2" });
  await ledger.close();
  onTestFinished(async () => {
    await pool.query(`drop schema ${schema} cascade`);
    await pool.end();
  });
  return { book, pool };
}

test("hold-and-confirm: prints what README shows", async () => {
  const { book } = await ownBook();
  const lines = await tell(holdAndConfirm, book);
  expect(lines).toHaveLength(6);
  for (const page of ["README.md", "README.zh.md"]) {
    expect(readFileSync(join(root, page), "utf8")).toContain(lines.join("\n"));
  }
});

test("hold-and-confirm: P2, told twice it answers alike and moves nothing", async () => {
  const { book } = await ownBook();
  await tell(holdAndConfirm, book);
  const again = await tell(holdAndConfirm, book);
  expect(again.map((line) => line.split(/\s+/)[1])).toEqual([
    "exists",
    "exists",
    "refused",
    "exists",
    "exists",
    "refused",
  ]);
});

test("chain: all of an order or nothing of it, and a repeat is known", async () => {
  const { book, pool, schema } = await ownBook();
  expect(await tell(sellInChains, book)).toEqual([
    "order/1 created, entries 13, 14, 15, 16",
    "order/2 refused at member 2: ledger.credit_account_exceeds_bound",
    "order/1 exists, entries 13, 14, 15, 16",
  ]);
  const { rows } = await pool.query(
    `select id from ${schema}.ledger_entry where seq > 12 and status = 0 order by seq`,
  );
  expect(rows.map(({ id }) => id as string)).toEqual([
    "~open/13",
    "order/1/tea",
    "order/1/cup",
    "order/1/money",
  ]);
});

test("next-ticks: what a gap of the clock held comes at its end", () => {
  const lines: string[] = [];
  tellTicks((line) => lines.push(line));
  expect(lines).toEqual([
    "every day at 02:30, Europe/Berlin",
    "每天 02:30（Europe/Berlin）",
    "2026-03-28T01:30:00.000Z",
    "2026-03-29T01:00:00.000Z",
    "2026-03-30T00:30:00.000Z",
    'the cron expression "0 9 * * MON-SUNDAY" is wrong in field 5 (day of week): "SUNDAY" is no day of week; write SUN',
  ]);
});
