/**
 * How many bytes a transfer takes before and after it is archived, in the database and in the file:
 * `node scripts/run.mjs scripts/measure-archive.ts [transfers]`. A database of its own, gone after.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manualClock, newId, systemClock } from "../src/base/index.ts";
import { archiveBook, ledgerMigrations, openLedger } from "../src/ledger/index.ts";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
  sql,
  startEmbedded,
} from "../src/postgres/index.ts";
import { bytesByTable } from "./database-sizes.ts";

const transfers = Number(process.argv[2] ?? 200_000);
const BATCH = 1_000;
const ACCOUNTS = 2_000;
const ASSET = "CNY/2";
const TABLES = ["ledger_balance", "ledger_batch", "ledger_entry"];

const compactEntries = sql.named("measure.compactEntries", {})`vacuum (full) longmen.ledger_entry`;
const compactBalances = sql.named(
  "measure.compactBalances",
  {},
)`vacuum (full) longmen.ledger_balance`;

const dir = mkdtempSync(join(tmpdir(), "longmen-measure-"));
const embedded = await startEmbedded({ dir, port: 0 });
try {
  const database = await openDatabase({ url: embedded.url });
  await migrate(database, [postgresMigrations, ledgerMigrations]);
  await fill(database);
  const before = await perTransfer(database);
  const to = join(dir, "book.lma");
  const clock = manualClock(systemClock.now() + 3 * 86_400_000);
  /** When each step was heard of last. */
  const heard = new Map<string, number>([["beginning", performance.now()]]);
  const report = await archiveBook(database, "measured", {
    before: systemClock.now(),
    to,
    clock,
    onProgress: (step) => heard.set(step, performance.now()),
  });
  const after = await perTransfer(database);
  const file = statSync(to).size / transfers;
  const steps = secondsOf([...heard]);
  const told = { transfers, before, after, file, seconds: report.seconds, steps };
  process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  await database.close();
} finally {
  await embedded.stop();
  rmSync(dir, { recursive: true, force: true });
}

function secondsOf(heard: readonly (readonly [string, number])[]): Record<string, number> {
  const each = heard.slice(1).map(([step, at], i) => {
    return [step, Math.round(at - (heard[i]?.[1] ?? at)) / 1_000] as const;
  });
  return Object.fromEntries(each);
}

/** As a busy shop writes: a thousand at a time, with a reference, metadata, who and in which request. */
async function fill(database: Database): Promise<void> {
  const ledger = openLedger({ database, sweep: false });
  const book = await ledger.createBook("measured");
  await book.submit({ kind: "asset", asset: ASSET });
  const paths = Array.from({ length: ACCOUNTS }, (_, i) => `user/${i}/wallet`);
  await book.batch(
    ["bank", ...paths].map((path) => {
      return { kind: "open", path, asset: ASSET, side: "credit", bound: "none" };
    }),
  );
  for (let done = 0; done < transfers; done += BATCH) {
    const items = Array.from({ length: BATCH }, (_, i) => ({
      id: newId(),
      asset: ASSET,
      debit: "bank",
      credit: paths[(done + i * 7) % ACCOUNTS] ?? "",
      amount: BigInt(100 + i),
      reference: `order-${1_000_000 + done + i}`,
      metadata: JSON.stringify({ sku: `SKU-${i}`, channel: "app", note: "delivered to the door" }),
    }));
    const context = { by: "till-7 (service k4xw2mbq7ze3)", request: `trace/${newId()} 10.0.0.7` };
    await book.batch(items, { context });
  }
  await ledger.close();
}

/** Compacted, so that room which new rows will take is not counted. */
async function perTransfer(database: Database): Promise<Record<string, number>> {
  await database.run(compactEntries, {});
  await database.run(compactBalances, {});
  const bytes = await bytesByTable(database);
  const each = TABLES.map(
    (name) => [name, Math.round((bytes.get(name) ?? 0) / transfers)] as const,
  );
  return Object.fromEntries(each);
}
