/** Goods that arrive: shelves are opened where there are none, then everything is booked in at once. */
import { isAssetCode } from "../base/index.ts";
import type { Book, Request } from "../ledger/index.ts";
import { openShelf, shelfAsset, stockShelf } from "./accounts.ts";
import { checkAmount, checkCommand, checkKey, malformed } from "./check-command.ts";
import { isTaken, unexpected } from "./ledger-says.ts";
import type { Refused } from "./order.ts";
import { refuse } from "./refusal.ts";
import type { Asked, OrderRoom } from "./room.ts";

export interface PutStock {
  /** The key of this delivery, unique in the book. */
  readonly id: string;
  readonly items: readonly { readonly sku: string; readonly quantity: bigint }[];
}

export type StockAnswer = { readonly status: "done" | "exists" } | Refused;

/** Of one delivery: its shelves are opened in one batch. */
export const ITEMS_MAX = 1_000;

/**
 * Books goods in, all or none; opens the shelves of those that were never sold here.
 * Safe to repeat: yes, by `id`; another delivery under it is a conflict.
 * Refuses: order.key_conflict. Throws: order.command_malformed, order.books_refused.
 */
export async function putStock(
  room: OrderRoom,
  book: Book,
  command: PutStock,
  asked: Asked = {},
): Promise<StockAnswer> {
  checkPut(command);
  const { id, items } = command;
  const { context, deadlineMs } = asked;
  const closed = items.filter(({ sku }) => !room.shelves.isOpen(book, sku));
  if (closed.length > 0) {
    const openings = closed.flatMap(({ sku }) => openShelf(sku));
    const answers = await book.batch(openings, { context, deadlineMs });
    answers.forEach((answer, index) => {
      if (answer.status === "refused") throw unexpected(answer, openings[index]);
    });
    for (const { sku } of closed) room.shelves.opened(book, sku);
  }
  const chain = `k/${id}`;
  const requests: Request[] = items.map(({ sku, quantity }, index) =>
    stockShelf(`${chain}/${index}`, sku, quantity),
  );
  const answer = await book.chain({ chain, requests }, { context, deadlineMs });
  if (answer.status !== "refused")
    return { status: answer.status === "created" ? "done" : "exists" };
  if (isTaken(answer.code)) return refuse("order.key_conflict", { key: id });
  throw unexpected(answer, requests[answer.index]);
}

function checkPut(command: PutStock): void {
  checkCommand(command);
  checkKey("id", command.id);
  const { items } = command;
  if (!Array.isArray(items) || items.length === 0 || items.length > ITEMS_MAX) {
    throw malformed("items", `it takes a list of 1 to ${ITEMS_MAX}`);
  }
  const seen = new Set<string>();
  items.forEach((item: unknown, index) => {
    const field = `items[${index}]`;
    if (typeof item !== "object" || item === null) throw malformed(field, "no object");
    const { sku, quantity } = item as { sku: unknown; quantity: unknown };
    if (typeof sku !== "string" || !isAssetCode(shelfAsset(sku))) {
      throw malformed(`${field}.sku`, "it can't be the name of an asset");
    }
    checkAmount(`${field}.quantity`, quantity);
    if (seen.has(sku)) throw malformed(`${field}.sku`, "it is there twice");
    seen.add(sku);
  });
}
