/** What companies may buy on credit in a month, and their bills of it. */
import { fail } from "../base/index.ts";
import { type Book, readingErrors } from "../ledger/index.ts";
import { creditLineNow, creditPath, setCreditLine as setLine } from "../payment/index.ts";
import { inShop, written } from "./codes.ts";
import { enterShop, mayShop, operating, overseeing, seeing, sellingOf } from "./gate-shop.ts";
import { pageAsked, pageQuery } from "./page-asked.ts";
import { refusalsOf } from "./refusals-of.ts";
import { contextOf, json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { askedOf } from "./routes-orders.ts";
import { text } from "./schemas.ts";
import { CreditBody, CreditLine, CreditStatement } from "./schemas-orders.ts";
import { standing } from "./standing.ts";
import { taken } from "./taken.ts";
import { billOnWire } from "./wire-orders.ts";

const running = { group: "Shop", needs: "shop.operate" } as const;
const looking = {
  method: "GET",
  group: "Shop",
  needs: "shop.read",
  orNeeds: ["shop.operate", "shop.buy"],
} as const;
const assetQuery = { asset: text("Of the money.", "CNY/2") };
const NOT_THERE = ["ledger.account_not_found", "ledger.asset_malformed"] as const;

const creditParam = {
  ...bookParam,
  company: text("A segment of a path.", "acme"),
  month: text("Of UTC.", "2026-11"),
};

const setCreditLine = route({
  ...running,
  method: "PUT",
  path: "/v1/books/{book}/credit-lines/{company}/{month}",
  name: "setCreditLine",
  summary: "Say how much a company may buy on credit in a month",
  description: "Opens it, or sets it anew: what is asked last holds. Not below what is owed.",
  params: creditParam,
  body: taken(CreditBody),
  answers: {
    200: { description: "It was so.", schema: CreditLine },
    201: { description: "It is open, or set anew.", schema: CreditLine },
  },
  codes: [
    ...inShop,
    ...written,
    "payment.credit_line_malformed",
    ...refusalsOf.open,
    ...refusalsOf.bound,
  ],
  example: { asset: "CNY/2", line: "500000" },
  async handle(call) {
    sellingOf(call);
    const { company, month } = call.params;
    const { asset, line } = call.body;
    const book = await enterShop(call, operating);
    const asked = { company, month, asset, line: BigInt(line) };
    const answer = await setLine(book, asked, askedOf(call));
    return standing(call, book, answer, () => creditText(book, asked));
  },
});

const readCreditLine = route({
  ...looking,
  path: "/v1/books/{book}/credit-lines/{company}/{month}",
  name: "readCreditLine",
  summary: "What a company may buy on credit in a month, and what it owes",
  params: creditParam,
  query: assetQuery,
  answers: { 200: { description: "As it stands.", schema: CreditLine } },
  codes: [...inShop, ...NOT_THERE, "payment.credit_line_malformed"],
  async handle(call) {
    sellingOf(call);
    const { company, month } = call.params;
    const book = await enterShop(call, seeing, [creditPath(company, month)]);
    return creditText(book, { company, month, asset: call.query.asset });
  },
});

/** Refuses: ledger.account_not_found. */
async function creditText(
  book: Book,
  asked: { readonly company: string; readonly month: string; readonly asset: string },
): Promise<string> {
  const credit = await creditLineNow(book, asked);
  if (credit === undefined) {
    const path = creditPath(asked.company, asked.month);
    throw fail(readingErrors, "account_not_found", { path, asset: asked.asset });
  }
  const { line, owed, left } = credit;
  return json({ ...credit, line: String(line), owed: String(owed), left: String(left) });
}

const readCreditStatement = route({
  ...looking,
  path: "/v1/books/{book}/credit-lines/{company}/{month}/statement",
  name: "readCreditStatement",
  summary:
    "A company's bill of a month: what it bought, for which order; what went back; what it paid",
  description:
    "Oldest first, and on every page how it stands. A page may be short, even empty, and still have a cursor: go on until it has none.",
  params: creditParam,
  query: { ...assetQuery, ...pageQuery },
  answers: { 200: { description: "A page of it.", schema: CreditStatement } },
  codes: [
    ...inShop,
    ...NOT_THERE,
    "payment.credit_line_malformed",
    "ledger.cursor_malformed",
    "ledger.limit_out_of_range",
    "ledger.archived",
  ],
  async handle(call) {
    const { orders } = sellingOf(call);
    const { company, month } = call.params;
    const path = creditPath(company, month);
    const book = await enterShop(call, seeing, [path]);
    const { asset } = call.query;
    const page = pageAsked({ ...call.query, order: "oldest" });
    const bill = await orders.creditBill(book, { company, month, asset }, page);
    if (bill === undefined) throw fail(readingErrors, "account_not_found", { path, asset });
    const isAll = mayShop(call, overseeing);
    const own = contextOf(call, undefined).by;
    return json(billOnWire(bill, (by) => isAll || by === own));
  },
});

export const creditRoutes: readonly Route[] = [setCreditLine, readCreditLine, readCreditStatement];
