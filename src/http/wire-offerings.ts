/** Offerings onto the wire and from it: bigints to strings, instants to RFC 3339 text. */
import type { Static } from "typebox";
import { type Instant, toRfc3339 } from "../base/index.ts";
import type {
  Bid,
  ListedBid,
  ListedOffering,
  Offering,
  OfferingNow,
  OpenOffering,
  PayoutNow,
} from "../order/index.ts";
import type { OpenOfferingBody } from "./schemas-offerings.ts";
import { instantOf } from "./wire-in.ts";

/** Refuses: http.body_malformed. */
export function openOf(body: Static<typeof OpenOfferingBody>): OpenOffering {
  const { cap, minimum, closesAt, ...rest } = body;
  return {
    ...rest,
    cap: BigInt(cap),
    ...(minimum === undefined ? {} : { minimum: BigInt(minimum) }),
    closesAt: instantOf(closesAt, "/closesAt"),
  };
}

/** What it was opened with, and nothing that is known besides. */
export function offeringOnWire({ id, asset, cap, minimum, project, closesAt }: Offering) {
  const amounts = { cap: String(cap), minimum: String(minimum) };
  return { id, asset, ...amounts, project, closesAt: toRfc3339(closesAt) };
}

export function offeringNowOnWire(now: OfferingNow) {
  const { openedAt, state, raised, left, bids, investors, moreBids, paidOut } = now;
  return {
    ...offeringOnWire(now),
    ...{ openedAt: toRfc3339(openedAt), state, raised: String(raised), left: String(left) },
    ...{ bids, investors, moreBids, paidOut: String(paidOut) },
  };
}

export function listedOfferingOnWire(listed: ListedOffering) {
  const { openedAt, state, raised } = listed;
  return {
    ...offeringOnWire(listed),
    ...{ openedAt: toRfc3339(openedAt), state, raised: raised?.toString() },
  };
}

export function bidOnWire({ id, offering, investor, asked, granted }: Bid) {
  return { id, offering, investor, asked: String(asked), granted: String(granted) };
}

/** Whether who asks may know who did something. */
type Sees = (by: string | undefined) => boolean;

interface Who {
  readonly at: Instant;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

const whoOnWire = ({ at, by, request }: Who, sees: Sees) => {
  return { at: toRfc3339(at), ...(sees(by) ? { by, request } : {}) };
};

export function listedBidOnWire(bid: ListedBid, sees: Sees) {
  return { ...bidOnWire(bid), ...whoOnWire(bid, sees) };
}

export function payoutOnWire(payout: PayoutNow) {
  const { total, at: _, ...rest } = payout;
  return { ...rest, total: String(total), ...whoOnWire(payout, () => true) };
}
