/**
 * The engine's own statements. All run on the lane's connection: the reads behind every flush that
 * was sent before, the writes inside the flush. Locks: the book's order lock, nothing else.
 */
import { createHash } from "node:crypto";
import { arg, as, fn, sql, table } from "../postgres/index.ts";

const entry = table("ledger_entry");
const batch = table("ledger_batch");
const balance = table("ledger_balance");
const account = table("ledger_account");
const asset = table("ledger_asset");

/** "LM", then 16 bits of the schema's hash. */
const ORDER_LOCKS = 0x4c4d0000;

/**
 * The first key of the advisory locks that order a schema's books. Book numbers begin at 1 in every
 * schema of a database: with one key for all of them, strangers would take turns.
 */
export function orderLock(schema: string): number {
  let lock = orderLocks.get(schema);
  if (lock === undefined) {
    lock = ORDER_LOCKS + createHash("sha256").update(schema).digest().readUInt16BE();
    orderLocks.set(schema, lock);
  }
  return lock;
}

/** Asked for in every flush; a process knows few schemas. */
const orderLocks = new Map<string, number>();

/**
 * The book's order lock: held to the end of the transaction, granted first come first served, so two
 * nodes on one book take turns. The first key keeps it apart from a user's own advisory locks.
 */
export const lockBook = sql.named("ledger.lockBook", {
  params: { space: arg.int4, book: arg.int4 },
  columns: { locked: as.bool },
})`select pg_advisory_xact_lock(${"space"}, ${"book"}) is null as locked`;

/**
 * The session that holds a book's order lock and is, in the middle of a statement, waiting for what
 * its client sends: a node at work for moments, a frozen one for ever. Asked twice, the bytes that came
 * in between tell them apart. Sessions of the same role only.
 */
export const waitingHolder = sql.named("ledger.waitingHolder", {
  params: { space: arg.int8, book: arg.int8 },
  columns: { pid: as.int4, startedAt: as.int8, since: as.int8, received: as.int8 },
})`select holder.pid,
    (extract(epoch from holder.backend_start) * 1000000)::int8 as started_at,
    (extract(epoch from holder.query_start) * 1000000)::int8 as since,
    coalesce(copied.bytes_processed, 0) as received
  from pg_locks as held join pg_stat_activity as holder on holder.pid = held.pid
  left join pg_stat_progress_copy as copied on copied.pid = held.pid
  where held.locktype = 'advisory' and held.granted and held.objsubid = 2
    and held.database = (select oid from pg_database where datname = current_database())
    and held.classid::int8 = ${"space"} and held.objid::int8 = ${"book"}
    and holder.pid <> pg_backend_pid() and holder.state = 'active'
    and holder.wait_event = 'ClientRead'`;

/** The newest batch, and the database's time in ms. */
export const readHead = sql.named("ledger.readHead", {
  params: { book: arg.int4 },
  columns: {
    seq: as.int8,
    at: as.timestamptz,
    sweptUntil: as.timestamptz,
    hash: as.bytea,
    now: as.timestamptz,
  },
})`select last_seq as seq, at, swept_until, hash, clock_timestamp() as now from ${batch}
  where book_id = ${"book"} order by last_seq desc limit 1`;

/** Whether it was this flush that wrote the batch behind `prevSeq`. */
export const findBatch = sql.named("ledger.findBatch", {
  params: { book: arg.int4, prevSeq: arg.int8, hash: arg.bytea, flush: arg.int8 },
  columns: { found: as.bool },
})`select exists (select 1 from ${batch} where book_id = ${"book"} and prev_seq = ${"prevSeq"}
  and hash = ${"hash"} and flush = ${"flush"}) as found`;

/**
 * The compare-and-set: adds the batch behind the one it was decided on, or aborts the flush as stale;
 * aborts it as skewed when its time is off the database's, unless it stands still behind a batch that
 * was. Answers the database's time in ms.
 */
export const addBatch = sql.named("ledger.addBatch", {
  params: {
    book: arg.int4,
    prevSeq: arg.int8,
    prevHash: arg.bytea,
    lastSeq: arg.int8,
    at: arg.timestamptz,
    sweptUntil: arg.timestamptz,
    hash: arg.bytea,
    flush: arg.int8,
    aheadMaxMs: arg.int8,
    behindMaxMs: arg.int8,
  },
  columns: { now: as.int8 },
})`with previous as (
    select at from ${batch}
    where book_id = ${"book"} and last_seq = ${"prevSeq"} and hash = ${"prevHash"}),
  added as (
    insert into ${batch} (book_id, prev_seq, last_seq, at, swept_until, hash, flush)
    select ${"book"}, ${"prevSeq"}, ${"lastSeq"}, ${"at"}, ${"sweptUntil"}, ${"hash"}, ${"flush"}
    from previous
    on conflict do nothing returning 1),
  clock as (
    select (extract(epoch from clock_timestamp()) * 1000)::int8 as now,
      (extract(epoch from ${"at"}) * 1000)::int8 as at)
  select case
    when not exists (select 1 from added) then ${fn("lane_stale")}('ledger_batch')
    when at - now > ${"aheadMaxMs"} and not exists (select 1 from previous where previous.at = ${"at"})
      then ${fn("lane_skewed")}(now)
    when now - at > ${"behindMaxMs"} then ${fn("lane_skewed")}(now)
    else now end
  from clock`;

