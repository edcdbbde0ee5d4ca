/** How a line's price is shared out over its units. */
import { assert } from "../base/index.ts";

/** What is left of a line: so many units, worth so much together. */
export interface Left {
  readonly quantity: bigint;
  readonly amount: bigint;
}

/**
 * The share of some of the units that are left, rounded down to minor units; whoever takes the last unit
 * takes all that is left. So shares sum to the price exactly, whatever they are cut into, and each unit
 * costs the price of one rounded down or up.
 */
export function shareOf(left: Left, quantity: bigint): bigint {
  assert(quantity >= 0n && quantity <= left.quantity, "a share is of units that are left");
  if (quantity === left.quantity) return left.amount;
  return (left.amount * quantity) / left.quantity;
}
