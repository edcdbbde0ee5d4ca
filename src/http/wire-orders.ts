/** Orders onto the wire and from it: bigints to strings, instants to RFC 3339 text. */
import type { Static } from "typebox";
import { toRfc3339 } from "../base/index.ts";
import type { Quote, RuleProof } from "../catalog/index.ts";
import type { Entry } from "../ledger/index.ts";
import {
  type CreditBill,
  dueOf,
  type LineMove,
  type LineNow,
  type ListedOrder,
  type OrderEvent,
  type OrderNow,
  type OrderView,
  type PayOrder,
  type PlaceOrder,
  type RefundOrder,
  type TimelineRun,
  type TimelineStep,
} from "../order/index.ts";
import type { PartAsked } from "../payment/index.ts";
import { timeOrNot } from "./wire-runs.ts";
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
  readonly runs: boolean;
}

function moveOnWire({ line, kind, quantity, amount, back }: LineMove) {
  return { line, kind, quantity: String(quantity), amount: String(amount), back: String(back) };
}

/** Without what it was given and what it answered: that is for who may see runs. */
function runOnWire({ id, flow, status, createdAt, endedAt, error, steps }: TimelineRun) {
  return {
    ...{ run: id, flow, status, createdAt: timeOrNot(createdAt), endedAt: timeOrNot(endedAt) },
    problem: error?.message,
    steps: steps?.map((step) => ({
      ...{ step: step.step, outcome: step.outcome, attempts: step.attempts },
      ...{ startedAt: toRfc3339(step.startedAt), endedAt: toRfc3339(step.endedAt) },
    })),
  };
}

function stepOnWire(told: TimelineStep, sight: Sight) {
  const { at, by, request, moves, postings, runs, ...step } = told;
  return {
    ...step,
    at: toRfc3339(at),
    ...(sight.who(by) ? { by, request } : {}),
    ...(sight.runs ? { runs: runs.map(runOnWire) } : {}),
    moves: moves.map(moveOnWire),
    postings: postings.filter(sight.posting).map(postingOnWire),
  };
}

const ruleOnWire = ({ rule, version, hash, decisionId }: RuleProof) => {
  return { rule, version: String(version), hash, decision: decisionId };
};

/** By which versions of what the prices came to be. */
function pricedOnWire({ pricedAt, catalogVersion, lines, rules }: Quote) {
  return {
    at: toRfc3339(pricedAt),
    catalogVersion: catalogVersion.toString(),
    lines: lines.map(({ proof }, line) => ({
      ...{ line, product: proof.product, productVersion: proof.productVersion },
      ...{ plan: proof.plan, planVersion: proof.planVersion, path: proof.path },
      rule: proof.rule && ruleOnWire(proof.rule),
    })),
    rules: rules.map(ruleOnWire),
  };
}

export function listedOnWire({ placedAt, lines, ...order }: ListedOrder) {
  return { ...orderOnWire(order), placedAt: toRfc3339(placedAt), lines };
}

/** `sees`: whether who asks may know who did something. */
export function billOnWire(bill: CreditBill, sees: (by: string | undefined) => boolean) {
  const { line, owed, left, held, bought, credited, items, ...named } = bill;
  return {
    ...named,
    ...{ line: String(line), owed: String(owed), left: String(left), held: String(held) },
    ...{ bought: String(bought), credited: String(credited) },
    items: items.map(({ at, amount, owed: after, by, request, ...entry }) => ({
      ...entry,
      ...{ at: toRfc3339(at), amount: String(amount), owed: String(after) },
      ...(sees(by) ? { by, request } : {}),
    })),
  };
}

export function eventOnWire(book: string, event: OrderEvent) {
  const { id, type, at, total, paid, refunded, ...data } = event;
  return {
    ...{ specversion: "1.0", id, source: `/v1/books/${encodeURIComponent(book)}`, type },
    ...{ subject: event.order, time: toRfc3339(at), datacontenttype: "application/json" },
    data: { ...data, total: String(total), paid: String(paid), refunded: String(refunded) },
  };
}

export function orderViewOnWire(view: OrderView, quote: Quote | undefined, sight: Sight) {
  return {
    order: orderOnWire(view.order),
    quote: view.quoteId,
    lines: view.lines.map(lineOnWire),
    payments: view.payments.map((part) => ({
      ...part,
      amount: part.amount.toString(),
      refunded: part.refunded.toString(),
    })),
    refunds: view.refunds.map((back) => ({ ...back, amount: back.amount.toString() })),
    priced: quote && pricedOnWire(quote),
    timeline: view.steps.map((step) => stepOnWire(step, sight)),
    more: view.more,
  };
}
