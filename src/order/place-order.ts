/** Placing an order: stock, tokens and money are held, its rows are written, all in one commit or not at all. */
import { assert, backoff, systemClock, toRfc3339 } from "../base/index.ts";
import type { Book, Chain, ChainAnswer, Request } from "../ledger/index.ts";
import { holdPart, type Part, readParts } from "../payment/index.ts";
import { unit } from "../postgres/index.ts";
import { DUE, REDEEMED, shelfAsset, STOCK, tokensPath, UNEARNED } from "./accounts.ts";
import { bodyHash, checkAmount, checkCommand, checkKey, malformed } from "./check-command.ts";
import { type Held, heldText, holdId } from "./held.ts";
import { type KnownOrder, nowOf } from "./known-order.ts";
import type { FrozenQuote, OrderAnswer, PlaceOrder, Refused } from "./order.ts";
import { isTaken, noFunds, reasonOf, refusedBefore, unexpected } from "./ledger-says.ts";
import { notReady } from "./ready-to-sell.ts";
import { refuse } from "./refusal.ts";
import { contributionsOf, NO_CONTRIBUTIONS, tellCommitted, withContributions } from "./react.ts";
import { type AskedOfPlacing, soldAlready, theirs } from "./quote-of-buyer.ts";
import { markOf, type OrderRoom } from "./room.ts";
import { insertAgreed, insertOrders, type PlacedRow } from "./write-orders.ts";

/** A hold outlives the order's time to pay by this: it is the sweep that ends orders, and the hold only if it can't. */
const HOLD_GRACE_MS = 60_000;
export const LINES_MAX = 2_000;
/** Of what reactions contribute: two nodes may hit upon one number of a run. */
const ATTEMPTS_MAX = 10;

/**
 * Places an order for what was quoted: holds its stock, its tokens and the money that it is told to hold.
 * Safe to repeat: yes, by `id`; another body under it is a conflict.
 * Refuses: order.quote_missing, quote_changed, quote_expired, quote_used, amount_differs, sold_out, not_sold_here,
 * token_missing, funds_short, purse_missing, money_not_taken, key_conflict, key_refused, busy. Throws: order.command_malformed, payment.part_malformed,
 * order.books_refused.
 */
export async function placeOrder(
  room: OrderRoom,
  book: Book,
  command: PlaceOrder,
  asked: AskedOfPlacing = {},
): Promise<OrderAnswer> {
  checkPlace(command);
  const now = await room.time.now();
  const parts = readParts(command.hold ?? [], { buyer: command.buyer, at: now });
  const hash = hashOf(command);
  const known = room.memory.get(book.id, command.id);
  // What was placed never changes; how the order stands since, another node may know better.
  if (known !== undefined) {
    return (await repeatOf(room, book, command, hash)) ?? sameOrConflict(known, hash);
  }
  const quote = theirs(await room.quotes.read(book.name, command.quote.id), asked);
  const refusal = checkQuote(command, quote, parts, now);
  if (refusal !== undefined) return (await repeatOf(room, book, command, hash)) ?? refusal;
  assert(quote !== undefined, "a quote that passed was found");
  const closed = await notReady(room, book, quote, asked);
  if (closed !== undefined) return closed;
  const order = placedOf(command, quote, parts, hash, now + room.payWithinMs);
  const chain = chainOf(order, quote, room.payWithinMs + HOLD_GRACE_MS);
  const { context, deadlineMs } = asked;
  const row = rowOf(book, order, quote, context);
  const agreed = quote.agreed === true ? [row] : [];
  const work = unit(chain.chain)
    .post(chain)
    .write(insertOrders, row)
    .write(insertAgreed, ...agreed);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const beside =
      room.reactions.length === 0
        ? NO_CONTRIBUTIONS
        : await contributionsOf(room, { book, act: "place", after: order }, asked);
    const whole = withContributions(work, beside, { book, after: order });
    const answered = await book.commit(whole, { context, deadlineMs });
    if (answered.status === "committed") {
      tellCommitted(beside);
      room.memory.learn(book.id, order);
      room.placed?.(book, order.expiresAt);
      return { status: "done", order: nowOf(order) };
    }
    if (answered.status === "refused") {
      return whyNot(room, book, { command, quote, hash, chain }, answered.answer as ChainAnswer);
    }
    const repeat = await repeatOf(room, book, command, hash);
    if (repeat !== undefined) return repeat;
    const used = await soldAlready(room, book, quote);
    if (used !== undefined) return used;
    // What goes along was refused, not the order: it is asked for anew. So it is where another order of an agreed quote is
    // under way and not seen yet, and more often: it may be sent anew together with this one.
    assert(beside.length + agreed.length > 0, "an order whose holds or row stand is there");
    if (agreed.length > 0) await systemClock.sleep(backoff({ attempt, baseMs: 5, maxMs: 100 }));
  }
  return refuse("order.busy");
}

