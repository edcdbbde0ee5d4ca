/** Statements of archives. Each reads a bounded part in a snapshot of its own; none locks. */
import { arg, as, fn, type RowOf, sql, table } from "../../postgres/index.ts";
import { packedFirst } from "../verify.sql.ts";

const archive = table("ledger_archive");
const archiveHold = table("ledger_archive_hold");
const entry = table("ledger_entry");
const batch = table("ledger_batch");
const balance = table("ledger_balance");
const account = table("ledger_account");
const asset = table("ledger_asset");
const slim = fn("ledger_slim");

/** What reads ask: how far back the book is whole. */
export const newestArchive = sql.named("ledger.newestArchive", {
  params: { book: arg.int4 },
  columns: {
    throughSeq: as.int8,
    at: as.timestamptz,
    effectiveMax: as.timestamptz,
    file: as.text,
  },
})`select through_seq, at, effective_max, file from ${archive}
  where book_id = ${"book"} order by through_seq desc limit 1`;

/** The file that has an entry. */
export const archiveOfSeq = sql.named("ledger.archiveOfSeq", {
  params: { book: arg.int4, seq: arg.int8 },
  columns: { file: as.text },
})`select file from ${archive}
  where book_id = ${"book"} and through_seq >= ${"seq"} order by through_seq limit 1`;

const archiveColumns = {
  afterSeq: as.int8,
  throughSeq: as.int8,
  at: as.timestamptz,
  hash: as.bytea,
  entries: as.int8,
  batches: as.int8,
  accounts: as.int8,
  effectiveMax: as.timestamptz,
  partSeqs: as.bytea,
  partDigests: as.bytea,
  stateDigest: as.bytea,
  file: as.text,
  fileSha256: as.bytea,
  fileBytes: as.int8,
  slimmedSeq: as.int8,
};
export type ArchiveColumns = RowOf<typeof archiveColumns>;

export const archivesOf = sql.named("ledger.archivesOf", {
  params: { book: arg.int4 },
  columns: archiveColumns,
})`select after_seq, through_seq, at, hash, entries, batches, accounts, effective_max,
    array_send(part_seqs) as part_seqs, array_send(part_digests) as part_digests, state_digest, file,
    file_sha256, file_bytes, slimmed_seq
  from ${archive} where book_id = ${"book"} order by through_seq`;

const linkColumns = { lastSeq: as.int8, at: as.timestamptz, hash: as.bytea };

/** The last batch before a time. */
export const lastBatchBefore = sql.named("ledger.lastBatchBefore", {
  params: { book: arg.int4, before: arg.timestamptz },
  columns: linkColumns,
})`select last_seq, at, hash from ${batch}
  where book_id = ${"book"} and at < ${"before"} order by at desc, last_seq desc limit 1`;

export const batchEndingAt = sql.named("ledger.batchEndingAt", {
  params: { book: arg.int4, seq: arg.int8 },
  columns: linkColumns,
})`select last_seq, at, hash from ${batch} where book_id = ${"book"} and last_seq = ${"seq"}`;

/** The next accounts in order of their numbers, each with its last balance up to `seq`. */
export const stateAccounts = sql.named("ledger.stateAccounts", {
  params: { book: arg.int4, seq: arg.int8, after: arg.int8, most: arg.int4 },
  columns: {
    accounts: as.bytea,
    paths: as.bytea,
    assets: as.bytea,
    sides: as.bytea,
    seqs: as.bytea,
    firstSeqs: as.bytea,
    debitsPending: as.bytea,
    debitsPosted: as.bytea,
    creditsPending: as.bytea,
    creditsPosted: as.bytea,
    bounds: as.bytea,
    closed: as.bytea,
  },
})`
  select array_send(coalesce(array_agg(s.account), '{}')) as accounts,
    array_send(coalesce(array_agg(s.path), '{}')) as paths,
    array_send(coalesce(array_agg(s.code), '{}')) as assets,
    array_send(coalesce(array_agg(s.side), '{}')) as sides,
    array_send(coalesce(array_agg(s.seq), '{}')) as seqs,
    array_send(coalesce(array_agg(s.first_seq), '{}')) as first_seqs,
    array_send(coalesce(array_agg(s.debits_pending), '{}')) as debits_pending,
    array_send(coalesce(array_agg(s.debits_posted), '{}')) as debits_posted,
    array_send(coalesce(array_agg(s.credits_pending), '{}')) as credits_pending,
    array_send(coalesce(array_agg(s.credits_posted), '{}')) as credits_posted,
    array_send(coalesce(array_agg(s.bound), '{}')) as bounds,
    array_send(coalesce(array_agg(s.closed), '{}')) as closed
  from (
    select a.account, a.path, c.code, a.side, v.seq, v.first_seq, v.debits_pending, v.debits_posted,
      v.credits_pending, v.credits_posted, v.bound, v.closed
    from (
      select account, path, asset, side from ${account}
      where book_id = ${"book"} and account > ${"after"} and account <= ${"seq"}
      order by account limit ${"most"}
    ) a
    cross join lateral (select * from ${asset} as known
      where known.book_id = ${"book"} and known.asset = a.asset limit 1) c
    cross join lateral (select * from ${balance} as version
      where version.book_id = ${"book"} and version.account = a.account and version.seq <= ${"seq"}
      order by version.seq desc limit 1) v
    order by a.account
  ) s`;

