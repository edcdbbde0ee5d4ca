/** The lines of an order as they were sold, and what was done to them since. */
import type { Executor, RowIn } from "../postgres/index.ts";
import type { FrozenLine } from "./order.ts";
import type { GoodsAfter } from "./order-machine.ts";
import { listLines } from "./order.sql.ts";
import type { Left } from "./share.ts";

/** Units and what they are worth: delivered, called off before that, brought back after. */
export interface LineNow extends FrozenLine {
  readonly line: number;
  readonly delivered: Left;
  readonly calledOff: Left;
  readonly returned: Left;
  /** What the buyer was given back for this line. */
  readonly back: bigint;
}

/** What was done to a line, as rows number it. */
export const moveKinds = { delivered: 1, calledOff: 2, returned: 3, money: 4 } as const;

export async function readLines(
  database: Pick<Executor, "run">,
  bookId: number,
  orderId: string,
): Promise<LineNow[]> {
  const rows = await database.run(listLines, { bookId, orderId });
  return rows.map(lineOf);
}

function lineOf(row: RowIn<typeof listLines>): LineNow {
  const left = (quantity: bigint | null, amount: bigint | null): Left => ({
    quantity: quantity ?? 0n,
    amount: amount ?? 0n,
  });
  return {
    line: row.line,
    sku: row.sku,
    quantity: row.quantity,
    unit: row.unit ?? undefined,
    list: row.list,
    discounts: discountsOf(row.discounts),
    amount: row.amount,
    delivered: left(row.delivered, row.deliveredAmount),
    calledOff: left(row.calledOff, row.calledOffAmount),
    returned: left(row.returned, row.returnedAmount),
    back: row.back ?? 0n,
  };
}

function discountsOf(text: string | null): FrozenLine["discounts"] {
  if (text === null) return undefined;
  const list = JSON.parse(text) as { rule: string; amount: string }[];
  return list.map(({ rule, amount }) => ({ rule, amount: BigInt(amount) }));
}

/** What is still to be delivered of a line. */
export function dueOf({ quantity, amount, delivered, calledOff }: LineNow): Left {
  return {
    quantity: quantity - delivered.quantity - calledOff.quantity,
    amount: amount - delivered.amount - calledOff.amount,
  };
}

/** What was delivered of a line and did not come back. */
export function outOf({ delivered, returned }: LineNow): Left {
  return {
    quantity: delivered.quantity - returned.quantity,
    amount: delivered.amount - returned.amount,
  };
}

export function plus(one: Left, other: Left): Left {
  return { quantity: one.quantity + other.quantity, amount: one.amount + other.amount };
}

/** What the machine's guards look at. */
export function goodsOf(lines: readonly LineNow[]): GoodsAfter {
  let due = 0n;
  let delivered = 0n;
  for (const line of lines) {
    due += dueOf(line).quantity;
    delivered += line.delivered.quantity;
  }
  return { due, delivered };
}
