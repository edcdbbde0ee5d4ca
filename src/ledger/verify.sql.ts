/** Statements of `verify`. Each reads a bounded part in a snapshot of its own; none locks. */
import { arg, as, type RowOf, sql, table } from "../postgres/index.ts";

const book = table("ledger_book");
const entry = table("ledger_entry");
const batch = table("ledger_batch");
const account = table("ledger_account");
const asset = table("ledger_asset");
const balance = table("ledger_balance");

export const bookName = sql.named("ledger.bookName", {
  params: { book: arg.int4 },
  columns: { name: as.text },
})`select name from ${book} where book_id = ${"book"}`;

/** The names of those unique indexes that are there and valid. */
export const uniqueIndexes = sql.named("ledger.uniqueIndexes", {
  params: { schema: arg.text, names: arg.texts },
  columns: { name: as.text },
})`
  select c.relname::text as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_index i on i.indexrelid = c.oid
  where n.nspname = ${"schema"} and c.relname = any(${"names"}) and i.indisunique and i.indisvalid`;

const linkColumns = {
  prevSeq: as.int8,
  lastSeq: as.int8,
  at: as.timestamptz,
  sweptUntil: as.timestamptz,
  hash: as.bytea,
};

export type LinkRow = RowOf<typeof linkColumns>;

export const newestLink = sql.named("ledger.newestLink", {
  params: { book: arg.int4 },
  columns: linkColumns,
})`
  select prev_seq, last_seq, at, swept_until, hash from ${batch}
  where book_id = ${"book"} order by last_seq desc limit 1`;

export const nextLinks = sql.named("ledger.nextLinks", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8, most: arg.int4 },
  columns: linkColumns,
})`
  select prev_seq, last_seq, at, swept_until, hash from ${batch}
  where book_id = ${"book"} and last_seq > ${"after"} and last_seq <= ${"upTo"}
  order by last_seq limit ${"most"}`;

/** The first columns of a batch's entries, as they are hashed: docs/concepts/hash-chain.md. */
export const packedFirst = sql.part`case count(e.id) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.id)) end
      || case count(e.kind) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.kind)) end
      || case count(e.status) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.status)) end
      || case count(e.asset) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.asset)) end
      || case count(e.debit) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.debit)) end
      || case count(e.credit) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.credit)) end
      || case count(e.amount) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.amount)) end
      || case count(e.requested) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.requested)) end
      || case count(e.balancing) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.balancing)) end
      || case count(e.pending_seq) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.pending_seq)) end
      || case count(e.timeout_ms) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.timeout_ms)) end
      || case count(e.expires_at) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.expires_at)) end
      || case count(e.code) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.code)) end
      || case count(e.chain) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.chain)) end
      || case count(e.chain_index) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.chain_index)) end
      || case count(e.chain_length) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.chain_length)) end`;

/**
 * The bytes that are hashed of some batches: everything of docs/concepts/hash-chain.md behind the
 * previous hash. Entries are read in order of seq by the primary key; `strays` are those whose time
 * is not the batch's, `slims` those that say they are archived.
 */
export const batchBodies = sql.named("ledger.batchBodies", {
  params: { book: arg.int4, lastSeqs: arg.int8s },
  columns: { lastSeq: as.int8, seqs: as.bytea, strays: as.bytea, slims: as.bytea, body: as.bytea },
})`
  select b.last_seq, body.seqs, body.strays, body.slims,
    int8send(b.prev_seq) || int8send(b.last_seq) || timestamptz_send(b.at)
      || timestamptz_send(b.swept_until) || body.columns as body
  from ${batch} b
  cross join lateral (
    select
      array_send(coalesce(array_agg(e.seq), '{}')) as seqs,
      array_send(coalesce(array_agg(e.seq) filter (where e.at <> b.at), '{}')) as strays,
      array_send(coalesce(array_agg(e.seq) filter (where e.archived is not null), '{}')) as slims,
      ${packedFirst}
      || case count(e.reference) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.reference)) end
      || case count(e.metadata) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.metadata)) end
      || case count(e.effective_at) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.effective_at)) end
      || case count(e.by_key) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.by_key)) end
      || case count(e.request) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.request)) end
      || case count(e.rule) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.rule)) end
      || case count(e.named) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.named)) end
        as columns
    from (
      select * from ${entry}
      where book_id = ${"book"} and seq > b.prev_seq and seq <= b.last_seq order by seq
    ) e
  ) body
  where b.book_id = ${"book"} and b.last_seq = any(${"lastSeqs"})
  order by b.last_seq`;

export const accountFacts = sql.named("ledger.accountFacts", {
  params: { book: arg.int4, accounts: arg.int8s },
  columns: { accounts: as.bytea, assets: as.bytea, sides: as.bytea },
})`
  select array_send(coalesce(array_agg(a.account), '{}')) as accounts,
    array_send(coalesce(array_agg(a.asset), '{}')) as assets,
    array_send(coalesce(array_agg(a.side), '{}')) as sides
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (select * from ${account} as known
    where known.book_id = ${"book"} and known.account = asked.account limit 1) a`;

