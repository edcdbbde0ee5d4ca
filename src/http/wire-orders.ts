/** Orders onto the wire and from it: bigints to strings, instants to RFC 3339 text. */
import type { Static } from "typebox";
import { toRfc3339 } from "../base/index.ts";
import type { Entry } from "../ledger/index.ts";
import {
  dueOf,
  type LineNow,
  type OrderNow,
  type OrderView,
  type PayOrder,
  type PlaceOrder,
  type RefundOrder,
  type TimelineStep,
} from "../order/index.ts";
import type { PartAsked } from "../payment/index.ts";
import type { PayBody, PlaceBody, RefundBody } from "./schemas-orders.ts";

type Parts = Static<typeof PayBody>["parts"];

export function partsOf(parts: Parts): PartAsked[] {
  return parts.map(({ means, company, amount }) => ({ means, company, amount: BigInt(amount) }));
}

export function placeOf({ quote, hold, ...asked }: Static<typeof PlaceBody>): PlaceOrder {
  return {
    ...asked,
    quote: { ...quote, total: BigInt(quote.total) },
    ...(hold === undefined ? {} : { hold: partsOf(hold) }),
  };
}

export function payOf(orderId: string, { paymentId, parts }: Static<typeof PayBody>): PayOrder {
  return { orderId, paymentId, parts: partsOf(parts) };
}

export function refundOf(
  orderId: string,
  { lines, goodwill, ...asked }: Static<typeof RefundBody>,
): RefundOrder {
  return {
    ...asked,
    orderId,
    lines: lines?.map((line) => {
      return "goods" in line
        ? { ...line, quantity: BigInt(line.quantity) }
        : { ...line, amount: BigInt(line.amount) };
    }),
    goodwill: goodwill === undefined ? undefined : BigInt(goodwill),
  };
}

export function orderOnWire({ total, paid, refunded, expiresAt, ...order }: OrderNow) {
  return {
    ...order,
    total: total.toString(),
    paid: paid.toString(),
    refunded: refunded.toString(),
    expiresAt: toRfc3339(expiresAt),
  };
}

interface Units {
  readonly quantity: bigint;
  readonly amount: bigint;
}

const unitsOnWire = ({ quantity, amount }: Units) => ({
  quantity: quantity.toString(),
  amount: amount.toString(),
});

function lineOnWire(line: LineNow) {
  const { sku, unit, discounts } = line;
  return {
    line: line.line,
    sku,
    quantity: line.quantity.toString(),
    unit,
    list: line.list.toString(),
    discounts: discounts?.map(({ rule, amount }) => ({ rule, amount: amount.toString() })),
    amount: line.amount.toString(),
    due: unitsOnWire(dueOf(line)),
    delivered: unitsOnWire(line.delivered),
    calledOff: unitsOnWire(line.calledOff),
    returned: unitsOnWire(line.returned),
    back: line.back.toString(),
  };
}

function postingOnWire({ seq, id, kind, asset, debit, credit, amount }: Entry) {
  return { seq, id, kind, asset, debit, credit, amount: amount?.toString() };
}

/** What of an order its reader may see besides the order itself. */
export interface Sight {
  /** Of an act of that key. */
  readonly who: (by: string | undefined) => boolean;
  readonly posting: (entry: Entry) => boolean;
}

function stepOnWire({ at, by, request, postings, ...step }: TimelineStep, sight: Sight) {
  return {
    ...step,
    at: toRfc3339(at),
    ...(sight.who(by) ? { by, request } : {}),
    postings: postings.filter(sight.posting).map(postingOnWire),
  };
}

export function orderViewOnWire(view: OrderView, sight: Sight) {
  return {
    order: orderOnWire(view.order),
    quote: view.quoteId,
    lines: view.lines.map(lineOnWire),
    payments: view.payments.map((part) => ({
      ...part,
      amount: part.amount.toString(),
      refunded: part.refunded.toString(),
    })),
    timeline: view.steps.map((step) => stepOnWire(step, sight)),
  };
}