/** The next assets in order of their numbers, defined up to `seq`. */
export const stateAssets = sql.named("ledger.stateAssets", {
  params: { book: arg.int4, seq: arg.int8, after: arg.int8, most: arg.int4 },
  columns: { assets: as.bytea, codes: as.bytea },
})`select array_send(coalesce(array_agg(s.asset), '{}')) as assets,
    array_send(coalesce(array_agg(s.code), '{}')) as codes
  from (select asset, code from ${asset}
    where book_id = ${"book"} and asset > ${"after"} and asset <= ${"seq"}
    order by asset limit ${"most"}) s`;

export const countAccounts = sql.named("ledger.countAccounts", {
  params: { book: arg.int4, seq: arg.int8 },
  columns: { accounts: as.int8 },
})`select count(*) as accounts from ${account} where book_id = ${"book"} and account <= ${"seq"}`;

const holdCells = { seqs: as.bytea, amounts: as.bytea };
const packedHolds = sql.part`select array_send(coalesce(array_agg(h.seq), '{}')) as seqs,
    array_send(coalesce(array_agg(h.amount), '{}')) as amounts from`;

/** Holds of a stretch that nothing had resolved by `through`. */
export const openHolds = sql.named("ledger.openHolds", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8, through: arg.int8 },
  columns: holdCells,
})`${packedHolds} (
    select e.seq, e.amount from ${entry} e
    where e.book_id = ${"book"} and e.seq > ${"after"} and e.seq <= ${"upTo"}
      and e.kind = 2 and e.status = 0
      and not exists (select from ${entry} r
        where r.book_id = ${"book"} and r.pending_seq = e.seq and r.status = 0
          and r.seq <= ${"through"})
    order by e.seq
  ) h`;

/** Of the holds that archives up to `upTo` left open, those that nothing had resolved by `through`. */
export const keptHolds = sql.named("ledger.keptHolds", {
  params: { book: arg.int4, upTo: arg.int8, through: arg.int8 },
  columns: holdCells,
})`${packedHolds} (
    select e.seq, e.amount
    from (select seq from ${archiveHold}
      where book_id = ${"book"} and seq <= ${"upTo"} order by seq offset 0) k
    cross join lateral (select seq, amount from ${entry} as known
      where known.book_id = ${"book"} and known.seq = k.seq limit 1) e
    where not exists (select from ${entry} r
      where r.book_id = ${"book"} and r.pending_seq = k.seq and r.status = 0
        and r.seq <= ${"through"})
    order by e.seq
  ) h`;

/** Holds that were kept whole, and have since ended within what is archived. */
export const endedHolds = sql.named("ledger.endedHolds", {
  params: { book: arg.int4, after: arg.int8, through: arg.int8, most: arg.int4 },
  columns: { seq: as.int8 },
})`select k.seq from ${archiveHold} k
  where k.book_id = ${"book"} and k.seq <= ${"after"} and exists (select from ${entry} r
    where r.book_id = ${"book"} and r.pending_seq = k.seq and r.status = 0
      and r.seq <= ${"through"})
  order by k.seq limit ${"most"}`;

/** What is to be made slim of a stretch: everything but open holds. */
export const wholeEntries = sql.named("ledger.wholeEntries", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: { seq: as.int8 },
})`select e.seq from ${entry} e
  where e.book_id = ${"book"} and e.seq > ${"after"} and e.seq <= ${"upTo"} and e.archived is null
    and not exists (select from ${archiveHold} k where k.book_id = ${"book"} and k.seq = e.seq)
  order by e.seq`;

/**
 * Balances of the accounts that a stretch touched which a newer one up to `through` replaces: those of
 * the stretch, and the one that the archive before had left.
 */
export const replacedVersions = sql.named("ledger.replacedVersions", {
  params: {
    book: arg.int4,
    after: arg.int8,
    upTo: arg.int8,
    base: arg.int8,
    through: arg.int8,
  },
  columns: { account: as.int8, seq: as.int8 },
})`
  with touched as (
    select distinct named.account from ${entry} e
    cross join lateral (values (e.debit), (e.credit)) as named (account)
    where e.book_id = ${"book"} and e.seq > ${"after"} and e.seq <= ${"upTo"} and e.status = 0
      and named.account is not null
  ), newest as (
    select touched.account, last.seq from touched
    cross join lateral (select seq from ${balance}
      where book_id = ${"book"} and account = touched.account and seq <= ${"through"}
      order by seq desc limit 1) last
  )
  select newest.account, v.seq from newest
  cross join lateral (
    (select seq from ${balance}
     where book_id = ${"book"} and account = newest.account
       and seq > ${"after"} and seq <= ${"upTo"} and seq < newest.seq)
    union
    (select seq from (
       select seq from ${balance}
       where book_id = ${"book"} and account = newest.account and seq <= ${"base"}
       order by seq desc limit 1) former
     where seq < newest.seq)
  ) v
  order by newest.account, v.seq`;

