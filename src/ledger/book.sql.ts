import { arg, as, nullable, sql, table } from "../postgres/index.ts";

const book = table("ledger_book");
const batch = table("ledger_batch");
const entry = table("ledger_entry");

export const findBook = sql.named("ledger.findBook", {
  params: { name: arg.text },
  columns: { book: as.int4 },
})`select book_id as book from ${book} where name = ${"name"}`;

export const findBookName = sql.named("ledger.findBookName", {
  params: { book: arg.int4 },
  columns: { name: as.text },
})`select name from ${book} where book_id = ${"book"}`;

/**
 * Adds the book with its first batch, number zero, where the hash chain begins. Without `at` it
 * begins now, by the database's clock. A row comes back where it was not there before.
 */
export const addBook = sql.named("ledger.addBook", {
  params: {
    name: arg.text,
    at: nullable(arg.timestamptz),
    hash: arg.bytea,
    by: nullable(arg.text),
    request: nullable(arg.text),
  },
  columns: { book: as.int4 },
})`with added as (
    insert into ${book} (name, by_whom, request) values (${"name"}, ${"by"}, ${"request"})
    on conflict do nothing returning book_id),
  beginning as (
    select coalesce(${"at"}, date_trunc('milliseconds', clock_timestamp())) as at)
  insert into ${batch} (book_id, prev_seq, last_seq, at, swept_until, hash)
  select book_id, -1, 0, at, at, ${"hash"} from added, beginning returning book_id as book`;

export const bookOrigin = sql.named("ledger.bookOrigin", {
  params: { book: arg.int4 },
  columns: { at: as.timestamptz, by: as.textNull, request: as.textNull },
})`select created_at as at, by_whom as by, request from ${book} where book_id = ${"book"}`;

/** Books with holds whose time-outs ended and that no batch has freed. */
export const listDueBooks = sql.named("ledger.listDueBooks", {
  columns: { name: as.text },
})`select found.name from ${book} as found
  cross join lateral (select newest.swept_until from ${batch} as newest
    where newest.book_id = found.book_id order by newest.last_seq desc limit 1) as head
  where exists (select 1 from ${entry} as hold
    where hold.book_id = found.book_id and hold.expires_at > head.swept_until
      and hold.expires_at <= clock_timestamp() and hold.status = 0
      and not exists (select 1 from ${entry} as resolution
        where resolution.book_id = hold.book_id and resolution.pending_seq = hold.seq
          and resolution.status = 0))`;
