import { arg, as, sql, table } from "../postgres/index.ts";

const placed = table("order_order");
const line = table("order_line");
const step = table("order_step");
const move = table("order_move");

/** How orders stand: as placed, and what their newest step says. */
export const readOrders = sql.named("order.readOrders", {
  params: { bookIds: arg.int4s, orderIds: arg.texts },
  columns: {
    bookId: as.int4,
    orderId: as.text,
    bodyHash: as.bytea,
    buyer: as.text,
    asset: as.text,
    total: as.int8,
    lines: as.int2,
    held: as.textNull,
    expiresAt: as.timestamptz,
    version: as.int4Null,
    state: as.int2Null,
    paid: as.int8Null,
    refunded: as.int8Null,
  },
})`select placed.book_id, placed.order_id, placed.body_hash, placed.buyer, placed.asset, placed.total,
    placed.lines, placed.held, placed.expires_at,
    newest.version, newest.state, newest.paid, newest.refunded
  from unnest(${"bookIds"}, ${"orderIds"}) as asked (book_id, order_id)
  join ${placed} as placed using (book_id, order_id)
  left join lateral (
    select version, state, paid, refunded from ${step} as step
    where step.book_id = placed.book_id and step.order_id = placed.order_id
    order by version desc limit 1
  ) as newest on true`;

/** The step that a key stands for, if the order has one. */
export const findStep = sql.named("order.findStep", {
  params: { bookId: arg.int4, orderId: arg.text, act: arg.int2, key: arg.text },
  columns: { version: as.int4, bodyHash: as.byteaNull },
})`select version, body_hash from ${step}
  where book_id = ${"bookId"} and order_id = ${"orderId"} and act = ${"act"} and key = ${"key"}
  order by version limit 1`;

/** Whose step a key of a fulfilment or refund stands for, in the whole book. */
export const findKey = sql.named("order.findKey", {
  params: { bookId: arg.int4, act: arg.int2, key: arg.text },
  columns: { orderId: as.text },
})`select order_id from ${step}
  where book_id = ${"bookId"} and act = ${"act"} and key = ${"key"} and act in (5, 6)`;

/**
 * The rows of acts, found by what the names of their chains say: one look-up each. Of placing there is no step;
 * an act that is not as its chain says is left out.
 */
export const readActs = sql.named("order.readActs", {
  params: {
    bookId: arg.int4,
    places: arg.int4s,
    acts: arg.int2s,
    orderIds: arg.texts,
    keys: arg.texts,
    versions: arg.int4s,
  },
  columns: {
    place: as.int4,
    orderId: as.text,
    buyer: as.text,
    asset: as.text,
    total: as.int8,
    version: as.int4Null,
    act: as.int2Null,
    state: as.int2Null,
    key: as.textNull,
    paid: as.int8Null,
    refunded: as.int8Null,
    byKey: as.textNull,
    request: as.textNull,
    reason: as.textNull,
  },
})`select asked.place, placed.order_id, placed.buyer, placed.asset, placed.total,
    done.version, done.act, done.state, done.key, done.paid, done.refunded,
    case when asked.act = 1 then placed.by_key else done.by_key end as by_key,
    case when asked.act = 1 then placed.request else done.request end as request, done.reason
  from unnest(${"places"}, ${"acts"}, ${"orderIds"}, ${"keys"}, ${"versions"})
    as asked (place, act, order_id, key, version)
  left join lateral (
    (select * from ${step} as step
      where asked.act in (2, 3) and step.book_id = ${"bookId"} and step.order_id = asked.order_id
        and step.version = asked.version and (asked.act = 3 or (step.act = 2 and step.key = asked.key))
        and (asked.act = 2 or step.act in (3, 4)) limit 1)
    union all
    (select * from ${step} as step
      where asked.act in (5, 6) and step.book_id = ${"bookId"} and step.act = asked.act
        and step.key = asked.key and step.act in (5, 6) and step.version = asked.version limit 1)
    union all
    (select * from ${step} as step
      where asked.act = 7 and step.book_id = ${"bookId"} and step.order_id = asked.order_id
        and step.act = 7 limit 1)
  ) as done on true
  join lateral (select * from ${placed} as known
    where known.book_id = ${"bookId"} and known.order_id = coalesce(done.order_id, asked.order_id)
    limit 1) as placed on true
  where asked.act = 1 or done.version is not null
  order by asked.place`;

