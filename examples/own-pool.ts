/**
 * A ledger inside a program that has its own pool: your connections, your schema name, your clock.
 * Run it with `npm run example examples/own-pool.ts postgres://user:password@host:5432/shop`.
 */
import { type Clock, systemClock } from "longmen/base";
import { type Ledger, ledgerMigrations, openLedger } from "longmen/ledger";
import { migrate, openDatabase, postgresMigrations } from "longmen/postgres";
import { Pool } from "pg";

/**
 * Ten lines are all it takes. The clock is this node's: waiting and measuring go by it. What is dated
 * in the books is not: book time is the database's, as this clock measures it, so that a wrong clock
 * can't date an entry or stretch a hold. Closing the ledger gives its connections back and leaves the
 * pool open.
 */
export async function openShopLedger(pool: Pool, schema: string, clock: Clock): Promise<Ledger> {
  const database = await openDatabase({ pool, schema, clock });
  await migrate(database, [postgresMigrations, ledgerMigrations]);
  return openLedger({ database });
}

if (process.argv[1] === import.meta.filename) {
  const url = process.argv[2];
  if (url === undefined) {
    console.error(
      "usage: npm run example examples/own-pool.ts postgres://user:password@host:5432/shop",
    );
    process.exit(2);
  }
  const pool = new Pool({ connectionString: url });
  const ledger = await openShopLedger(pool, "shop_books", systemClock);
  const book = await ledger.createBook("shop");
  const answer = await book.submit({ kind: "asset", asset: "CNY/2" });
  console.log(`the book "${book.name}" is open; asset CNY/2: ${answer.status}`);
  await ledger.close();
  await pool.end();
}