/** For a flush that writes nothing: aborts it as stale unless it was decided on the newest batch. */
export const checkHead = sql.named("ledger.checkHead", {
  params: { book: arg.int4, prevSeq: arg.int8, prevHash: arg.bytea },
  columns: { now: as.int8 },
})`select case
    when not exists (select 1 from ${batch}
      where book_id = ${"book"} and last_seq = ${"prevSeq"} and hash = ${"prevHash"})
    or exists (select 1 from ${batch} where book_id = ${"book"} and prev_seq = ${"prevSeq"})
    then ${fn("lane_stale")}('ledger_batch')
    else (extract(epoch from clock_timestamp()) * 1000)::int8 end as now`;

export const addAccounts = sql.named("ledger.addAccounts", {
  params: {
    book: arg.int4,
    at: arg.timestamptz,
    account: arg.int8s,
    path: arg.texts,
    asset: arg.int8s,
    side: arg.int2s,
    openingBound: arg.int8s,
  },
})`insert into ${account} (book_id, account, path, asset, side, opening_bound, opened_at)
  select ${"book"}, account, path, asset, side, opening_bound, ${"at"}
  from unnest(${"account"}, ${"path"}, ${"asset"}, ${"side"}, ${"openingBound"})
    as made (account, path, asset, side, opening_bound)`;

export const addAssets = sql.named("ledger.addAssets", {
  params: {
    book: arg.int4,
    at: arg.timestamptz,
    asset: arg.int8s,
    code: arg.texts,
    refusals: arg.texts,
  },
})`insert into ${asset} (book_id, asset, code, refusals, defined_at)
  select ${"book"}, asset, code, refusals, ${"at"}
  from unnest(${"asset"}, ${"code"}, ${"refusals"}) as made (asset, code, refusals)`;

export const loadAssets = sql.named("ledger.loadAssets", {
  params: { book: arg.int4, codes: arg.texts },
  columns: { asset: as.int8, code: as.text, refusals: as.text, definedAt: as.timestamptz },
})`select asset, code, refusals, defined_at from ${asset}
  where book_id = ${"book"} and code = any (${"codes"})`;

/**
 * How the lane reads: each row by its key. `limit 1` keeps such a look-up apart, so that no planner
 * without statistics joins it the other way round and reads a whole journal for a few ids.
 *
 * Accounts by path and asset, each with its newest balance.
 */
export const loadAccounts = sql.named("ledger.loadAccounts", {
  params: { book: arg.int4, paths: arg.texts, assets: arg.int8s },
  columns: {
    account: as.int8,
    path: as.text,
    asset: as.int8,
    side: as.int2,
    openedAt: as.timestamptz,
    openingBound: as.int8Null,
    seq: as.int8,
    debitsPending: as.int8,
    debitsPosted: as.int8,
    creditsPending: as.int8,
    creditsPosted: as.int8,
    bound: as.int8Null,
    closed: as.bool,
  },
})`select found.account, found.path, found.asset, found.side, found.opened_at, found.opening_bound,
    newest.seq, newest.debits_pending, newest.debits_posted, newest.credits_pending,
    newest.credits_posted, newest.bound, newest.closed
  from unnest(${"paths"}, ${"assets"}) as asked (path, asset)
  cross join lateral (select * from ${account} as known
    where known.book_id = ${"book"} and known.path = asked.path and known.asset = asked.asset
    limit 1) as found
  cross join lateral (select * from ${balance} as version
    where version.book_id = ${"book"} and version.account = found.account
    order by version.seq desc limit 1) as newest`;

