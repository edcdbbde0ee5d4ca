import { arg, as, sql, table } from "../postgres/index.ts";

const placed = table("order_order");
const step = table("order_step");
const open = table("order_open");
const listed = table("order_listed");

const columns = {
  orderId: as.text,
  buyer: as.text,
  asset: as.text,
  total: as.int8,
  lines: as.int2,
  placedAt: as.timestamptz,
  expiresAt: as.timestamptz,
  version: as.int4Null,
  state: as.int2Null,
  paid: as.int8Null,
  refunded: as.int8Null,
} as const;
const page = {
  bookId: arg.int4,
  beforeAt: arg.timestamptz,
  beforeId: arg.text,
  limit: arg.int4,
} as const;

/** Orders as they stand, newest first. */
export const listNewest = sql.named("order.listNewest", { params: page, columns })`
  select order_id, buyer, asset, total, lines, placed_at, expires_at,
    newest.version, newest.state, newest.paid, newest.refunded
  from (
    select * from ${placed} as placed
    where book_id = ${"bookId"} and (expires_at, order_id) < (${"beforeAt"}, ${"beforeId"})
    order by expires_at desc, order_id desc limit ${"limit"}
  ) as placed
  left join lateral (
    select version, state, paid, refunded from ${step} as step
    where step.book_id = placed.book_id and step.order_id = placed.order_id
    order by version desc limit 1
  ) as newest on true
  order by expires_at desc, order_id desc`;

/** The same of one buyer. */
export const listOfBuyer = sql.named("order.listOfBuyer", {
  params: { ...page, buyer: arg.text },
  columns,
})`
  select order_id, buyer, asset, total, lines, placed_at, expires_at,
    newest.version, newest.state, newest.paid, newest.refunded
  from (
    select * from ${placed} as placed
    where book_id = ${"bookId"} and buyer = ${"buyer"}
      and (expires_at, order_id) < (${"beforeAt"}, ${"beforeId"})
    order by expires_at desc, order_id desc limit ${"limit"}
  ) as placed
  left join lateral (
    select version, state, paid, refunded from ${step} as step
    where step.book_id = placed.book_id and step.order_id = placed.order_id
    order by version desc limit 1
  ) as newest on true
  order by expires_at desc, order_id desc`;

/** Orders that may be open, newest first: the newest of all, and behind the mark those that are kept as open. */
export const listMaybeOpen = sql.named("order.listMaybeOpen", { params: page, columns })`
  with mark as (
    select coalesce(max(listed_until), '-infinity') as listed_until from ${listed}
    where book_id = ${"bookId"}
  ), found as (
    (select expires_at, order_id from ${placed}
      where book_id = ${"bookId"} and (expires_at, order_id) < (${"beforeAt"}, ${"beforeId"})
        and expires_at > (select listed_until from mark)
      order by expires_at desc, order_id desc limit ${"limit"})
    union all
    (select expires_at, order_id from ${open}
      where book_id = ${"bookId"} and (expires_at, order_id) < (${"beforeAt"}, ${"beforeId"})
        and expires_at <= (select listed_until from mark)
      order by expires_at desc, order_id desc limit ${"limit"})
    order by expires_at desc, order_id desc limit ${"limit"}
  )
  select placed.order_id, buyer, asset, total, lines, placed_at, placed.expires_at,
    newest.version, newest.state, newest.paid, newest.refunded
  from found
  join ${placed} as placed on placed.book_id = ${"bookId"} and placed.order_id = found.order_id
  left join lateral (
    select version, state, paid, refunded from ${step} as step
    where step.book_id = placed.book_id and step.order_id = placed.order_id
    order by version desc limit 1
  ) as newest on true
  order by placed.expires_at desc, placed.order_id desc`;

/** Steps that ended orders in a state, newest first; `isNewest`: it is how the order stands. */
export const listEnded = sql.named("order.listEnded", {
  params: {
    bookId: arg.int4,
    state: arg.int2,
    beforeMicros: arg.int8,
    beforeId: arg.text,
    limit: arg.int4,
  },
  columns: { ...columns, endedMicros: as.int8, isNewest: as.bool },
})`
  select placed.order_id, buyer, asset, total, lines, placed_at, expires_at,
    ended.version, ended.state, ended.paid, ended.refunded,
    (extract(epoch from ended.at) * 1000000)::int8 as ended_micros,
    not exists (select from ${step} as step where step.book_id = ended.book_id
      and step.order_id = ended.order_id and step.version > ended.version) as is_newest
  from (
    select * from ${step} as step
    where book_id = ${"bookId"} and state = ${"state"} and state >= 4
      and (at, order_id) <
        (timestamptz 'epoch' + ${"beforeMicros"} * interval '1 microsecond', ${"beforeId"})
    order by at desc, order_id desc limit ${"limit"}
  ) as ended
  join ${placed} as placed using (book_id, order_id)
  order by ended.at desc, placed.order_id desc`;

export const readListed = sql.named("order.readListed", {
  params: { bookId: arg.int4 },
  columns: { listedUntil: as.timestamptz, notedAt: as.timestamptz },
})`select listed_until, noted_at from ${listed} where book_id = ${"bookId"}`;

/**
 * Orders whose time to pay ended in a stretch, in the order of their ends, and whether they are open. The page first:
 * asked of all at once, the plan hashes every step there is.
 */
export const listPassed = sql.named("order.listPassed", {
  params: {
    bookId: arg.int4,
    from: arg.timestamptz,
    after: arg.text,
    until: arg.timestamptz,
    limit: arg.int4,
  },
  columns: { orderId: as.text, expiresAt: as.timestamptz, isOpen: as.bool },
})`
  select passed.order_id, passed.expires_at, ended.version is null as is_open
  from (select book_id, order_id, expires_at from ${placed}
    where book_id = ${"bookId"} and (expires_at, order_id) > (${"from"}, ${"after"})
      and expires_at <= ${"until"}
    order by expires_at, order_id limit ${"limit"}) as passed
  left join lateral (select version from ${step} as step where step.book_id = passed.book_id
    and step.order_id = passed.order_id and step.state >= 4 limit 1) as ended on true
  order by passed.expires_at, passed.order_id`;

/** Orders that are kept as open and have ended since. */
export const listNotOpen = sql.named("order.listNotOpen", {
  params: { bookId: arg.int4, since: arg.timestamptz, limit: arg.int4 },
  columns: { orderId: as.text },
})`
  select distinct kept.order_id from ${step} as step
  join ${open} as kept using (book_id, order_id)
  where step.book_id = ${"bookId"} and step.state in (4, 5, 6, 7, 8) and step.state >= 4
    and step.at > ${"since"}
  order by kept.order_id limit ${"limit"}`;
