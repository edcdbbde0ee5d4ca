/** Reads a book back from its tables, by statements of its own. */
import {
  arg,
  as,
  orNull,
  sql,
  table,
  type Database,
  type RowIn,
} from "../../src/postgres/index.ts";

const PAGE = 5_000;

export const readEntries = sql.named("simulate.readEntries", {
  params: { book: arg.int4, after: arg.int8, limit: arg.int4 },
  columns: {
    seq: as.int8,
    at: as.timestamptz,
    id: as.text,
    kind: as.int2,
    status: as.int2,
    asset: orNull(as.text),
    debit: orNull(as.text),
    credit: orNull(as.text),
    amount: orNull(as.int8),
    requested: orNull(as.int8),
    balancing: orNull(as.int2),
    pending_id: orNull(as.text),
    timeout_ms: orNull(as.int8),
    expires_at: orNull(as.timestamptz),
    code: orNull(as.int4),
    chain: orNull(as.text),
    chain_index: orNull(as.int2),
    chain_length: orNull(as.int2),
    reference: orNull(as.text),
    metadata: orNull(as.text),
    effective_at: orNull(as.timestamptz),
    named: orNull(as.text),
  },
})`
  select entry.seq, entry.at, entry.id, entry.kind, entry.status, asset.code as asset,
    debit.path as debit, credit.path as credit, entry.amount, entry.requested, entry.balancing,
    hold.id as pending_id, entry.timeout_ms, entry.expires_at, entry.code, entry.chain,
    entry.chain_index, entry.chain_length, entry.reference, entry.metadata::text as metadata,
    entry.effective_at, entry.named
  from ${table("ledger_entry")} entry
  left join ${table("ledger_asset")} asset
    on asset.book_id = entry.book_id and asset.asset = entry.asset
  left join ${table("ledger_account")} debit
    on debit.book_id = entry.book_id and debit.account = entry.debit
  left join ${table("ledger_account")} credit
    on credit.book_id = entry.book_id and credit.account = entry.credit
  left join ${table("ledger_entry")} hold
    on hold.book_id = entry.book_id and hold.seq = entry.pending_seq
  where entry.book_id = ${"book"} and entry.seq > ${"after"}
  order by entry.seq limit ${"limit"}`;

export type Row = RowIn<typeof readEntries>;

export const readBatches = sql.named("simulate.readBatches", {
  params: { book: arg.int4, after: arg.int8, limit: arg.int4 },
  columns: { seq: as.int8, prev: as.int8, at: as.timestamptz, swept: as.timestamptz },
})`
  select last_seq as seq, prev_seq as prev, at, swept_until as swept from ${table("ledger_batch")}
  where book_id = ${"book"} and last_seq > ${"after"} order by last_seq limit ${"limit"}`;

export type Batch = RowIn<typeof readBatches>;

export const readVersions = sql.named("simulate.readVersions", {
  params: { book: arg.int4, path: arg.text, asset: arg.text },
  columns: {
    seq: as.int8,
    debitsPending: as.int8,
    debitsPosted: as.int8,
    creditsPending: as.int8,
    creditsPosted: as.int8,
    bound: orNull(as.int8),
    closed: as.bool,
  },
})`
  select balance.seq, debits_pending as "debitsPending", debits_posted as "debitsPosted",
    credits_pending as "creditsPending", credits_posted as "creditsPosted", bound, closed
  from ${table("ledger_balance")} balance
  join ${table("ledger_account")} account
    on account.book_id = balance.book_id and account.account = balance.account
  join ${table("ledger_asset")} asset
    on asset.book_id = account.book_id and asset.asset = account.asset
  where balance.book_id = ${"book"} and account.path = ${"path"} and asset.code = ${"asset"}
  order by balance.seq`;

export type Version = RowIn<typeof readVersions>;

/** All rows of a book, in order, a page at a time. */
export async function* entriesOf(database: Database, book: number): AsyncGenerator<Row> {
  let after = 0n;
  for (;;) {
    const rows = await database.run(readEntries, { book, after, limit: PAGE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

export async function* batchesOf(database: Database, book: number): AsyncGenerator<Batch> {
  let after = -1n;
  for (;;) {
    const rows = await database.run(readBatches, { book, after, limit: PAGE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}
