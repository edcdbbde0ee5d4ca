/** Statements of the plain reads: one entry, a chain, accounts, the head, balances of the past. */
import { arg, as, type RowOf, sql, table } from "../postgres/index.ts";
import { entryColumns, entryFields, entryNames, selectEntries } from "./entry-row.ts";
import { versionColumns } from "./balance-row.ts";

const entry = table("ledger_entry");
const batch = table("ledger_batch");
const account = table("ledger_account");
const asset = table("ledger_asset");
const balance = table("ledger_balance");

export const entryById = sql.named("ledger.entryById", {
  params: { book: arg.int4, id: arg.text },
  columns: entryColumns,
})`${selectEntries} where e.book_id = ${"book"} and e.id = ${"id"}`;

export const entriesBySeq = sql.named("ledger.entriesBySeq", {
  params: { book: arg.int4, seqs: arg.int8s },
  columns: entryColumns,
})`select ${entryFields} from unnest(${"seqs"}) as asked (seq)
  cross join lateral (select * from ${entry} as known
    where known.book_id = ${"book"} and known.seq = asked.seq limit 1) e ${entryNames}`;

export const entriesBetween = sql.named("ledger.entriesBetween", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: entryColumns,
})`${selectEntries}
  where e.book_id = ${"book"} and e.seq > ${"after"} and e.seq <= ${"upTo"}
  order by e.seq`;

/** Where a chain that was carried out begins: its members follow, with openings between them. */
export const chainBegins = sql.named("ledger.chainBegins", {
  params: { book: arg.int4, chain: arg.text },
  columns: { seq: as.int8, upTo: as.int8 },
})`
  select e.seq, b.last_seq as up_to
  from ${entry} e
  cross join lateral (
    select last_seq from ${batch} where book_id = ${"book"} and last_seq >= e.seq
    order by last_seq limit 1
  ) b
  where e.book_id = ${"book"} and e.chain = ${"chain"} and e.chain_index = 1 and e.status = 0
  order by e.seq limit 1`;

/** The first members of chains that were carried out, chain by chain. A chain lies within one batch, in order of seq. */
export const chainMembers = sql.named("ledger.chainMembers", {
  params: { book: arg.int4, chains: arg.texts, most: arg.int4 },
  columns: entryColumns,
})`select ${entryFields} from unnest(${"chains"}) with ordinality as asked (chain, place)
  cross join lateral (
    select seq, least(chain_length, ${"most"}) as most from ${entry} as known
    where known.book_id = ${"book"} and known.chain = asked.chain
      and known.chain_index = 1 and known.status = 0 limit 1
  ) first
  cross join lateral (
    select last_seq from ${batch} where book_id = ${"book"} and last_seq >= first.seq
    order by last_seq limit 1
  ) whole
  cross join lateral (
    select * from ${entry} as known
    where known.book_id = ${"book"} and known.seq >= first.seq and known.seq <= whole.last_seq
      and known.chain = asked.chain and known.status = 0
    order by known.seq limit first.most
  ) e ${entryNames}
  order by asked.place, e.seq`;

/** Where chains begin that were carried out behind a seq, and the head; one row without a chain where there is none. */
export const chainsAfter = sql.named("ledger.chainsAfter", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8, limit: arg.int4 },
  columns: {
    head: as.int8,
    seq: as.int8Null,
    at: as.timestamptzNull,
    chain: as.textNull,
    firstId: as.textNull,
  },
})`
  select h.last_seq as head, e.seq, e.at, e.chain, e.id as first_id
  from (select last_seq from ${batch} where book_id = ${"book"} order by last_seq desc limit 1) h
  left join lateral (
    -- The inner limit keeps the planner on the journal's order: the index of chains has another.
    select seq, at, chain, id from (
      select seq, at, chain, id, chain_index, status from ${entry}
      where book_id = ${"book"} and seq > ${"after"} and seq <= ${"upTo"} order by seq limit 10000
    ) looked
    where chain_index = 1 and status = 0 order by seq limit ${"limit"}
  ) e on true
  order by e.seq`;

export const headBatch = sql.named("ledger.headBatch", {
  params: { book: arg.int4 },
  columns: { seq: as.int8, at: as.timestamptz, hash: as.bytea },
})`
  select last_seq as seq, at, hash from ${batch}
  where book_id = ${"book"} order by last_seq desc limit 1`;

/** The book as it stood at a time: the last batch at or before it. */
export const seqAtTime = sql.named("ledger.seqAtTime", {
  params: { book: arg.int4, at: arg.timestamptz },
  columns: { seq: as.int8 },
})`
  select last_seq as seq from ${batch}
  where book_id = ${"book"} and at <= ${"at"} order by at desc, last_seq desc limit 1`;

