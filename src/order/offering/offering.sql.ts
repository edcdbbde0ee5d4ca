import { arg, as, sql, table } from "../../postgres/index.ts";

const offering = table("order_offering");
const offeringEnd = table("order_offering_end");
const bid = table("order_bid");
const payout = table("order_payout");
const payoutEnd = table("order_payout_end");

const offeringColumns = {
  asset: as.text,
  cap: as.int8,
  minimum: as.int8,
  project: as.text,
  closesAt: as.timestamptz,
  openedAt: as.timestamptz,
} as const;

export const readOffering = sql.named("order.readOffering", {
  params: { bookId: arg.int4, offeringId: arg.text },
  columns: offeringColumns,
})`select asset, cap, minimum, project, closes_at, opened_at from ${offering}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"}`;

export const readOfferingEnd = sql.named("order.readOfferingEnd", {
  params: { bookId: arg.int4, offeringId: arg.text },
  columns: {
    raised: as.int8,
    funded: as.bool,
    bids: as.int4Null,
    investors: as.int4Null,
    at: as.timestamptz,
  },
})`select raised, funded, bids, investors, at from ${offeringEnd}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"}`;

const beforeTime = { beforeMicros: arg.int8, beforeId: arg.text, limit: arg.int4 } as const;

/** Offerings with how they ended, newest first. */
export const listOfferings = sql.named("order.listOfferings", {
  params: { bookId: arg.int4, ...beforeTime },
  columns: {
    id: as.text,
    ...offeringColumns,
    micros: as.int8,
    raised: as.int8Null,
    funded: as.boolNull,
  },
})`select opened.offering_id as id, asset, cap, minimum, project, closes_at, opened_at,
    (extract(epoch from opened_at) * 1000000)::int8 as micros, ended.raised, ended.funded
  from (select * from ${offering}
    where book_id = ${"bookId"} and (opened_at, offering_id) <
      (timestamptz 'epoch' + ${"beforeMicros"} * interval '1 microsecond', ${"beforeId"})
    order by opened_at desc, offering_id desc limit ${"limit"}) as opened
  left join ${offeringEnd} as ended using (book_id, offering_id)
  order by opened_at desc, opened.offering_id desc`;

/** How many bids there are and of how many investors, among so many of them at most. */
export const countBids = sql.named("order.countBids", {
  params: { bookId: arg.int4, offeringId: arg.text, limit: arg.int4 },
  columns: { bids: as.int4, investors: as.int4 },
})`select count(*)::int4 as bids, count(distinct investor)::int4 as investors
  from (select investor from ${bid}
    where book_id = ${"bookId"} and offering_id = ${"offeringId"} limit ${"limit"}) as counted`;

const bidColumns = {
  bidId: as.text,
  investor: as.text,
  amount: as.int8,
  cut: as.bool,
  at: as.timestamptz,
};

/** Bids in the order of their keys. */
export const listBids = sql.named("order.listBids", {
  params: { bookId: arg.int4, offeringId: arg.text, after: arg.text, limit: arg.int4 },
  columns: bidColumns,
})`select bid_id, investor, amount, cut, at from ${bid}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and bid_id > ${"after"}
  order by bid_id limit ${"limit"}`;

const listedBidColumns = {
  ...bidColumns,
  micros: as.int8,
  by: as.textNull,
  request: as.textNull,
};

/** For people: newest first. */
export const listNewestBids = sql.named("order.listNewestBids", {
  params: { bookId: arg.int4, offeringId: arg.text, ...beforeTime },
  columns: listedBidColumns,
})`select bid_id, investor, amount, cut, at,
    (extract(epoch from at) * 1000000)::int8 as micros, by_key as by, request
  from ${bid}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and (at, bid_id) <
    (timestamptz 'epoch' + ${"beforeMicros"} * interval '1 microsecond', ${"beforeId"})
  order by at desc, bid_id desc limit ${"limit"}`;

/** The same of one investor. */
export const listBidsOf = sql.named("order.listBidsOf", {
  params: { bookId: arg.int4, offeringId: arg.text, investor: arg.text, ...beforeTime },
  columns: listedBidColumns,
})`select bid_id, investor, amount, cut, at,
    (extract(epoch from at) * 1000000)::int8 as micros, by_key as by, request
  from ${bid}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and investor = ${"investor"}
    and (at, bid_id) <
      (timestamptz 'epoch' + ${"beforeMicros"} * interval '1 microsecond', ${"beforeId"})
  order by at desc, bid_id desc limit ${"limit"}`;

export const readBid = sql.named("order.readBid", {
  params: { bookId: arg.int4, offeringId: arg.text, bidId: arg.text },
  columns: { ...bidColumns, allowPartial: as.boolNull },
})`select bid_id, investor, amount, cut, at, allow_partial from ${bid}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and bid_id = ${"bidId"}`;

export const readPayout = sql.named("order.readPayout", {
  params: { bookId: arg.int4, offeringId: arg.text, payoutId: arg.text },
  columns: { total: as.int8, source: as.text, run: as.text },
})`select total, source, run from ${payout}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and payout_id = ${"payoutId"}`;

/** Payouts with what came of them, by their keys. */
export const listPayouts = sql.named("order.listPayouts", {
  params: { bookId: arg.int4, offeringId: arg.text, from: arg.text, limit: arg.int4 },
  columns: {
    id: as.text,
    total: as.int8,
    source: as.text,
    run: as.text,
    at: as.timestamptz,
    by: as.textNull,
    request: as.textNull,
    paid: as.int4Null,
    unpaid: as.int4Null,
  },
})`select begun.payout_id as id, total, source, run, begun.at, by_key as by, request,
    ended.paid, ended.unpaid
  from ${payout} as begun
  left join ${payoutEnd} as ended using (book_id, offering_id, payout_id)
  where begun.book_id = ${"bookId"} and begun.offering_id = ${"offeringId"}
    and begun.payout_id >= ${"from"}
  order by begun.payout_id limit ${"limit"}`;
