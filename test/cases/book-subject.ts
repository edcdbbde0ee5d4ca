/** A book on real PostgreSQL as something that tables are run against. */
import { manualClock, type Instant } from "../../src/base/index.ts";
import { ledgerMigrations, openLedger, type Book } from "../../src/ledger/index.ts";
import {
  as,
  arg,
  postgresMigrations,
  sql,
  table,
  type Database,
} from "../../src/postgres/index.ts";
import { testDatabase, type TestDatabase } from "../../src/postgres/testing.ts";
import type { Subject } from "./run-table.ts";

const newestSums = sql.named("cases.newestSums", {
  params: { book: arg.int4, path: arg.text, asset: arg.text },
  columns: {
    debits_pending: as.int8,
    debits_posted: as.int8,
    credits_pending: as.int8,
    credits_posted: as.int8,
  },
})`
  select debits_pending, debits_posted, credits_pending, credits_posted
  from ${table("ledger_account")} account
  join ${table("ledger_asset")} asset using (book_id)
  join ${table("ledger_balance")} balance using (book_id)
  where book_id = ${"book"} and path = ${"path"} and asset.code = ${"asset"}
    and account.asset = asset.asset and balance.account = account.account
  order by balance.seq desc limit 1`;

export function ledgerDatabase(): Promise<TestDatabase> {
  return testDatabase({ migrations: [postgresMigrations, ledgerMigrations], until: "caller" });
}

/** Opens a book of its own whose time is the subject's: a case never waits. */
export async function bookSubject(
  database: Database,
  name: string,
  start: Instant,
): Promise<Subject & { readonly book: Book; close(): Promise<void> }> {
  const clock = manualClock(start);
  const ledger = openLedger({ database, clock, bookTime: "clock", sweep: false });
  const book = await ledger.createBook(name);
  return {
    book,
    close: () => ledger.close(),
    submit: (posting) => {
      clock.advance(1);
      return "requests" in posting ? book.chain(posting) : book.submit(posting);
    },
    wait: (ms) => clock.advance(ms),
    sums: async (path, asset) => {
      const row = await database.maybe(newestSums, { book: book.id, path, asset });
      return (
        row && [row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted]
      );
    },
  };
}
