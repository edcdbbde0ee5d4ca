/** Closing an order that has had everything: nothing more can be asked of it. */
import type { Book } from "../ledger/index.ts";
import { checkCommand, checkKey, checkReason } from "./check-command.ts";
import { doAct, stepOn } from "./do-act.ts";
import type { CloseOrder, OrderAnswer } from "./order.ts";
import { type Asked, markOf, type OrderRoom } from "./room.ts";

/**
 * Closes a fulfilled order: no refund can be asked of it any more. Safe to repeat: yes.
 * Refuses: order.missing, not_possible, busy. Throws: order.command_malformed.
 */
export async function closeOrder(
  room: OrderRoom,
  book: Book,
  command: CloseOrder,
  asked: Asked = {},
): Promise<OrderAnswer> {
  checkCommand(command);
  checkKey("orderId", command.orderId);
  checkReason(command.reason);
  const { orderId, reason } = command;
  const chain = `o/${orderId}/close`;
  return doAct(
    room,
    book,
    {
      act: "close",
      orderId,
      key: "close",
      decide: (order) => {
        const after = stepOn(order, "close");
        if ("status" in after) return after;
        const requests = [markOf(`${chain}/0`, order.asset)];
        return { chain: { chain, requests }, after, reason };
      },
    },
    asked,
  );
}
