/** A book on real PostgreSQL as something that tables are run against. */
import { manualClock, type Instant } from "../../src/base/index.ts";
import {
  type Book,
  type Ledger,
  type VerifyReport,
  ledgerMigrations,
  openLedger,
} from "../../src/ledger/index.ts";
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

/** Who answers: always the same node, two in turn, or for each posting one that knows nothing yet. */
export type Crew = "one node" | "two nodes in turn" | "a new node each time";

export interface BookSubject extends Subject {
  verify(): Promise<VerifyReport>;
  close(): Promise<void>;
}

/** Opens a book of its own whose time is the subject's: a case never waits. */
export async function bookSubject(
  database: Database,
  name: string,
  start: Instant,
  crew: Crew,
): Promise<BookSubject> {
  const clock = manualClock(start);
  const open = () => openLedger({ database, clock, bookTime: "clock", sweep: false });
  const nodes: Ledger[] = [open(), ...(crew === "one node" ? [] : [open()])];
  const first = nodes[0] ?? open();
  const { id } = await first.createBook(name);
  const next = async (): Promise<Book> => {
    const node = nodes.shift() ?? open();
    if (crew === "a new node each time") await node.close();
    nodes.push(crew === "a new node each time" ? open() : node);
    return (nodes.at(-1) ?? node).book(name);
  };
  return {
    submit: async (posting) => {
      clock.advance(1);
      const book = await next();
      return "requests" in posting ? book.chain(posting) : book.submit(posting);
    },
    wait: (ms) => clock.advance(ms),
    sums: async (path, asset) => {
      const row = await database.maybe(newestSums, { book: id, path, asset });
      return (
        row && [row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted]
      );
    },
    verify: async () => (await next()).verify(),
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}