const versionCells = {
  accounts: as.bytea,
  seqs: as.bytea,
  firstSeqs: as.bytea,
  debitsPending: as.bytea,
  debitsPosted: as.bytea,
  creditsPending: as.bytea,
  creditsPosted: as.bytea,
  bounds: as.bytea,
  closed: as.bytea,
};

const selectVersionCells = sql.part`
  select array_send(coalesce(array_agg(v.account), '{}')) as accounts,
    array_send(coalesce(array_agg(v.seq), '{}')) as seqs,
    array_send(coalesce(array_agg(v.first_seq), '{}')) as first_seqs,
    array_send(coalesce(array_agg(v.debits_pending), '{}')) as debits_pending,
    array_send(coalesce(array_agg(v.debits_posted), '{}')) as debits_posted,
    array_send(coalesce(array_agg(v.credits_pending), '{}')) as credits_pending,
    array_send(coalesce(array_agg(v.credits_posted), '{}')) as credits_posted,
    array_send(coalesce(array_agg(v.bound), '{}')) as bounds,
    array_send(coalesce(array_agg(v.closed), '{}')) as closed`;

/** Of each account its version before the batches that are looked at. */
export const versionsBefore = sql.named("ledger.versionsBefore", {
  params: { book: arg.int4, accounts: arg.int8s, upTo: arg.int8 },
  columns: versionCells,
})`${selectVersionCells}
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (
    select * from ${balance}
    where book_id = ${"book"} and account = asked.account and seq <= ${"upTo"}
    order by seq desc limit 1
  ) v`;

/** All versions of the accounts that the batches looked at have made, or somebody else has. */
export const versionsBetween = sql.named("ledger.versionsBetween", {
  params: { book: arg.int4, accounts: arg.int8s, after: arg.int8, upTo: arg.int8 },
  columns: versionCells,
})`${selectVersionCells}
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (
    select * from ${balance}
    where book_id = ${"book"} and account = asked.account
      and seq > ${"after"} and seq <= ${"upTo"}
    order by seq
  ) v`;

export const accountsOpened = sql.named("ledger.accountsOpened", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: {
    account: as.int8,
    path: as.text,
    asset: as.int8,
    side: as.int2,
    openingBound: as.int8Null,
    assetDefined: as.bool,
    openedThen: as.bool,
  },
})`
  select a.account, a.path, a.asset, a.side, a.opening_bound,
    exists (select from ${asset} s where s.book_id = a.book_id and s.asset = a.asset
      and s.asset < a.account) as asset_defined,
    exists (select from ${entry} e
      where e.book_id = a.book_id and e.seq = a.account and e.at = a.opened_at) as opened_then
  from ${account} a
  where a.book_id = ${"book"} and a.account > ${"after"} and a.account <= ${"upTo"}
  order by a.account`;

export const assetsDefined = sql.named("ledger.assetsDefined", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: { asset: as.int8, code: as.text, refusals: as.text, definedThen: as.bool },
})`
  select s.asset, s.code, s.refusals,
    exists (select from ${entry} e
      where e.book_id = s.book_id and e.seq = s.asset and e.at = s.defined_at) as defined_then
  from ${asset} s
  where s.book_id = ${"book"} and s.asset > ${"after"} and s.asset <= ${"upTo"}
  order by s.asset`;

/** Holds that are resolved, and by how many entries up to a seq. */
export const holdsResolved = sql.named("ledger.holdsResolved", {
  params: { book: arg.int4, seqs: arg.int8s, upTo: arg.int8 },
  columns: {
    seq: as.int8,
    kind: as.int2,
    status: as.int2,
    asset: as.int8Null,
    debit: as.int8Null,
    credit: as.int8Null,
    amount: as.int8Null,
    expiresAt: as.timestamptzNull,
    resolutions: as.int8,
  },
})`
  select h.seq, h.kind, h.status, h.asset, h.debit, h.credit, h.amount, h.expires_at,
    (select count(*) from ${entry} r
     where r.book_id = h.book_id and r.pending_seq = h.seq and r.status = 0 and r.seq <= ${"upTo"})
      as resolutions
  from unnest(${"seqs"}) as asked (seq)
  cross join lateral (select * from ${entry} as known
    where known.book_id = ${"book"} and known.seq = asked.seq limit 1) h`;

