/**
 * The life of an order, as data. *placed*: stock and the like are held, until it is paid, cancelled or
 * expired. *paid*: sold. *fulfilling*: some of it was delivered. *fulfilled*: nothing is due any more.
 * *refunded*: nothing was delivered, and nothing will be. *closed*: nothing more can be asked of it.
 * docs/reference/order-machine.md is made of this table.
 */

/** Numbered in rows by their places; never reordered. */
export const orderStates = [
  "placed",
  "paid",
  "fulfilling",
  "fulfilled",
  "refunded",
  "cancelled",
  "expired",
  "closed",
] as const;
export type OrderState = (typeof orderStates)[number];

export const orderActs = ["place", "pay", "cancel", "expire", "fulfil", "refund", "close"] as const;
export type OrderAct = (typeof orderActs)[number];

/** What guards look at: the goods as they are after the act. */
export interface GoodsAfter {
  /** Units that are still to be delivered. */
  readonly due: bigint;
  /** Units that were delivered ever. */
  readonly delivered: bigint;
}

export const guards = {
  "nothing is due": ({ due }: GoodsAfter) => due === 0n,
  "nothing is due or delivered": ({ due, delivered }: GoodsAfter) => due === 0n && delivered === 0n,
} as const;
export type GuardName = keyof typeof guards;

export interface Transition {
  readonly to: OrderState;
  readonly when?: GuardName | undefined;
}

type Machine = Readonly<
  Record<OrderState, Readonly<Partial<Record<OrderAct, readonly Transition[]>>>>
>;

/** Of several transitions the first whose guard holds. */
export const orderMachine: Machine = {
  placed: {
    pay: [{ to: "paid" }],
    cancel: [{ to: "cancelled" }],
    expire: [{ to: "expired" }],
  },
  paid: {
    fulfil: [{ to: "fulfilled", when: "nothing is due" }, { to: "fulfilling" }],
    refund: [{ to: "refunded", when: "nothing is due or delivered" }, { to: "paid" }],
  },
  fulfilling: {
    fulfil: [{ to: "fulfilled", when: "nothing is due" }, { to: "fulfilling" }],
    refund: [{ to: "fulfilled", when: "nothing is due" }, { to: "fulfilling" }],
  },
  fulfilled: {
    refund: [{ to: "fulfilled" }],
    close: [{ to: "closed" }],
  },
  refunded: {},
  cancelled: {},
  expired: {},
  closed: {},
};

const UNTOUCHED: GoodsAfter = { due: 1n, delivered: 0n };

/** Where the act leads from there; undefined: it can't be done. */
export function nextState(
  from: OrderState,
  act: OrderAct,
  after: GoodsAfter = UNTOUCHED,
): OrderState | undefined {
  const ways = orderMachine[from][act];
  return ways?.find(({ when }) => when === undefined || guards[when](after))?.to;
}

export function stateNumber(state: OrderState): number {
  return orderStates.indexOf(state) + 1;
}

export function actNumber(act: OrderAct): number {
  return orderActs.indexOf(act) + 1;
}

export function stateOf(number: number): OrderState {
  return orderStates[number - 1] ?? "placed";
}

export function actOf(number: number): OrderAct {
  return orderActs[number - 1] ?? "place";
}
