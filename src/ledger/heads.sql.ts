import { arg, as, sql, table } from "../postgres/index.ts";

/** Books in the order of their names, each with the newest link of its chain. */
export const headsAfter = sql.named("ledger.headsAfter", {
  params: { after: arg.text, most: arg.int4 },
  columns: { id: as.int4, name: as.text, seq: as.int8, hash: as.bytea },
})`
  select book.book_id as id, book.name, newest.last_seq as seq, newest.hash
  from ${table("ledger_book")} as book
  cross join lateral (
    select last_seq, hash from ${table("ledger_batch")} as batch
    where batch.book_id = book.book_id order by last_seq desc limit 1
  ) as newest
  where book.name > ${"after"} order by book.name limit ${"most"}`;