function rowOf(
  book: Book,
  order: KnownOrder,
  quote: FrozenQuote,
  context: AskedOfPlacing["context"],
): PlacedRow {
  return {
    bookId: book.id,
    orderId: order.id,
    bodyHash: order.bodyHash,
    buyer: order.buyer,
    asset: order.asset,
    total: order.total,
    quoteId: quote.id,
    held: heldText(order.held),
    expiresAt: order.expiresAt,
    by: context?.by ?? null,
    request: context?.request ?? null,
    lines: quote.lines,
  };
}

function checkPlace(command: PlaceOrder): void {
  checkCommand(command);
  checkKey("id", command.id);
  checkKey("buyer", command.buyer);
  const { quote } = command;
  if (typeof quote !== "object" || quote === null) throw malformed("quote", "no object");
  if (typeof quote.id !== "string" || typeof quote.hash !== "string") {
    throw malformed("quote", "it takes the id and the hash of a quote");
  }
  checkAmount("quote.total", quote.total, 0n);
}

function hashOf({ id, buyer, quote, hold = [] }: PlaceOrder): Buffer {
  const parts = hold.map(({ means, company, amount }) => [means, company ?? null, amount]);
  return bodyHash([id, buyer, quote.id, quote.hash, quote.total, parts]);
}

function checkQuote(
  command: PlaceOrder,
  quote: FrozenQuote | undefined,
  parts: readonly Part[],
  now: number,
): Refused | undefined {
  const seen = command.quote;
  if (quote === undefined) return refuse("order.quote_missing", { quote: seen.id });
  const { total, hash, expiresAt } = quote;
  if (seen.total !== total || seen.hash !== hash) {
    return refuse("order.quote_changed", {
      total: String(total),
      seen: String(seen.total),
      asset: quote.asset,
    });
  }
  if (now >= expiresAt) return refuse("order.quote_expired", { until: toRfc3339(expiresAt) });
  const gone = quote.lines.findIndex(({ sku }) => quote.withdrawn?.includes(sku));
  if (gone >= 0) {
    return refuse("order.not_sold_here", { line: gone, sku: quote.lines[gone]?.sku ?? "" });
  }
  const given = parts.reduce((sum, { amount }) => sum + amount, 0n);
  if (given > total) {
    const told = { total: String(total), given: String(given), asset: quote.asset };
    return refuse("order.amount_differs", told);
  }
  return undefined;
}

function placedOf(
  command: PlaceOrder,
  quote: FrozenQuote,
  parts: readonly Part[],
  hash: Buffer,
  expiresAt: number,
): KnownOrder {
  const { lines, tokens = [], total, asset } = quote;
  assert(lines.length > 0 && lines.length <= LINES_MAX, "a quote has 1 to 2,000 lines");
  let sum = 0n;
  const unstocked: number[] = [];
  lines.forEach((line, index) => {
    sum += line.amount;
    if (line.stocked === false) unstocked.push(index);
  });
  assert(sum === total, "the lines of a quote sum to its total");
  const held: Held = { tokens, parts, unstocked };
  return {
    id: command.id,
    state: "placed",
    version: 1,
    buyer: command.buyer,
    asset,
    total,
    paid: 0n,
    refunded: 0n,
    expiresAt,
    bodyHash: hash,
    lines: lines.length,
    held,
  };
}

