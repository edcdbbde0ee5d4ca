/** What a cancellation brings back of one order: goods onto the shelf, money to whoever paid. */
import type { PlannedRefund } from "./invoice-plan.ts";
import { DEADLINE_MS } from "./post-chains.ts";
import type { NotSold, SalesDesk } from "./sell-order.ts";

const ATTEMPTS_MAX = 10;

/** Safe to repeat: yes, by the refund's key. `order` is the key that its sale was placed under. */
export async function giveBack(
  { book, signal }: SalesDesk,
  { refund, lines, reason }: PlannedRefund,
  order: string,
): Promise<{ readonly status: "done" | "exists" } | NotSold> {
  const asked = {
    refundId: refund,
    lines: lines.map((one) => ({ ...one, goods: "delivered", restock: true }) as const),
    reason,
  };
  for (let attempt = 1; ; attempt++) {
    const options = { deadlineMs: DEADLINE_MS, signal };
    const answer = await book.shop.orders.refund(order, asked, options);
    if (answer.status !== "refused") return answer;
    if (answer.code !== "order.busy" || attempt === ATTEMPTS_MAX) {
      return { status: "refused", code: answer.code, id: refund };
    }
  }
}