/** What a refusal said was missing: 1 an asset, 2 an account, 3 a hold. Those that were there. */
export const wereThere = sql.named("ledger.wereThere", {
  params: {
    book: arg.int4,
    seqs: arg.int8s,
    whats: arg.int2s,
    names: arg.texts,
    assets: arg.int8s,
  },
  columns: { seq: as.int8 },
})`
  select asked.seq
  from unnest(${"seqs"}, ${"whats"}, ${"names"}, ${"assets"}) as asked (seq, what, name, asset)
  where case asked.what
    when 1 then exists (select from ${asset} s
      where s.book_id = ${"book"} and s.code = asked.name and s.asset < asked.seq)
    when 2 then exists (select from ${account} a
      where a.book_id = ${"book"} and a.path = asked.name and a.asset = asked.asset
        and a.account < asked.seq)
    else exists (select from ${entry} e
      where e.book_id = ${"book"} and e.id = asked.name and e.seq < asked.seq and e.status = 0)
    end`;

/** The next part of the versions: how many up to a seq, from there to another, and past the head. */
export const countVersions = sql.named("ledger.countVersions", {
  params: {
    book: arg.int4,
    afterAccount: arg.int8,
    afterSeq: arg.int8,
    from: arg.int8,
    upTo: arg.int8,
    scan: arg.int4,
  },
  columns: {
    looked: as.int8,
    based: as.int8,
    counted: as.int8,
    pastHead: as.int8,
    lastAccount: as.int8Null,
    lastSeq: as.int8Null,
  },
})`
  with looked as (
    select account, seq from ${balance}
    where book_id = ${"book"} and (account, seq) > (${"afterAccount"}, ${"afterSeq"})
    order by account, seq limit ${"scan"}
  ), head as (
    select max(last_seq) as seq from ${batch} where book_id = ${"book"}
  )
  select count(*) as looked, count(*) filter (where looked.seq <= ${"from"}) as based,
    count(*) filter (where looked.seq > ${"from"} and looked.seq <= ${"upTo"}) as counted,
    count(*) filter (where looked.seq > (select seq from head)) as past_head,
    max(looked.account) as last_account,
    max(looked.seq) filter (where looked.account = (select max(account) from looked)) as last_seq
  from looked`;

/** Of the same part those that no entry of the book has made. */
export const versionsOfNothing = sql.named("ledger.versionsOfNothing", {
  params: {
    book: arg.int4,
    afterAccount: arg.int8,
    afterSeq: arg.int8,
    lastAccount: arg.int8,
    lastSeq: arg.int8,
    most: arg.int4,
  },
  columns: { account: as.int8, seq: as.int8 },
})`
  select v.account, v.seq
  from ${balance} v
  where v.book_id = ${"book"}
    and (v.account, v.seq) > (${"afterAccount"}, ${"afterSeq"})
    and (v.account, v.seq) <= (${"lastAccount"}, ${"lastSeq"})
    and (
      v.seq > (select max(last_seq) from ${batch} where book_id = ${"book"})
      or not exists (
        select from ${entry} e
        where e.book_id = v.book_id and e.seq = v.seq and e.status = 0
          and v.account in (e.debit, e.credit)))
  order by v.account, v.seq limit ${"most"}`;

/** Rows outside the chain of batches, below its first entry or past its head. */
export const rowsOutside = sql.named("ledger.rowsOutside", {
  params: { book: arg.int4, most: arg.int4 },
  columns: { what: as.text, seq: as.int8, id: as.text },
})`
  with head as (
    select max(last_seq) as seq from ${batch} where book_id = ${"book"}
  )
  (select 'entry' as what, seq, id from ${entry}
   where book_id = ${"book"} and seq <= 0 order by seq limit ${"most"})
  union all
  (select 'entry' as what, seq, id from ${entry}
   where book_id = ${"book"} and seq > (select seq from head) order by seq limit ${"most"})
  union all
  (select 'account' as what, account as seq, path as id from ${account}
   where book_id = ${"book"} and account <= 0 order by account limit ${"most"})
  union all
  (select 'account' as what, account as seq, path as id from ${account}
   where book_id = ${"book"} and account > (select seq from head) order by account limit ${"most"})
  union all
  (select 'asset' as what, asset as seq, code as id from ${asset}
   where book_id = ${"book"} and asset <= 0 order by asset limit ${"most"})
  union all
  (select 'asset' as what, asset as seq, code as id from ${asset}
   where book_id = ${"book"} and asset > (select seq from head) order by asset limit ${"most"})`;

/** Holds whose time-out ended by an instant, and that nothing has resolved up to a seq. */
export const holdsOverdue = sql.named("ledger.holdsOverdue", {
  params: { book: arg.int4, upTo: arg.int8, at: arg.timestamptz, most: arg.int4 },
  columns: { seq: as.int8, id: as.text },
})`
  select h.seq, h.id
  from ${entry} h
  where h.book_id = ${"book"} and h.status = 0 and h.expires_at <= ${"at"} and h.seq <= ${"upTo"}
    and not exists (select from ${entry} r
      where r.book_id = h.book_id and r.pending_seq = h.seq and r.status = 0 and r.seq <= ${"upTo"})
  order by h.expires_at, h.seq limit ${"most"}`;
