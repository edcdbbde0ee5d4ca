/** How offerings, bids and payouts are written: append only. */
import type { Instant } from "../../base/index.ts";
import { column, insertInto } from "../../postgres/index.ts";

const ROOM = "order";
const LAYER = 3;

interface OfOffering {
  readonly bookId: number;
  readonly offeringId: string;
}

interface AskedBy {
  readonly by: string | null;
  readonly request: string | null;
}

const ofOffering = {
  book_id: column.int4(({ bookId }: OfOffering) => bookId),
  offering_id: column.text(({ offeringId }: OfOffering) => offeringId),
};

const askedBy = {
  by_key: column.text(({ by }: AskedBy) => by),
  request: column.text(({ request }: AskedBy) => request),
};

export interface OfferingRow extends OfOffering, AskedBy {
  readonly asset: string;
  readonly cap: bigint;
  readonly minimum: bigint;
  readonly project: string;
  readonly closesAt: Instant;
}

export const insertOfferings = insertInto<OfferingRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_offering", table: "order_offering" },
  columns: {
    ...ofOffering,
    asset: column.text(({ asset }) => asset),
    cap: column.int8(({ cap }) => cap),
    minimum: column.int8(({ minimum }) => minimum),
    project: column.text(({ project }) => project),
    closes_at: column.timestamptz(({ closesAt }) => closesAt),
    ...askedBy,
  },
  key: ["book_id", "offering_id"],
  stamped: "opened_at",
});

export interface BidRow extends OfOffering, AskedBy {
  readonly bidId: string;
  readonly investor: string;
  readonly amount: bigint;
  readonly cut: boolean;
  readonly allowPartial: boolean;
}

export const insertBids = insertInto<BidRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_bid", table: "order_bid" },
  columns: {
    ...ofOffering,
    bid_id: column.text(({ bidId }) => bidId),
    investor: column.text(({ investor }) => investor),
    amount: column.int8(({ amount }) => amount),
    cut: column.bool(({ cut }) => cut),
    allow_partial: column.bool(({ allowPartial }) => allowPartial),
    ...askedBy,
  },
  key: ["book_id", "offering_id", "bid_id"],
  stamped: "at",
});

export interface OfferingEndRow extends OfOffering {
  readonly raised: bigint;
  readonly funded: boolean;
  readonly bids: number;
  readonly investors: number;
}

export const insertOfferingEnds = insertInto<OfferingEndRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_offering_end", table: "order_offering_end" },
  columns: {
    ...ofOffering,
    raised: column.int8(({ raised }) => raised),
    funded: column.bool(({ funded }) => funded),
    bids: column.int4(({ bids }) => bids),
    investors: column.int4(({ investors }) => investors),
  },
  key: ["book_id", "offering_id"],
  stamped: "at",
});

export interface PayoutRow extends OfOffering, AskedBy {
  readonly payoutId: string;
  readonly total: bigint;
  readonly source: string;
  readonly run: string;
}

export const insertPayouts = insertInto<PayoutRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_payout", table: "order_payout" },
  columns: {
    ...ofOffering,
    payout_id: column.text(({ payoutId }) => payoutId),
    total: column.int8(({ total }) => total),
    source: column.text(({ source }) => source),
    run: column.text(({ run }) => run),
    ...askedBy,
  },
  key: ["book_id", "offering_id", "payout_id"],
  stamped: "at",
});

export interface PayoutEndRow extends OfOffering {
  readonly payoutId: string;
  readonly paid: number;
  readonly unpaid: number;
}

export const insertPayoutEnds = insertInto<PayoutEndRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_payout_end", table: "order_payout_end" },
  columns: {
    ...ofOffering,
    payout_id: column.text(({ payoutId }) => payoutId),
    paid: column.int4(({ paid }) => paid),
    unpaid: column.int4(({ unpaid }) => unpaid),
  },
  key: ["book_id", "offering_id", "payout_id"],
  stamped: "at",
});