/** The batch that holds the entry after a seq, and the head, if there is such an entry. */
export const batchAfter = sql.named("ledger.batchAfter", {
  params: { book: arg.int4, after: arg.int8 },
  columns: { prevSeq: as.int8, lastSeq: as.int8 },
})`
  select prev_seq, last_seq from ${batch}
  where book_id = ${"book"} and last_seq > ${"after"} order by last_seq limit 1`;

export const assetByCode = sql.named("ledger.assetByCode", {
  params: { book: arg.int4, code: arg.text },
  columns: { asset: as.int8 },
})`select asset from ${asset} where book_id = ${"book"} and code = ${"code"}`;

export const accountByPath = sql.named("ledger.accountByPath", {
  params: { book: arg.int4, path: arg.text, asset: arg.text },
  columns: { account: as.int8 },
})`
  select a.account
  from ${asset} s
  join ${account} a on a.book_id = s.book_id and a.asset = s.asset and a.path = ${"path"}
  where s.book_id = ${"book"} and s.code = ${"asset"}`;

/**
 * Looks at the next accounts in order of (path, asset), at most `scan` of them: those of the asset,
 * if one is asked for, and how far the look went. The two ranges are those of `PathRange`.
 */
export const scanAccounts = sql.named("ledger.scanAccounts", {
  params: {
    book: arg.int4,
    exact: arg.text,
    low: arg.text,
    high: arg.text,
    afterPath: arg.text,
    afterAsset: arg.int8,
    asset: arg.int8Null,
    scan: arg.int4,
  },
  columns: { account: as.int8, path: as.text, asset: as.int8, wanted: as.bool },
})`
  with looked as (
    (select a.account, a.path, a.asset from ${account} a
     where a.book_id = ${"book"} and a.path = ${"exact"}
       and (a.path, a.asset) > (${"afterPath"}, ${"afterAsset"})
     order by a.path, a.asset limit ${"scan"})
    union all
    (select a.account, a.path, a.asset from ${account} a
     where a.book_id = ${"book"} and a.path >= ${"low"} and a.path < ${"high"}
       and (a.path, a.asset) > (${"afterPath"}, ${"afterAsset"})
     order by a.path, a.asset limit ${"scan"})
  ), first as (
    select account, path, asset, row_number() over (order by path, asset) as place from looked
    order by path, asset limit ${"scan"}
  )
  select account, path, asset, (${"asset"} is null or asset = ${"asset"}) as wanted
  from first
  where ${"asset"} is null or asset = ${"asset"} or place = (select max(place) from first)
  order by path, asset`;

const accountColumns = {
  account: as.int8,
  path: as.text,
  asset: as.text,
  side: as.int2,
  ...versionColumns,
};
export type AccountRow = RowOf<typeof accountColumns>;

/** Accounts with their newest version, in order of (path, asset). */
export const accountViews = sql.named("ledger.accountViews", {
  params: { book: arg.int4, accounts: arg.int8s },
  columns: accountColumns,
})`
  select a.account, a.path, s.code as asset, a.side, v.seq, v.first_seq, v.debits_pending, v.debits_posted,
    v.credits_pending, v.credits_posted, v.bound, v.closed
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (select * from ${account} as known
    where known.book_id = ${"book"} and known.account = asked.account limit 1) a
  cross join lateral (select * from ${asset} as known
    where known.book_id = ${"book"} and known.asset = a.asset limit 1) s
  cross join lateral (
    select seq, first_seq, debits_pending, debits_posted, credits_pending, credits_posted, bound, closed
    from ${balance}
    where book_id = a.book_id and account = a.account order by seq desc limit 1
  ) v
  order by a.path, a.asset`;

/** Of each account what it was at a seq where a batch ended, or before. */
export const versionsAt = sql.named("ledger.versionsAt", {
  params: { book: arg.int4, accounts: arg.int8s, seq: arg.int8 },
  columns: { account: as.int8, ...versionColumns },
})`
  select asked.account, v.seq, v.first_seq, v.debits_pending, v.debits_posted, v.credits_pending,
    v.credits_posted, v.bound, v.closed
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (
    select seq, first_seq, debits_pending, debits_posted, credits_pending, credits_posted, bound, closed
    from ${balance}
    where book_id = ${"book"} and account = asked.account and seq <= ${"seq"}
    order by seq desc limit 1
  ) v`;

/** The account's versions on both sides of a seq: the last at or before it, the first after it. */
export const versionsAround = sql.named("ledger.versionsAround", {
  params: { book: arg.int4, account: arg.int8, seq: arg.int8 },
  columns: versionColumns,
})`
  (select seq, first_seq, debits_pending, debits_posted, credits_pending, credits_posted, bound, closed
   from ${balance}
   where book_id = ${"book"} and account = ${"account"} and seq <= ${"seq"}
   order by seq desc limit 1)
  union all
  (select seq, first_seq, debits_pending, debits_posted, credits_pending, credits_posted, bound, closed
   from ${balance}
   where book_id = ${"book"} and account = ${"account"} and seq > ${"seq"}
   order by seq limit 1)
  order by seq`;

