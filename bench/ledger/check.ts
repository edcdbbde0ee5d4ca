/**
 * Whether the journal holds what callers were told, no more and no less, and whether the balances
 * are its fold: counted and summed here in plain SQL, then verified by the ledger itself.
 */
import type { Book } from "../../src/ledger/index.ts";
import { Void } from "../contest.ts";
import type { Tally } from "./loads.ts";
import { onServer } from "../servers.ts";

export interface Checked {
  readonly entries: number;
  /** Balance rows written to an entry: what the peer raw has to write as well. */
  readonly balancesPerEntry: number;
  readonly batches: number;
}

/** Rows that were there before the clock started. */
export interface Before {
  readonly created: number;
  readonly entries: number;
  readonly balances: number;
  readonly batches: number;
}

/** Throws `Void` when anything differs. */
export async function checkBook(
  url: string,
  schema: string,
  told: { book: Book; before: Before; tally: Tally },
): Promise<Checked> {
  const now = await countAll(url, schema, told.book.id);
  same("transfers created", now.created - told.before.created, told.tally.created);
  same("refusals remembered", now.refused, told.tally.remembered);
  same(
    "balances that are not the fold of the journal",
    await wrongBalances(url, schema, told.book.id),
    0,
  );
  const report = await told.book.verify();
  if (!report.verified) {
    throw new Void(`verify found ${report.findingsCount}: ${report.findings[0]?.message}`);
  }
  const entries = now.entries - told.before.entries;
  const balances = now.balances - told.before.balances;
  return {
    entries,
    balancesPerEntry: balances / entries,
    batches: now.batches - told.before.batches,
  };
}

function same(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Void(`${what}: ${found} found, ${expected} expected`);
}

export interface Counts extends Before {
  readonly refused: number;
}

export async function countAll(url: string, schema: string, book: number): Promise<Counts> {
  return onServer(url, async (client) => {
    const { rows } = await client.query<Record<keyof Counts, string>>(
      `select count(*) filter (where status = 0 and kind between 1 and 4) as created,
         count(*) filter (where status <> 0) as refused, count(*) as entries,
         (select count(*) from ${schema}.ledger_balance where book_id = $1) as balances,
         (select count(*) from ${schema}.ledger_batch where book_id = $1) as batches
       from ${schema}.ledger_entry where book_id = $1`,
      [book],
    );
    const [row] = rows;
    if (row === undefined) throw new Void("the journal could not be counted");
    return {
      created: Number(row.created),
      refused: Number(row.refused),
      entries: Number(row.entries),
      balances: Number(row.balances),
      batches: Number(row.batches),
    };
  });
}

/** Accounts whose newest balance row is not the sum of the journal's entries. */
async function wrongBalances(url: string, schema: string, book: number): Promise<number> {
  return onServer(url, async (client) => {
    await client.query(`set search_path = ${schema}`);
    const { rows } = await client.query<{ wrong: string }>(FOLD, [book]);
    return Number(rows[0]?.wrong);
  });
}

// Kinds: 1 transfer, 2 pending, 3 post, 4 void, 5 expire. What ends a hold takes its whole amount
// off the pending columns.
const FOLD = `
  with moved as (
    select e.debit, e.credit,
      case e.kind when 2 then e.amount when 1 then 0 else -hold.amount end as pending,
      case when e.kind in (1, 3) then e.amount else 0 end as posted
    from ledger_entry e
    left join ledger_entry hold on hold.book_id = e.book_id and hold.seq = e.pending_seq
    where e.book_id = $1 and e.status = 0 and e.kind between 1 and 5
  ), side as (
    select debit as account, pending as dp, posted as d, 0 as cp, 0 as c from moved
    union all select credit, 0, 0, pending, posted from moved
  ), folded as (
    select account, sum(dp) as dp, sum(d) as d, sum(cp) as cp, sum(c) as c from side group by account
  ), newest as (
    select distinct on (account) account, debits_pending as dp, debits_posted as d,
      credits_pending as cp, credits_posted as c
    from ledger_balance where book_id = $1 order by account, seq desc
  )
  select count(*) as wrong from newest full join folded using (account)
  where (coalesce(newest.dp, 0), coalesce(newest.d, 0), coalesce(newest.cp, 0), coalesce(newest.c, 0))
    is distinct from
    (coalesce(folded.dp, 0), coalesce(folded.d, 0), coalesce(folded.cp, 0), coalesce(folded.c, 0))`;
