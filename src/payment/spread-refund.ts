/** How a refund is spread over what was paid. */
import { assert } from "../base/index.ts";

/** A part that was paid, and what has gone back of it. */
export interface PaidPart {
  readonly amount: bigint;
  readonly refunded: bigint;
}

/**
 * What goes back to each part, the last paid first: the answer is as long as the parts, each entry at
 * most what is left of its part, and they sum to `amount`. Undefined where less than that is left.
 */
export function spreadRefund(amount: bigint, parts: readonly PaidPart[]): bigint[] | undefined {
  assert(amount >= 0n, "a refund is not below zero");
  const back = parts.map(() => 0n);
  let open = amount;
  for (let at = parts.length - 1; at >= 0 && open > 0n; at--) {
    const part = parts[at];
    if (part === undefined) continue;
    const left = part.amount - part.refunded;
    const taken = left < open ? left : open;
    back[at] = taken;
    open -= taken;
  }
  return open === 0n ? back : undefined;
}
