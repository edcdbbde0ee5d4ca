/**
 * How many bytes a transfer takes in the database, written in batches and alone, and how fast verify
 * reads them: `node scripts/run.mjs scripts/measure-size.ts [batched] [alone]`. A database of its own,
 * gone after.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../src/base/index.ts";
import { type Book, ledgerMigrations, openLedger } from "../src/ledger/index.ts";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
  startEmbedded,
} from "../src/postgres/index.ts";
import { bytesByTable } from "./database-sizes.ts";

const [batched = 100_000, alone = 4_000] = process.argv.slice(2).map(Number);
const BATCH = 1_000;
const ASSET = "CNY/2";

const dir = mkdtempSync(join(tmpdir(), "longmen-measure-"));
const embedded = await startEmbedded({ dir, port: 0 });
try {
  const database = await openDatabase({ url: embedded.url });
  await migrate(database, [postgresMigrations, ledgerMigrations]);
  const ledger = openLedger({ database, sweep: false });
  const inBatches = await measure(database, await bookWith("batched", 20), batched, BATCH);
  const singly = await measure(database, await bookWith("alone", 5_000), alone, 1);
  process.stdout.write(`${JSON.stringify({ inBatches, singly }, null, 2)}\n`);
  await ledger.close();
  await database.close();

  async function bookWith(name: string, accounts: number): Promise<[Book, readonly string[]]> {
    const book = await ledger.createBook(name);
    await book.submit({ kind: "asset", asset: ASSET });
    const paths = Array.from({ length: accounts }, (_, i) => `user/${i}`);
    await book.batch(
      ["bank", ...paths].map((path) => {
        return { kind: "open", path, asset: ASSET, side: "credit", bound: "none" };
      }),
    );
    return [book, paths];
  }
} finally {
  await embedded.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function measure(
  database: Database,
  [book, paths]: readonly [Book, readonly string[]],
  transfers: number,
  atOnce: number,
) {
  const before = await bytesByTable(database);
  for (let done = 0; done < transfers; done += atOnce) {
    const items = Array.from({ length: atOnce }, (_, i) => ({
      id: newId(),
      asset: ASSET,
      debit: "bank",
      credit: paths[(done + i) % paths.length] ?? "",
      amount: 100n,
      reference: `order-${done + i}`,
    }));
    await book.batch(items);
  }
  const after = await bytesByTable(database);
  const each = [...after].map(([name, bytes]) => {
    return [name, Math.round((bytes - (before.get(name) ?? 0)) / transfers)] as const;
  });
  const byTable = Object.fromEntries(each.filter(([, bytes]) => bytes > 0));
  const bytesEach = each.reduce((sum, [, bytes]) => sum + bytes, 0);
  const { entries, seconds, verified } = await book.verify();
  const verifiedPerSecond = Math.round(entries / seconds);
  return { transfers, bytesEach, byTable, verified, verifiedPerSecond };
}
