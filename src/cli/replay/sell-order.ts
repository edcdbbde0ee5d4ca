/**
 * One order of an invoice, as a sales desk sells it: quoted at the invoice's prices, placed, paid by the company's
 * credit or in cash, delivered. Every key follows from the invoice, so what an earlier run has done, killed at
 * whatever instant, is found and not done twice.
 */
import type { Book, OrderNow, OrderState, ShopRefused } from "../../client/index.ts";
import type { PlannedOrder } from "./invoice-plan.ts";
import { againKey, againStem, MONEY, restockKey } from "./names.ts";
import { DEADLINE_MS } from "./post-chains.ts";

export interface SalesDesk {
  readonly book: Book;
  /** Orders that were not placed under their first key, and with which try: see `againKey`. */
  readonly tries: ReadonlyMap<string, number>;
  /** All companies of the file have their credit of this month. */
  readonly creditMonth: string;
  readonly signal?: AbortSignal | undefined;
}

export interface SoldOrder {
  readonly status: "done" | "exists";
  readonly order: OrderNow;
}

/** What a no of the shop's is about. */
export interface NotSold {
  readonly status: "refused";
  readonly code: string;
  readonly id: string;
  readonly details?: ShopRefused["details"] | undefined;
}

/** In a month, and in pennies: no customer of the file comes near it. */
export const CREDIT_LINE_MINOR = 1_000_000_000n;

/** Each is for what has ended, or was refused, for good: a job that is killed so often has other troubles. */
const ATTEMPTS_MAX = 50;

const optionsOf = ({ signal }: SalesDesk) => ({ deadlineMs: DEADLINE_MS, signal });

const ENDED: readonly OrderState[] = ["cancelled", "expired"];
const DELIVERED: readonly OrderState[] = ["fulfilled", "refunded", "closed"];
export const isEnded = (state: OrderState): boolean => ENDED.includes(state);
export const isLawfulEnd = (state: OrderState): boolean => DELIVERED.includes(state);

/**
 * Places the order, or finds it. One that ended unpaid is placed again under the next key, and so is one that
 * found too little on a shelf, which other files sell from as well: a refused key stays refused for a while.
 */
export async function placeOrder(
  desk: SalesDesk,
  planned: PlannedOrder,
): Promise<SoldOrder | NotSold> {
  const first = desk.tries.get(againStem(planned.order)) ?? 1;
  for (let attempt = first; attempt < first + ATTEMPTS_MAX; attempt++) {
    const id = againKey(planned.order, attempt);
    const answer = await placeAs(desk, planned, id);
    if ("code" in answer && answer.code === "order.sold_out") {
      await bringGoods(desk, planned, id, answer.details);
    } else if ("code" in answer && answer.code === "order.key_refused") {
      // By an earlier run, which has brought the goods since.
      continue;
    } else if (answer.status === "refused" || !isEnded(answer.order.state)) return answer;
  }
  return { status: "refused", code: "order.expired", id: planned.order };
}

async function placeAs(
  desk: SalesDesk,
  planned: PlannedOrder,
  id: string,
): Promise<SoldOrder | NotSold> {
  const { shop } = desk.book;
  let quotes = 1;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const key = quotes === 1 ? planned.quote : `${planned.quote}@${quotes}`;
    const quoted = await shop.quotes.makeBrief({ key, lines: planned.lines }, optionsOf(desk));
    if (quoted.status === "refused") return { status: "refused", code: quoted.code, id };
    const { quote } = quoted;
    const asked = { id, buyer: planned.buyer, quote };
    const answer = await shop.orders.place(asked, optionsOf(desk));
    if (answer.status !== "refused") return answer;
    switch (answer.code) {
      // Used: by an order under another key, which has ended unpaid.
      case "order.quote_expired":
      case "order.quote_used":
        quotes += 1;
        break;
      case "order.busy":
        break;
      case "order.key_conflict":
        return (await sameOrder(desk, planned, id)) ?? refusedOf(answer, id);
      default:
        return refusedOf(answer, id);
    }
  }
  return { status: "refused", code: "order.busy", id };
}

const refusedOf = ({ code, details }: ShopRefused, id: string): NotSold => {
  return { status: "refused", code, id, details };
};