const entryColumns = {
  seq: as.int8,
  at: as.timestamptz,
  id: as.text,
  kind: as.int2,
  status: as.int2,
  asset: as.textNull,
  debit: as.textNull,
  credit: as.textNull,
  assetNumber: as.int8Null,
  debitNumber: as.int8Null,
  creditNumber: as.int8Null,
  amount: as.int8Null,
  requested: as.int8Null,
  balancing: as.int2Null,
  pendingSeq: as.int8Null,
  timeoutMs: as.int8Null,
  expiresAt: as.timestamptzNull,
  code: as.int4Null,
  chain: as.textNull,
  chainIndex: as.int2Null,
  chainLength: as.int2Null,
  reference: as.textNull,
  metadata: as.jsonNull,
  effectiveAt: as.timestamptzNull,
  named: as.textNull,
  archived: as.byteaNull,
  holdId: as.textNull,
  holdAmount: as.int8Null,
  holdCode: as.int4Null,
  holdReference: as.textNull,
  holdMetadata: as.jsonNull,
  holdArchived: as.byteaNull,
  resolvedBy: as.int2Null,
  side: as.int2Null,
};

/** Entries by their ids, with names, with the hold they resolve and how they were resolved. */
export const loadEntries = sql.named("ledger.loadEntries", {
  params: { book: arg.int4, ids: arg.texts },
  columns: entryColumns,
})`select entry.seq, entry.at, entry.id, entry.kind, entry.status, asset.code as asset,
    debit.path as debit, credit.path as credit, entry.asset as asset_number,
    entry.debit as debit_number, entry.credit as credit_number, entry.amount, entry.requested,
    entry.balancing, entry.pending_seq, entry.timeout_ms, entry.expires_at, entry.code, entry.chain,
    entry.chain_index, entry.chain_length, entry.reference, entry.metadata, entry.effective_at,
    entry.named, entry.archived, hold.id as hold_id, hold.amount as hold_amount, hold.code as hold_code,
    hold.reference as hold_reference, hold.metadata as hold_metadata,
    hold.archived as hold_archived, resolution.kind as resolved_by,
    debit.side
  from unnest(${"ids"}) as asked (id)
  cross join lateral (select * from ${entry} as known
    where known.book_id = ${"book"} and known.id = asked.id limit 1) as entry
  left join lateral (select * from ${asset} as known
    where known.book_id = ${"book"} and known.asset = entry.asset limit 1) as asset on true
  left join lateral (select * from ${account} as known
    where known.book_id = ${"book"} and known.account = entry.debit limit 1) as debit on true
  left join lateral (select * from ${account} as known
    where known.book_id = ${"book"} and known.account = entry.credit limit 1) as credit on true
  left join lateral (select * from ${entry} as known
    where known.book_id = ${"book"} and known.seq = entry.pending_seq limit 1) as hold on true
  left join lateral (select * from ${entry} as known
    where entry.kind = 2 and known.book_id = ${"book"} and known.pending_seq = entry.seq
      and known.status = 0 limit 1) as resolution on true`;

/** Chains that were carried out, by their ids: the first member of each. */
export const loadChains = sql.named("ledger.loadChains", {
  params: { book: arg.int4, chains: arg.texts },
  columns: { chain: as.textNull, id: as.text },
})`select first.chain, first.id from unnest(${"chains"}) as asked (chain)
  cross join lateral (select * from ${entry} as known
    where known.book_id = ${"book"} and known.chain = asked.chain and known.chain_index = 1
      and known.status = 0 limit 1) as first`;

/**
 * Holds in the order in which their time-outs end, from a place on. The limit is of what is looked
 * at, resolved or not: a page costs the same however many of them were confirmed long ago.
 */
export const loadDue = sql.named("ledger.loadDue", {
  params: { book: arg.int4, expiresAt: arg.timestamptz, seq: arg.int8, limit: arg.int8 },
  columns: { id: as.text, seq: as.int8, expiresAt: as.timestamptzNull, isOpen: as.bool },
})`select hold.id, hold.seq, hold.expires_at, not exists (select 1 from ${entry} as resolution
    where resolution.book_id = ${"book"} and resolution.pending_seq = hold.seq
      and resolution.status = 0) as is_open
  from (select id, seq, expires_at from ${entry}
    where book_id = ${"book"} and expires_at is not null and status = 0
      and (expires_at, seq) > (${"expiresAt"}, ${"seq"})
    order by expires_at, seq limit ${"limit"}) as hold
  order by hold.expires_at, hold.seq`;

/**
 * Holds with a time-out that were made within a range of seqs, which is short. The sum keeps the
 * planner away from the index by expiry, which would be walked from end to end.
 */
export const loadMadeHolds = sql.named("ledger.loadMadeHolds", {
  params: { book: arg.int4, afterSeq: arg.int8, upToSeq: arg.int8 },
  columns: { id: as.text, seq: as.int8, expiresAt: as.timestamptzNull },
})`select id, seq, expires_at from ${entry}
  where book_id = ${"book"} and seq > ${"afterSeq"} and seq <= ${"upToSeq"} and status = 0
    and expires_at + interval '0' is not null`;