/** What was placed, for people. */
export const readPlaced = sql.named("order.readPlaced", {
  params: { bookId: arg.int4, orderId: arg.text },
  columns: {
    quoteId: as.text,
    placedAt: as.timestamptz,
    byKey: as.textNull,
    request: as.textNull,
  },
})`select quote_id, placed_at, by_key, request from ${placed}
  where book_id = ${"bookId"} and order_id = ${"orderId"}`;

/** The order that was placed by a quote whose price was agreed on. */
export const findAgreed = sql.named("order.findAgreed", {
  params: { bookId: arg.int4, quoteId: arg.text },
  columns: { orderId: as.text },
})`select order_id from ${table("order_agreed")}
  where book_id = ${"bookId"} and quote_id = ${"quoteId"}`;

/** Of these quotes, of any book, those that something was sold by. */
export const listSoldQuotes = sql.named("order.listSoldQuotes", {
  params: { quoteIds: arg.texts },
  columns: { quoteId: as.text },
})`select distinct quote_id from ${placed} where quote_id = any(${"quoteIds"})`;

/** What was done to an order behind a version, oldest first. */
export const listSteps = sql.named("order.listSteps", {
  params: { bookId: arg.int4, orderId: arg.text, after: arg.int4, limit: arg.int4 },
  columns: {
    version: as.int4,
    act: as.int2,
    state: as.int2,
    key: as.text,
    at: as.timestamptz,
    paid: as.int8,
    refunded: as.int8,
    byKey: as.textNull,
    request: as.textNull,
    reason: as.textNull,
  },
})`select version, act, state, key, at, paid, refunded, by_key, request, reason from ${step}
  where book_id = ${"bookId"} and order_id = ${"orderId"} and version > ${"after"}
  order by version limit ${"limit"}`;

/** The payment, fulfilment or refund of an order that a key stands for: the first where it stands for several. */
export const findKeyedStep = sql.named("order.findKeyedStep", {
  params: { bookId: arg.int4, orderId: arg.text, key: arg.text },
  columns: { version: as.int4, act: as.int2, at: as.timestamptz },
})`select version, act, at from (
    (select version, act, at from ${step}
      where book_id = ${"bookId"} and order_id = ${"orderId"} and version = 2 and act = 2 and key = ${"key"})
    union all
    (select version, act, at from ${step}
      where book_id = ${"bookId"} and act in (5, 6) and act = 5 and key = ${"key"} and order_id = ${"orderId"})
    union all
    (select version, act, at from ${step}
      where book_id = ${"bookId"} and act in (5, 6) and act = 6 and key = ${"key"} and order_id = ${"orderId"})
  ) as found order by version limit 1`;

/** Runs that acts have started, in the order of the acts. */
export const listOrderRuns = sql.named("order.listOrderRuns", {
  params: {
    bookId: arg.int4,
    orderId: arg.text,
    after: arg.int4,
    upTo: arg.int4,
    limit: arg.int4,
  },
  columns: { version: as.int4, run: as.text },
})`select version, run from ${table("order_run")}
  where book_id = ${"bookId"} and order_id = ${"orderId"} and version > ${"after"}
    and version <= ${"upTo"}
  order by version, run limit ${"limit"}`;