/**
 * An order under this key that was placed for another quote. Where that quote was asked for the same lines, by an
 * earlier run whose first quote had expired, it is this order.
 */
async function sameOrder(
  desk: SalesDesk,
  planned: PlannedOrder,
  id: string,
): Promise<SoldOrder | undefined> {
  const { shop } = desk.book;
  const found = await shop.orders.get(id, optionsOf(desk));
  const quote = found && (await shop.quotes.get(found.quote, optionsOf(desk)));
  if (found === undefined || quote === undefined) return undefined;
  const isSame = quote.key === planned.quote || quote.key.startsWith(`${planned.quote}@`);
  return isSame ? { status: "exists", order: found.order } : undefined;
}

/** Another file's invoices are sold from the same shelves: what is short for this one is brought. */
async function bringGoods(
  desk: SalesDesk,
  planned: PlannedOrder,
  id: string,
  details: NotSold["details"],
): Promise<void> {
  const sku = String(details?.["sku"]);
  const left = BigInt(details?.["left"] ?? 0);
  let wanted = 0n;
  for (const line of planned.lines) if (line.sku === sku) wanted += line.quantity;
  const quantity = wanted > left ? wanted - left : wanted;
  const delivery = { id: restockKey(id), items: [{ sku, quantity }] };
  await desk.book.shop.stock.put(delivery, optionsOf(desk));
}

/**
 * Pays what is placed, with the company's credit of the month or in cash. The month is the server's, when it
 * books: where it is another than ours, that one's credit is opened, and it is paid again.
 */
export async function payOrder(
  desk: SalesDesk,
  planned: PlannedOrder,
  { order }: SoldOrder,
): Promise<SoldOrder | NotSold> {
  const { company, totalMinor: amount } = planned;
  let month = desk.creditMonth;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const part =
      company === undefined
        ? ({ means: "cash", amount } as const)
        : ({ means: "company", company, amount } as const);
    const paymentId = againKey(order.id, attempt);
    const payment = { paymentId, parts: amount === 0n ? [] : [part] };
    const answer = await desk.book.shop.orders.pay(order.id, payment, optionsOf(desk));
    if (answer.status !== "refused") return answer;
    if (answer.code === "order.already_paid") {
      return { status: "exists", order: { ...order, state: "paid" } };
    }
    const asked = monthShort(answer);
    if (company !== undefined && asked !== undefined && asked !== month) {
      month = asked;
      const line = { company, month, asset: MONEY, line: CREDIT_LINE_MINOR };
      await desk.book.shop.credit.open(line, optionsOf(desk));
    } else if (answer.code !== "order.busy" && answer.code !== "order.key_refused") {
      return refusedOf(answer, order.id);
    }
  }
  return { status: "refused", code: "order.funds_short", id: order.id };
}

function monthShort({ code, details }: ShopRefused): string | undefined {
  if (code !== "order.funds_short" && code !== "order.purse_missing") return undefined;
  return /\/credit\/(\d{4}-\d{2})$/.exec(String(details["account"]))?.[1];
}

/** Delivers all that is due. */
export async function fulfilOrder(
  desk: SalesDesk,
  { order }: SoldOrder,
): Promise<SoldOrder | NotSold> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const asked = { fulfilmentId: order.id };
    const answer = await desk.book.shop.orders.fulfil(order.id, asked, optionsOf(desk));
    if (answer.status !== "refused") return answer;
    if (answer.code !== "order.busy") return refusedOf(answer, order.id);
  }
  return { status: "refused", code: "order.busy", id: order.id };
}

/** Nothing of its invoice is sold: its order ends, where it is not paid yet. Answers whether nothing of it stands. */
export async function cancelOrder(desk: SalesDesk, { order }: SoldOrder): Promise<boolean> {
  if (isEnded(order.state)) return true;
  const end = { reason: "another part of its invoice was refused" };
  const answer = await desk.book.shop.orders.cancel(order.id, end, optionsOf(desk));
  if (answer.status !== "refused") return true;
  const now = await desk.book.shop.orders.get(order.id, optionsOf(desk));
  return now !== undefined && isEnded(now.order.state);
}