/** One chunk of the trial balance: per asset, and how many accounts were looked at up to where. */
export const sumAccounts = sql.named("ledger.sumAccounts", {
  params: { book: arg.int4, after: arg.int8, seq: arg.int8, scan: arg.int4 },
  columns: {
    asset: as.int8,
    code: as.text,
    accounts: as.int8,
    lastAccount: as.int8,
    debitsPending: as.text,
    debitsPosted: as.text,
    creditsPending: as.text,
    creditsPosted: as.text,
  },
})`
  select sums.asset, coalesce(s.code, '?') as code, sums.accounts, sums.last_account,
    sums.debits_pending::text as debits_pending, sums.debits_posted::text as debits_posted,
    sums.credits_pending::text as credits_pending, sums.credits_posted::text as credits_posted
  from (
    select a.asset, count(*) as accounts, max(a.account) as last_account,
      coalesce(sum(v.debits_pending), 0) as debits_pending,
      coalesce(sum(v.debits_posted), 0) as debits_posted,
      coalesce(sum(v.credits_pending), 0) as credits_pending,
      coalesce(sum(v.credits_posted), 0) as credits_posted
    from (
      select asset, account from ${account}
      where book_id = ${"book"} and account > ${"after"} and account <= ${"seq"}
      order by account limit ${"scan"}
    ) a
    left join lateral (
      select debits_pending, debits_posted, credits_pending, credits_posted from ${balance}
      where book_id = ${"book"} and account = a.account and seq <= ${"seq"}
      order by seq desc limit 1
    ) v on true
    group by a.asset
  ) sums
  left join ${asset} s on s.book_id = ${"book"} and s.asset = sums.asset`;

/** The columns of a subquery `posting`, one cell each. */
const packedPostings = sql.part`
  select array_send(coalesce(array_agg(seq), '{}')) as seqs,
    array_send(coalesce(array_agg(kind), '{}')) as kinds,
    array_send(coalesce(array_agg(status), '{}')) as statuses,
    array_send(coalesce(array_agg(debit), '{}')) as debits,
    array_send(coalesce(array_agg(credit), '{}')) as credits,
    array_send(coalesce(array_agg(amount), '{}')) as amounts,
    array_send(coalesce(array_agg(held), '{}')) as helds
  from`;

const postingCells = {
  seqs: as.bytea,
  kinds: as.bytea,
  statuses: as.bytea,
  debits: as.bytea,
  credits: as.bytea,
  amounts: as.bytea,
  helds: as.bytea,
};

/**
 * An account's entries inside some ranges of seq, for folding: one cell per column. `held` is the
 * amount of the hold that a post, void or expiry resolves. With `until`, only what is effective by
 * then: a resolution never before its hold.
 */
export const postingsOfAccount = sql.named("ledger.postingsOfAccount", {
  params: {
    book: arg.int4,
    account: arg.int8,
    lows: arg.int8s,
    highs: arg.int8s,
    until: arg.timestamptzNull,
  },
  columns: postingCells,
})`${packedPostings} (
    select e.seq, e.kind, e.status, e.debit, e.credit, e.amount, h.amount as held
    from unnest(${"lows"}, ${"highs"}) as part (low, high)
    join ${entry} e on e.book_id = ${"book"} and e.seq between part.low and part.high
    left join ${entry} h on h.book_id = e.book_id and h.seq = e.pending_seq
    where e.status = 0 and (e.debit = ${"account"} or e.credit = ${"account"})
      and (${"until"} is null or ${"until"} >=
        greatest(coalesce(e.effective_at, e.at), coalesce(h.effective_at, h.at)))
    order by e.seq
  ) posting`;

/** All entries of a stretch of the journal, for folding. */
export const postingsBetween = sql.named("ledger.postingsBetween", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: postingCells,
})`${packedPostings} (
    select e.seq, e.kind, e.status, e.debit, e.credit, e.amount, h.amount as held
    from ${entry} e
    left join ${entry} h on h.book_id = e.book_id and h.seq = e.pending_seq
    where e.book_id = ${"book"} and e.seq > ${"after"} and e.seq <= ${"upTo"}
    order by e.seq
  ) posting`;

/** What an account was touched by, oldest first: one row per batch. */
export const touchedAfter = sql.named("ledger.touchedAfter", {
  params: { book: arg.int4, account: arg.int8, after: arg.int8, upTo: arg.int8, most: arg.int4 },
  columns: { firstSeq: as.int8, seq: as.int8 },
})`
  select first_seq, seq from ${balance}
  where book_id = ${"book"} and account = ${"account"} and seq > ${"after"} and seq <= ${"upTo"}
  order by seq limit ${"most"}`;