/** Lines as sold, and what was done to them since. Joined in full, so never by a loop within a loop. */
export const listLines = sql.named("order.listLines", {
  params: { bookId: arg.int4, orderId: arg.text },
  columns: {
    line: as.int2,
    sku: as.text,
    quantity: as.int8,
    unit: as.textNull,
    list: as.int8,
    amount: as.int8,
    discounts: as.textNull,
    delivered: as.int8Null,
    deliveredAmount: as.int8Null,
    calledOff: as.int8Null,
    calledOffAmount: as.int8Null,
    returned: as.int8Null,
    returnedAmount: as.int8Null,
    back: as.int8Null,
  },
})`select line, sold.sku, sold.quantity, sold.unit, sold.list, sold.amount, sold.discounts,
    done.delivered, done.delivered_amount, done.called_off, done.called_off_amount,
    done.returned, done.returned_amount, done.back
  from (
    select line, sku, quantity, unit, list, amount, discounts from ${line}
    where book_id = ${"bookId"} and order_id = ${"orderId"}
  ) as sold
  full join (
    select line, sum(quantity) filter (where kind = 1)::int8 as delivered,
      sum(amount) filter (where kind = 1)::int8 as delivered_amount,
      sum(quantity) filter (where kind = 2)::int8 as called_off,
      sum(amount) filter (where kind = 2)::int8 as called_off_amount,
      sum(quantity) filter (where kind = 3)::int8 as returned,
      sum(amount) filter (where kind = 3)::int8 as returned_amount,
      sum(back)::int8 as back
    from ${move}
    where book_id = ${"bookId"} and order_id = ${"orderId"}
    group by line
  ) as done using (line) order by line`;

/** What steps did to lines. */
export const listMoves = sql.named("order.listMoves", {
  params: {
    bookId: arg.int4,
    orderId: arg.text,
    after: arg.int4,
    upTo: arg.int4,
    limit: arg.int4,
  },
  columns: {
    version: as.int4,
    line: as.int2,
    kind: as.int2,
    quantity: as.int8,
    amount: as.int8,
    back: as.int8,
  },
})`select version, line, kind, quantity, amount, back from ${move}
  where book_id = ${"bookId"} and order_id = ${"orderId"} and version > ${"after"}
    and version <= ${"upTo"}
  order by version, line, kind limit ${"limit"}`;

/** The database's own clock. */
export const readTime = sql.named("order.readTime", {
  params: {},
  columns: { now: as.timestamptz },
})`select clock_timestamp() as now`;

/** Up to when the book's unpaid orders have been ended. */
export const readSwept = sql.named("order.readSwept", {
  params: { bookId: arg.int4 },
  columns: { sweptUntil: as.timestamptz },
})`select swept_until from ${table("order_swept")} where book_id = ${"bookId"}`;

/** Books in which the time of some order has ended since they were swept; it goes from book to book along an index. */
export const listSweptBooks = sql.named("order.listSweptBooks", {
  params: { until: arg.timestamptz },
  columns: { bookId: as.int4 },
})`with recursive known (book_id) as (
    (select book_id from ${placed} order by book_id limit 1)
    union all
    select (select placed.book_id from ${placed} as placed
      where placed.book_id > known.book_id order by placed.book_id limit 1)
    from known where known.book_id is not null
  )
  select known.book_id from known
  left join ${table("order_swept")} as swept using (book_id)
  where known.book_id is not null and exists (select from ${placed} as placed
    where placed.book_id = known.book_id and placed.expires_at <= ${"until"}
      and placed.expires_at > coalesce(swept.swept_until, '-infinity'))
  order by known.book_id`;

/** Orders whose time to pay ended in a stretch and to which nothing was done, in the order of their ends. */
export const listOverdue = sql.named("order.listOverdue", {
  params: {
    bookId: arg.int4,
    from: arg.timestamptz,
    until: arg.timestamptz,
    after: arg.text,
    limit: arg.int4,
  },
  columns: { orderId: as.text, expiresAt: as.timestamptz },
})`select order_id, expires_at from ${placed} as placed
  where book_id = ${"bookId"} and (expires_at, order_id) > (${"from"}, ${"after"})
    and expires_at <= ${"until"}
    and not exists (select from ${step} as step
      where step.book_id = placed.book_id and step.order_id = placed.order_id)
  order by expires_at, order_id limit ${"limit"}`;
