/** Ending an order that was not paid: by its buyer, or because its time ran out. What it held is free again. */
import type { Book, Request } from "../ledger/index.ts";
import { checkCommand, checkKey, checkReason } from "./check-command.ts";
import { type Decision, doAct, stepOn } from "./do-act.ts";
import { holdIds } from "./held.ts";
import type { KnownOrder } from "./known-order.ts";
import type { EndOrder, OrderAnswer, Refused } from "./order.ts";
import { refuse } from "./refusal.ts";
import { type Asked, markOf, type OrderRoom } from "./room.ts";

/**
 * Cancels an order that has not been paid. A paid one is ended by a refund.
 * Safe to repeat: yes. Refuses: order.missing, already_paid, not_possible, busy.
 * Throws: order.command_malformed.
 */
export async function cancelOrder(
  room: OrderRoom,
  book: Book,
  command: EndOrder,
  asked: Asked = {},
): Promise<OrderAnswer> {
  checkCommand(command);
  checkKey("orderId", command.orderId);
  checkReason(command.reason);
  return endOrder(room, book, "cancel", command, asked);
}

/**
 * Ends an order whose time to pay is over. Safe to repeat: yes.
 * Refuses: order.missing, already_paid, not_possible (also when its time is not over), busy.
 */
export async function expireOrder(
  room: OrderRoom,
  book: Book,
  orderId: string,
  asked: Asked = {},
): Promise<OrderAnswer> {
  return endOrder(room, book, "expire", { orderId }, asked);
}

async function endOrder(
  room: OrderRoom,
  book: Book,
  act: "cancel" | "expire",
  { orderId, reason }: EndOrder,
  asked: Asked,
): Promise<OrderAnswer> {
  const now = await room.time.now();
  // Holds have a time-out of their own. Where that came first there is nothing left to void.
  const attempt = (gone: boolean) =>
    doAct(
      room,
      book,
      {
        act,
        orderId,
        key: "end",
        decide: (order) => decideEnd(order, act, now, gone, reason),
        meaning: ({ code }) =>
          code === "ledger.pending_expired" && !gone ? refuse(HOLDS_GONE) : undefined,
      },
      asked,
    );
  const answer = await attempt(false);
  return answer.status === "refused" && answer.code === HOLDS_GONE ? attempt(true) : answer;
}

/** Only between the two attempts: no order is refused an end for this. */
const HOLDS_GONE = "order.expired";

function decideEnd(
  order: KnownOrder,
  act: "cancel" | "expire",
  now: number,
  gone: boolean,
  reason: string | undefined,
): Decision | Refused {
  const after = stepOn(order, act);
  if ("status" in after) return after;
  if (act === "expire" && now <= order.expiresAt) {
    return refuse("order.not_possible", { state: order.state, act });
  }
  const { id, asset, held, lines } = order;
  const holds = gone ? [] : holdIds(id, lines, held);
  const requests: Request[] = holds.map((pendingId) => ({
    kind: "void",
    id: `${pendingId}/v`,
    pendingId,
  }));
  const chain = gone ? `o/${id}/gone` : `o/${id}/end`;
  if (requests.length === 0) requests.push(markOf(`${chain}/0`, asset));
  return { chain: { chain, requests }, after, reason };
}
