import { arg, as, sql, table } from "../../postgres/index.ts";

export const readOffering = sql.named("order.readOffering", {
  params: { bookId: arg.int4, offeringId: arg.text },
  columns: {
    asset: as.text,
    cap: as.int8,
    minimum: as.int8,
    project: as.text,
    closesAt: as.timestamptz,
  },
})`select asset, cap, minimum, project, closes_at from ${table("order_offering")}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"}`;

export const readOfferingEnd = sql.named("order.readOfferingEnd", {
  params: { bookId: arg.int4, offeringId: arg.text },
  columns: { raised: as.int8, funded: as.bool, at: as.timestamptz },
})`select raised, funded, at from ${table("order_offering_end")}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"}`;

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
})`select bid_id, investor, amount, cut, at from ${table("order_bid")}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and bid_id > ${"after"}
  order by bid_id limit ${"limit"}`;

export const readBid = sql.named("order.readBid", {
  params: { bookId: arg.int4, offeringId: arg.text, bidId: arg.text },
  columns: bidColumns,
})`select bid_id, investor, amount, cut, at from ${table("order_bid")}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and bid_id = ${"bidId"}`;

export const readPayout = sql.named("order.readPayout", {
  params: { bookId: arg.int4, offeringId: arg.text, payoutId: arg.text },
  columns: { total: as.int8, source: as.text, run: as.text },
})`select total, source, run from ${table("order_payout")}
  where book_id = ${"bookId"} and offering_id = ${"offeringId"} and payout_id = ${"payoutId"}`;
