import fc from "fast-check";
import { expect, test } from "vitest";
import type { PartView } from "../payment/index.ts";
import { dueOf, goodsOf, type LineNow, moveKinds, outOf, plus } from "./goods.ts";
import { NOTHING_HELD } from "./held.ts";
import type { KnownOrder } from "./known-order.ts";
import type { RefundGoods, RefundMoney } from "./order.ts";
import { decideFulfil } from "./fulfil-order.ts";
import { decideRefund } from "./refund-order.ts";
import type { Decision } from "./do-act.ts";

/** An order in memory: decisions are applied as the tables would have them. */
interface World {
  order: KnownOrder;
  lines: LineNow[];
  parts: PartView[];
  /** Net amounts by account of money, and pieces by line and account. */
  readonly balances: Map<string, bigint>;
}

const NONE = { quantity: 0n, amount: 0n };

function worldOf(sold: readonly (readonly [bigint, bigint])[], shares: readonly number[]): World {
  const lines = sold.map(([quantity, amount], line): LineNow => {
    const done = { delivered: NONE, calledOff: NONE, returned: NONE, back: 0n };
    return { line, sku: `S${line}`, quantity, list: amount, amount, ...done };
  });
  const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const cut = shares.map((share) => (total * BigInt(share)) / 100n);
  const rest = total - cut.reduce((sum, amount) => sum + amount, 0n);
  const amounts = [...cut, rest].filter((amount) => amount > 0n);
  const parts = amounts.map((amount, part): PartView => {
    return { paymentId: "p", part, means: "wallet", path: `w${part}`, amount, refunded: 0n };
  });
  const order: KnownOrder = {
    id: "o",
    state: "paid",
    version: 2,
    buyer: "ann",
    asset: "GBP/2",
    total,
    paid: total,
    refunded: 0n,
    expiresAt: 0,
    bodyHash: Buffer.alloc(16),
    lines: lines.length,
    held: NOTHING_HELD,
  };
  const balances = new Map([["GBP/2 shop/unearned", total]]);
  for (const { sku, quantity } of lines) balances.set(`SKU:${sku}/0 shop/due`, quantity);
  return { order, lines, parts, balances };
}

function apply(world: World, { chain, after, moves = [], refunds = [] }: Decision): void {
  world.order = after;
  for (const request of chain.requests) {
    if (!("debit" in request) || !("amount" in request) || !("credit" in request)) continue;
    const { asset = "", debit = "", credit = "", amount = 0n } = request;
    for (const [path, by] of [
      [debit, -amount],
      [credit, amount],
    ] as const) {
      const key = `${asset} ${path}`;
      world.balances.set(key, (world.balances.get(key) ?? 0n) + by);
    }
  }
  for (const { line: number, kind, quantity, amount, back } of moves) {
    const line = world.lines[number];
    if (line === undefined) throw new Error("a move of no line");
    const moved = { quantity, amount };
    const part =
      kind === moveKinds.delivered
        ? { delivered: plus(line.delivered, moved) }
        : kind === moveKinds.calledOff
          ? { calledOff: plus(line.calledOff, moved) }
          : kind === moveKinds.returned
            ? { returned: plus(line.returned, moved) }
            : {};
    world.lines[number] = { ...line, ...part, back: line.back + back };
  }
  for (const { part, amount } of refunds) {
    const paid = world.parts[part];
    if (paid !== undefined) world.parts[part] = { ...paid, refunded: paid.refunded + amount };
  }
}

const soldLines = fc.array(
  fc.tuple(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 0n, max: 1_000n })),
  { minLength: 1, maxLength: 4 },
);
const acts = fc.array(
  fc.record({
    what: fc.constantFrom("fulfil", "due", "delivered", "money", "goodwill"),
    line: fc.nat(3),
    quantity: fc.bigInt({ min: 1n, max: 5n }),
    amount: fc.bigInt({ min: 1n, max: 400n }),
    restock: fc.boolean(),
  }),
  { maxLength: 25 },
);

interface Asked {
  readonly what: string;
  readonly line: number;
  readonly quantity: bigint;
  readonly amount: bigint;
  readonly restock: boolean;
}

function refundOf(each: Asked) {
  const { what, line, quantity, amount, restock } = each;
  if (what === "goodwill") return { goodwill: amount };
  const asked: RefundGoods | RefundMoney =
    what === "money"
      ? { line, amount }
      : { line, quantity, goods: what === "due" ? "due" : "delivered", restock };
  return { lines: [asked] };
}

/** What there is of goods can always be delivered, or given back, whatever went back as money before. */
function isLawful({ order, lines }: World, { what, line: number, quantity }: Asked): boolean {
  const line = lines[number];
  if (line === undefined || what === "money" || what === "goodwill") return false;
  if (order.state === "refunded") return false;
  const left = what === "delivered" ? outOf(line) : dueOf(line);
  return quantity <= left.quantity;
}

test("#3 #4 #17: whatever is delivered and given back, sums are exact: per line, per part, in stock and money", () => {
  fc.assert(
    fc.property(soldLines, fc.array(fc.nat(40), { maxLength: 2 }), acts, (sold, shares, asked) => {
      const world = worldOf(sold, shares);
      let given = 0n;
      asked.forEach((each, index) => {
        const before = world.order.refunded;
        const decision =
          each.what === "fulfil"
            ? decideFulfil(world.order, world.lines, {
                fulfilmentId: `f${index}`,
                lines: [{ line: each.line, quantity: each.quantity }],
              })
            : decideRefund(world.order, world.lines, world.parts, {
                orderId: "o",
                refundId: `r${index}`,
                ...refundOf(each),
              });
        if ("status" in decision) {
          expect(isLawful(world, each)).toBe(false);
          return;
        }
        apply(world, decision);
        given += world.order.refunded - before;
        expectExact(world, given);
      });
    }),
  );
});

function expectExact({ order, lines, parts, balances }: World, given: bigint): void {
  expect(order.refunded).toBe(given);
  expect(given <= order.paid).toBe(true);
  expect(parts.reduce((sum, { refunded }) => sum + refunded, 0n)).toBe(given);
  for (const { amount, refunded } of parts) expect(refunded >= 0n && refunded <= amount).toBe(true);
  let unearned = 0n;
  let earned = 0n;
  for (const line of lines) {
    const due = dueOf(line);
    const out = outOf(line);
    expect(due.quantity >= 0n && due.amount >= 0n && out.quantity >= 0n && out.amount >= 0n).toBe(
      true,
    );
    if (due.quantity === 0n) expect(due.amount).toBe(0n);
    expect(line.back <= line.amount).toBe(true);
    unearned += due.amount;
    earned += out.amount;
    expect(balances.get(`SKU:${line.sku}/0 shop/due`)).toBe(due.quantity);
    expect(balances.get(`SKU:${line.sku}/0 shop/delivered`) ?? 0n).toBe(out.quantity);
  }
  expect(balances.get("GBP/2 shop/unearned")).toBe(unearned);
  expect(balances.get("GBP/2 shop/revenue") ?? 0n).toBe(earned);
  const wallets = parts.reduce((sum, { path }) => sum + (balances.get(`GBP/2 ${path}`) ?? 0n), 0n);
  expect(wallets).toBe(given);
  // What the shop gave beside any goods is what it is short of.
  expect(balances.get("GBP/2 shop/goodwill") ?? 0n).toBe(order.paid - unearned - earned - given);
  const { due, delivered } = goodsOf(lines);
  expect(order.state).toBe(
    due > 0n ? (delivered > 0n ? "fulfilling" : "paid") : delivered > 0n ? "fulfilled" : "refunded",
  );
}
