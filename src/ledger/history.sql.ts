/** Statements of the history: where to look, and what of it is wanted. */
import { arg, as, nullable, sql, table } from "../postgres/index.ts";

const entry = table("ledger_entry");
const batch = table("ledger_batch");
const account = table("ledger_account");
const balance = table("ledger_balance");

/** The window (after, upTo], and how much of it is looked at. */
const inWindow = { book: arg.int4, after: arg.int8, upTo: arg.int8, most: arg.int4 };

/** The window of seqs (after, upTo] whose book time lies from `from` to `to`. */
export const seqsOfTime = sql.named("ledger.seqsOfTime", {
  params: { book: arg.int4, from: arg.timestamptzNull, to: arg.timestamptzNull },
  columns: { after: as.int8, upTo: as.int8 },
})`
  select
    coalesce((select last_seq from ${batch}
      where book_id = ${"book"} and at < ${"from"} order by at desc, last_seq desc limit 1), 0) as after,
    coalesce(
      case when ${"to"} is null
        then (select last_seq from ${batch}
          where book_id = ${"book"} order by last_seq desc limit 1)
        else (select last_seq from ${batch}
          where book_id = ${"book"} and at <= ${"to"} order by at desc, last_seq desc limit 1)
      end, 0) as up_to`;

/** The accounts under a path and below it, at most `most` of each; exact: see `PathRange`. */
export const accountsUnder = sql.named("ledger.accountsUnder", {
  params: { book: arg.int4, exact: arg.text, low: arg.text, high: arg.text, most: arg.int4 },
  columns: { account: as.int8 },
})`
  (select account from ${account}
   where book_id = ${"book"} and path = ${"exact"} limit ${"most"})
  union all
  (select account from ${account}
   where book_id = ${"book"} and path >= ${"low"} and path < ${"high"} limit ${"most"})`;

/**
 * In which stretches of the window (after, upTo] each account was touched, the newest `most` per
 * account: one per batch, of which the newest may reach beyond the window.
 */
export const touchedNewest = sql.named("ledger.touchedNewest", {
  params: { ...inWindow, accounts: arg.int8s },
  columns: { accounts: as.bytea, lows: as.bytea, highs: as.bytea },
})`
  select array_send(coalesce(array_agg(asked.account), '{}')) as accounts,
    array_send(coalesce(array_agg(part.first_seq), '{}')) as lows,
    array_send(coalesce(array_agg(part.seq), '{}')) as highs
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (
    (select first_seq, seq from ${balance}
     where book_id = ${"book"} and account = asked.account and seq > ${"upTo"}
     order by seq limit 1)
    union all
    (select first_seq, seq from ${balance}
     where book_id = ${"book"} and account = asked.account
       and seq > ${"after"} and seq <= ${"upTo"}
     order by seq desc limit ${"most"})
  ) part`;

/** The same, the oldest `most` per account; the last may begin beyond the window. */
export const touchedOldest = sql.named("ledger.touchedOldest", {
  params: { book: arg.int4, accounts: arg.int8s, after: arg.int8, most: arg.int4 },
  columns: { accounts: as.bytea, lows: as.bytea, highs: as.bytea },
})`
  select array_send(coalesce(array_agg(asked.account), '{}')) as accounts,
    array_send(coalesce(array_agg(part.first_seq), '{}')) as lows,
    array_send(coalesce(array_agg(part.seq), '{}')) as highs
  from unnest(${"accounts"}) as asked (account)
  cross join lateral (
    select first_seq, seq from ${balance}
    where book_id = ${"book"} and account = asked.account and seq > ${"after"}
    order by seq limit ${"most"}
  ) part`;

const packedSeqs = sql.part`select array_send(coalesce(array_agg(seq), '{}')) as seqs from`;
const newestFirst = sql.part`order by seq desc`;
const oldestFirst = sql.part`order by seq`;

/** Entries with a reference inside the window, from one end of it. */
const referred = (name: string, order: typeof newestFirst) =>
  sql.named(name, {
    params: { ...inWindow, reference: arg.text },
    columns: { seqs: as.bytea },
  })`${packedSeqs} (
    select seq from ${entry}
    where book_id = ${"book"} and reference = ${"reference"}
      and seq > ${"after"} and seq <= ${"upTo"}
    ${order} limit ${"most"}
  ) found`;
export const referredNewest = referred("ledger.referredNewest", newestFirst);
export const referredOldest = referred("ledger.referredOldest", oldestFirst);

/** Remembered refusals inside the window, from one end of it: they touch no balance. */
const refused = (name: string, order: typeof newestFirst) =>
  sql.named(name, { params: inWindow, columns: { seqs: as.bytea } })`${packedSeqs} (
    select seq from ${entry}
    where book_id = ${"book"} and status <> 0 and seq > ${"after"} and seq <= ${"upTo"}
    ${order} limit ${"most"}
  ) found`;
export const refusedNewest = refused("ledger.refusedNewest", newestFirst);
export const refusedOldest = refused("ledger.refusedOldest", oldestFirst);

/**
 * Of the entries inside some ranges, those that are wanted. `accounts` names them one by one where
 * they are few; else the three path bounds do (all null: any account).
 */
export const wantedEntries = sql.named("ledger.wantedEntries", {
  params: {
    book: arg.int4,
    lows: arg.int8s,
    highs: arg.int8s,
    accounts: nullable(arg.int8s),
    exact: arg.textNull,
    low: arg.textNull,
    high: arg.textNull,
    reference: arg.textNull,
    code: arg.int4Null,
    refusals: arg.bool,
  },
  columns: { seqs: as.bytea },
})`${packedSeqs} (
    select e.seq
    from unnest(${"lows"}, ${"highs"}) as part (low, high)
    join ${entry} e on e.book_id = ${"book"} and e.seq between part.low and part.high
    where (${"refusals"} or e.status = 0)
      and (${"code"} is null or e.code = ${"code"})
      and (${"reference"} is null or e.reference = ${"reference"})
      and (${"accounts"} is null
        or e.debit in (select unnest(${"accounts"})) or e.credit in (select unnest(${"accounts"})))
      and (${"exact"} is null or exists (
        select from ${account} a
        where a.book_id = ${"book"} and a.account in (e.debit, e.credit)
          and (a.path = ${"exact"} or (a.path >= ${"low"} and a.path < ${"high"}))))
  ) found`;