function chainOf(order: KnownOrder, quote: FrozenQuote, timeoutMs: number): Chain {
  const { id, buyer, asset, held } = order;
  const requests: Request[] = [];
  quote.lines.forEach(({ sku, quantity, stocked }, index) => {
    if (stocked === false) return;
    requests.push({
      kind: "pending",
      id: holdId(id, "s", index),
      asset: shelfAsset(sku),
      debit: STOCK,
      credit: DUE,
      amount: quantity,
      timeoutMs,
    });
  });
  held.tokens.forEach((token, index) => {
    requests.push({
      kind: "pending",
      id: holdId(id, "t", index),
      asset: token.asset,
      debit: tokensPath(buyer),
      credit: REDEEMED,
      amount: token.amount,
      timeoutMs,
    });
  });
  held.parts.forEach((part, index) => {
    const move = { id: holdId(id, "m", index), asset, part, till: UNEARNED, reference: id };
    requests.push(holdPart(move, timeoutMs));
  });
  if (requests.length === 0) requests.push(markOf(`o/${id}/0`, asset));
  return { chain: `o/${id}`, requests };
}

/** The order as it stands, if it is there: the same one, or another under the same key. */
async function repeatOf(
  room: OrderRoom,
  book: Book,
  { id }: PlaceOrder,
  hash: Buffer,
): Promise<OrderAnswer | undefined> {
  const order = await room.reader.read(book.id, id);
  if (order === undefined) return undefined;
  room.memory.learn(book.id, order);
  return sameOrConflict(order, hash);
}

function sameOrConflict(order: KnownOrder, hash: Buffer): OrderAnswer {
  if (!order.bodyHash.equals(hash)) return refuse("order.key_conflict", { key: order.id });
  return { status: "exists", order: nowOf(order) };
}

interface Refusing {
  readonly command: PlaceOrder;
  readonly quote: FrozenQuote;
  readonly hash: Buffer;
  readonly chain: Chain;
}

async function whyNot(
  room: OrderRoom,
  book: Book,
  { command, quote, hash, chain }: Refusing,
  answer: ChainAnswer,
): Promise<OrderAnswer> {
  assert(answer.status === "refused", "a refused unit has a refusal");
  if (isTaken(answer.code)) {
    const repeat = await repeatOf(room, book, command, hash);
    return repeat ?? refuse("order.key_conflict", { key: command.id });
  }
  const request = chain.requests[answer.index];
  const before = await refusedBefore(book, answer, request, command.id);
  if (before !== undefined) return before;
  const reason = reasonOf(answer);
  const [, kind, number] = /\/([stm])(\d+)$/.exec(request?.id ?? "") ?? [];
  const index = Number(number);
  const line = quote.lines[index];
  if (kind === "s" && line !== undefined) {
    const { sku, quantity } = line;
    if (reason !== "short") return refuse("order.not_sold_here", { line: index, sku });
    const left = await room.shelves.left(book, sku);
    const told = { line: index, sku, asked: String(quantity), left: String(left) };
    return refuse("order.sold_out", told);
  }
  const token = quote.tokens?.[index];
  if (kind === "t" && token !== undefined && reason !== "other") {
    return refuse("order.token_missing", { asset: token.asset });
  }
  const isPurse = kind === "m" && request !== undefined && "debit" in request;
  if (isPurse && reason !== "other") return noFunds(reason, request.debit ?? "", "order");
  throw unexpected(answer, request);
}
