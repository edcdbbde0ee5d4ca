/** Statements that list what there is: books, assets, what lies below a path. */
import { arg, as, nullable, sql, table } from "../postgres/index.ts";

const book = table("ledger_book");
const asset = table("ledger_asset");
const account = table("ledger_account");
const balance = table("ledger_balance");

export const booksAfter = sql.named("ledger.booksAfter", {
  params: { after: arg.text, among: nullable(arg.texts), most: arg.int4 },
  columns: { name: as.text },
})`select name from ${book}
  where name > ${"after"} and (${"among"} is null or name = any(${"among"}))
  order by name limit ${"most"}`;

export const assetsAfter = sql.named("ledger.assetsAfter", {
  params: { book: arg.int4, after: arg.text, most: arg.int4 },
  columns: { asset: as.int8, code: as.text, refusals: as.text },
})`
  select asset, code, refusals from ${asset}
  where book_id = ${"book"} and code > ${"after"} order by code limit ${"most"}`;

/**
 * The first path from `low` on and before `high`: a loose scan of the index goes from one child of a
 * path to the next with it.
 */
export const pathFrom = sql.named("ledger.pathFrom", {
  params: { book: arg.int4, low: arg.text, high: arg.text },
  columns: { path: as.text },
})`
  select path from ${account}
  where book_id = ${"book"} and path >= ${"low"} and path < ${"high"}
  order by path limit 1`;

/** Sums over at most `most` accounts at a path and as many below it, per asset. */
export const sumsUnder = sql.named("ledger.sumsUnder", {
  params: {
    book: arg.int4,
    exact: arg.text,
    low: arg.text,
    high: arg.text,
    asset: nullable(arg.text),
    most: arg.int4,
  },
  columns: {
    asset: as.text,
    accounts: as.int8,
    below: as.int8,
    debitsPending: as.text,
    debitsPosted: as.text,
    creditsPending: as.text,
    creditsPosted: as.text,
  },
})`
  select s.code as asset, count(*) as accounts, count(*) filter (where found.is_below) as below,
    sum(v.debits_pending)::text as debits_pending, sum(v.debits_posted)::text as debits_posted,
    sum(v.credits_pending)::text as credits_pending, sum(v.credits_posted)::text as credits_posted
  from (
    (select account, asset, false as is_below from ${account}
     where book_id = ${"book"} and path = ${"exact"} limit ${"most"})
    union all
    (select account, asset, true as is_below from ${account}
     where book_id = ${"book"} and path >= ${"low"} and path < ${"high"} limit ${"most"})
  ) found
  join ${asset} s on s.book_id = ${"book"} and s.asset = found.asset
  cross join lateral (
    select debits_pending, debits_posted, credits_pending, credits_posted from ${balance}
    where book_id = ${"book"} and account = found.account order by seq desc limit 1
  ) v
  where ${"asset"} is null or s.code = ${"asset"}
  group by s.code
  order by s.code`;