/** What a stretch would give back, in bytes of values; and how many balances there are of it. */
export const spaceOf = sql.named("ledger.spaceOf", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: { words: as.int8, digests: as.int8 },
})`select coalesce(sum(coalesce(pg_column_size(reference), 0) + coalesce(pg_column_size(metadata), 0)
      + coalesce(pg_column_size(by_key), 0) + coalesce(pg_column_size(request), 0)
      + coalesce(pg_column_size(rule), 0)), 0)::int8 as words,
    coalesce(sum(2 + case when reference is null then 0 else 8 end
      + case when metadata is null then 0 else 8 end), 0)::int8 as digests
  from ${entry} where book_id = ${"book"} and seq > ${"after"} and seq <= ${"upTo"}`;

/**
 * What stays of some batches, as archive/kept.ts has it, and which of their entries are whole or slim.
 */
export const keptBodies = sql.named("ledger.keptBodies", {
  params: { book: arg.int4, lastSeqs: arg.int8s },
  columns: {
    lastSeq: as.int8,
    hash: as.bytea,
    seqs: as.bytea,
    strays: as.bytea,
    wholes: as.bytea,
    dressed: as.bytea,
    kept: as.bytea,
  },
})`
  select b.last_seq, b.hash, body.seqs, body.strays, body.wholes, body.dressed,
    int8send(b.prev_seq) || int8send(b.last_seq) || timestamptz_send(b.at)
      || timestamptz_send(b.swept_until) || body.columns as kept
  from ${batch} b
  cross join lateral (
    select
      array_send(coalesce(array_agg(e.seq), '{}')) as seqs,
      array_send(coalesce(array_agg(e.seq) filter (where e.at <> b.at), '{}')) as strays,
      array_send(coalesce(array_agg(e.seq) filter (where e.archived is null), '{}')) as wholes,
      array_send(coalesce(array_agg(e.seq) filter (where e.archived is not null
        and (e.reference is not null or e.metadata is not null or e.by_key is not null
          or e.request is not null or e.rule is not null)), '{}')) as dressed,
      ${packedFirst}
      || case count(e.effective_at) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.effective_at)) end
      || case count(e.named) when 0 then '\\x00' else '\\x01' || array_send(array_agg(e.named)) end
      || '\\x01' || array_send(coalesce(array_agg(coalesce(e.archived,
          ${slim}(e.seq, e.pending_seq, e.reference, e.metadata))), '{}')) as columns
    from (
      select * from ${entry}
      where book_id = ${"book"} and seq > b.prev_seq and seq <= b.last_seq order by seq
    ) e
  ) body
  where b.book_id = ${"book"} and b.last_seq = any(${"lastSeqs"})
  order by b.last_seq`;

/** Holds that archives left open, whose time-outs ended by an instant and that nothing has resolved. */
export const keptHoldsOverdue = sql.named("ledger.keptHoldsOverdue", {
  params: { book: arg.int4, upTo: arg.int8, at: arg.timestamptz, most: arg.int4 },
  columns: { seq: as.int8, id: as.text },
})`select e.seq, e.id from ${archiveHold} k
  join ${entry} e on e.book_id = k.book_id and e.seq = k.seq
  where k.book_id = ${"book"} and e.expires_at <= ${"at"} and not exists (select from ${entry} r
    where r.book_id = ${"book"} and r.pending_seq = k.seq and r.status = 0 and r.seq <= ${"upTo"})
  order by e.seq limit ${"most"}`;

/** Which entries of a stretch are slim. */
export const slimSeqs = sql.named("ledger.slimSeqs", {
  params: { book: arg.int4, after: arg.int8, upTo: arg.int8 },
  columns: { seqs: as.bytea },
})`select array_send(coalesce(array_agg(seq order by seq), '{}')) as seqs from ${entry}
  where book_id = ${"book"} and seq > ${"after"} and seq <= ${"upTo"} and archived is not null`;

/** Which of these balances are there, by their places in the question. */
export const versionsThere = sql.named("ledger.versionsThere", {
  params: { book: arg.int4, accounts: arg.int8s, seqs: arg.int8s },
  columns: { places: as.bytea },
})`select array_send(coalesce(array_agg(asked.place), '{}')) as places
  from unnest(${"accounts"}, ${"seqs"}) with ordinality as asked (account, seq, place)
  cross join lateral (select from ${balance} as version
    where version.book_id = ${"book"} and version.account = asked.account
      and version.seq = asked.seq limit 1) there`;

/** All holds that are kept whole. */
export const holdsKept = sql.named("ledger.holdsKept", {
  params: { book: arg.int4 },
  columns: { seqs: as.bytea },
})`select array_send(coalesce(array_agg(seq order by seq), '{}')) as seqs from ${archiveHold}
  where book_id = ${"book"}`;
