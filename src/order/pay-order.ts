/** Paying an order: what was held becomes sold, and every part of the money comes in, in one commit. */
import { toRfc3339 } from "../base/index.ts";
import type { Book, Request } from "../ledger/index.ts";
import { type Part, payPart, readParts } from "../payment/index.ts";
import { UNEARNED } from "./accounts.ts";
import { bodyHash, checkCommand, checkKey } from "./check-command.ts";
import { type Decision, doAct, stepOn } from "./do-act.ts";
import { holdId, holdIds } from "./held.ts";
import type { KnownOrder } from "./known-order.ts";
import { noFunds, reasonOf, refusedBefore } from "./ledger-says.ts";
import type { OrderAnswer, PayOrder, Refused } from "./order.ts";
import { refuse } from "./refusal.ts";
import { type Asked, markOf, type OrderRoom } from "./room.ts";

/**
 * Takes the parts of a payment for an order, and turns what it holds into sold.
 * Shapes: amounts in minor units of the order's asset; with what was held they sum to its total.
 * Safe to repeat: yes, by paymentId; a payment that was refused stays refused.
 * Refuses: order.missing, already_paid, expired, not_possible, amount_differs, funds_short, purse_missing, key_conflict,
 * key_refused, busy. Throws: order.command_malformed, payment.part_malformed, order.books_refused.
 */
export async function payOrder(
  room: OrderRoom,
  book: Book,
  command: PayOrder,
  asked: Asked = {},
): Promise<OrderAnswer> {
  checkCommand(command);
  const { orderId, paymentId } = command;
  checkKey("orderId", orderId);
  checkKey("paymentId", paymentId);
  const now = await room.time.now();
  // Before anything is read: a part that says nothing sensible is told as such, whatever the order is.
  const given = readParts(command.parts, { buyer: "anybody", at: now });
  const parts = command.parts.map(({ means, company, amount }) => [means, company ?? null, amount]);
  return doAct(
    room,
    book,
    {
      act: "pay",
      orderId,
      key: paymentId,
      bodyHash: bodyHash([orderId, paymentId, parts]),
      decide: (order) => decidePay(order, command, given, now),
      meaning: async (refused, { chain, after }) => {
        const request = chain.requests[refused.index];
        if (refused.code === "ledger.pending_expired") {
          return refuse("order.expired", { until: toRfc3339(after.expiresAt) });
        }
        const reason = reasonOf(refused);
        const held = heldPartOf(after, request);
        if (held !== undefined && reason === "closed") {
          const isOpenNow = refused.original !== undefined && (await isOpen(book, held, after));
          if (isOpenNow) return refuse("order.key_refused", { key: paymentId });
          return noFunds("closed", held.path, "payment");
        }
        const isPart = request?.id?.startsWith("p/") === true && "debit" in request;
        if (!isPart || reason === "other") return undefined;
        const before = await refusedBefore(book, refused, request, paymentId);
        return before ?? noFunds(reason, request.debit ?? "", "payment");
      },
    },
    asked,
  );
}

/** The part of the money that the request turns from held into paid. */
function heldPartOf({ id, held }: KnownOrder, request: Request | undefined): Part | undefined {
  if (request?.kind !== "post") return undefined;
  return held.parts.find((_, index) => holdId(id, "m", index) === request.pendingId);
}

async function isOpen(book: Book, { path }: Part, { asset }: KnownOrder): Promise<boolean> {
  return (await book.account(path, asset))?.balance.closed === false;
}

function decidePay(
  order: KnownOrder,
  { paymentId, parts: asked }: PayOrder,
  given: readonly Part[],
  now: number,
): Decision | Refused {
  const after = stepOn(order, "pay", { paid: order.total });
  if ("status" in after) return after;
  if (now > order.expiresAt) return refuse("order.expired", { until: toRfc3339(order.expiresAt) });
  const sum = [...given, ...order.held.parts].reduce((total, { amount }) => total + amount, 0n);
  if (sum !== order.total) {
    const told = { total: String(order.total), given: String(sum), asset: order.asset };
    return refuse("order.amount_differs", told);
  }
  const fresh = readParts(asked, { buyer: order.buyer, at: now });
  const { id, asset, held } = order;
  // The payment's own ids: one that is refused leaves the order to another. Its key would not fit into them.
  const own = bodyHash([paymentId]).toString("hex", 0, 4);
  const requests: Request[] = holdIds(id, order.lines, held).map((pendingId) => ({
    kind: "post",
    id: `${pendingId}/p/${own}`,
    pendingId,
    // Money that was held names the order where it arrives, too.
    ...(pendingId.startsWith(`o/${id}/m`) ? { reference: id } : {}),
  }));
  // The first entry of a payment names the order, for whoever comes from the journal (act-place.ts).
  if (requests.length === 0) requests.push(markOf(`o/${id}/p/${own}`, asset));
  fresh.forEach((part, index) => {
    requests.push(
      payPart({ id: `p/${paymentId}/${index}`, asset, part, till: UNEARNED, reference: id }),
    );
  });
  const all = [...held.parts, ...fresh];
  return {
    chain: { chain: `p/${paymentId}`, requests },
    after,
    parts: all.map((paid, part) => ({ paymentId, part, paid })),
  };
}
