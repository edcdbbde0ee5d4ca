/** Delivering what was paid: goods leave, and their share of the price becomes revenue, in one commit. */
import type { Book, Request } from "../ledger/index.ts";
import { DELIVERED, DUE, REVENUE, shelfAsset, UNEARNED } from "./accounts.ts";
import {
  bodyHash,
  checkAmount,
  checkCommand,
  checkKey,
  checkLine,
  malformed,
} from "./check-command.ts";
import { type Decision, doAct, keyedChain, stepOn } from "./do-act.ts";
import { dueOf, goodsOf, type LineNow, moveKinds, plus, readLines } from "./goods.ts";
import type { KnownOrder } from "./known-order.ts";
import { mendable } from "./ledger-says.ts";
import type { FulfilOrder, OrderAnswer, Refused } from "./order.ts";
import { nextState } from "./order-machine.ts";
import { refuse } from "./refusal.ts";
import { type Asked, markOf, type OrderRoom } from "./room.ts";
import { shareOf } from "./share.ts";

/**
 * Delivers units of an order's lines, or all that is still due. The lines' shares of the price become revenue.
 * Safe to repeat: yes, by fulfilmentId. Refuses: order.missing, not_possible, quantity_too_large, fulfil_short,
 * account_closed, key_conflict, key_refused, busy. Throws: order.command_malformed, order.books_refused.
 */
export async function fulfilOrder(
  room: OrderRoom,
  book: Book,
  command: FulfilOrder,
  asked: Asked = {},
): Promise<OrderAnswer> {
  checkFulfil(command);
  const { orderId, fulfilmentId, lines } = command;
  const body = lines?.map(({ line, quantity }) => [line, quantity]) ?? null;
  return doAct(
    room,
    book,
    {
      act: "fulfil",
      orderId,
      key: fulfilmentId,
      bodyHash: bodyHash([orderId, fulfilmentId, body]),
      decide: async (order) => {
        if (nextState(order.state, "fulfil") === undefined) return doneWith(order);
        const now = await readLines(room.database, book.id, orderId);
        return decideFulfil(order, now, command);
      },
      meaning: (refused, { chain }) =>
        mendable(book, refused, chain.requests, { key: fulfilmentId, short: "order.fulfil_short" }),
    },
    asked,
  );
}

function doneWith(order: KnownOrder): Refused {
  return refuse("order.not_possible", { state: order.state, act: "fulfil" });
}

function checkFulfil(command: FulfilOrder): void {
  checkCommand(command);
  checkKey("orderId", command.orderId);
  checkKey("fulfilmentId", command.fulfilmentId);
  if (command.lines === undefined) return;
  if (!Array.isArray(command.lines) || command.lines.length === 0) {
    throw malformed("lines", "it takes a list of lines");
  }
  const seen = new Set<number>();
  command.lines.forEach((each: unknown, index) => {
    const field = `lines[${index}]`;
    if (typeof each !== "object" || each === null) throw malformed(field, "no object");
    const { line, quantity } = each as { line: unknown; quantity: unknown };
    checkLine(`${field}.line`, line);
    checkAmount(`${field}.quantity`, quantity);
    if (seen.has(Number(line))) throw malformed(field, "the line is there twice");
    seen.add(Number(line));
  });
}

/** Pure: what the delivery does, of the lines as they are. */
export function decideFulfil(
  order: KnownOrder,
  lines: readonly LineNow[],
  { fulfilmentId, lines: wanted }: Pick<FulfilOrder, "fulfilmentId" | "lines">,
): Decision | Refused {
  const chain = keyedChain("f", fulfilmentId, order);
  const asked =
    wanted ?? lines.map((line) => ({ line: line.line, quantity: dueOf(line).quantity }));
  const after = [...lines];
  const moves: NonNullable<Decision["moves"]>[number][] = [];
  const requests: Request[] = [];
  let earned = 0n;
  for (const { line: number, quantity } of asked) {
    const line = after[number];
    const due = line === undefined ? { quantity: 0n, amount: 0n } : dueOf(line);
    if (line === undefined || quantity > due.quantity) {
      const left = String(due.quantity);
      return refuse("order.quantity_too_large", { line: number, asked: String(quantity), left });
    }
    if (quantity === 0n) continue;
    const amount = shareOf(due, quantity);
    after[number] = { ...line, delivered: plus(line.delivered, { quantity, amount }) };
    moves.push({ line: number, kind: moveKinds.delivered, quantity, amount, back: 0n });
    earned += amount;
    if (order.held.unstocked.includes(number)) continue;
    const id = `${chain}/s${number}`;
    const asset = shelfAsset(line.sku);
    requests.push({ id, asset, debit: DUE, credit: DELIVERED, amount: quantity });
  }
  const { asset } = order;
  const money = `${chain}/m`;
  if (earned > 0n) {
    requests.push({ id: money, asset, debit: UNEARNED, credit: REVENUE, amount: earned });
  }
  if (requests.length === 0) requests.push(markOf(money, asset));
  const stepped = stepOn(order, "fulfil", { goods: goodsOf(after) });
  if ("status" in stepped) return stepped;
  return { chain: { chain, requests }, after: stepped, moves };
}
