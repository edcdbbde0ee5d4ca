/** What a shop needs beside its catalogue: a till, goods on the shelves, wallets, companies' credit. */
import { fail } from "../base/index.ts";
import { type Book, readingErrors } from "../ledger/index.ts";
import { openShop as openTillOf, shelfNow } from "../order/index.ts";
import { fillWallet as fill, openWallet as open, walletPath } from "../payment/index.ts";
import { inShop, written } from "./codes.ts";
import { buyerPath, enterShop, operating, overseeing, seeing, sellingOf } from "./gate-shop.ts";
import { wrote } from "./posting.ts";
import { standing } from "./standing.ts";
import { refuseOrder } from "./refuse-order.ts";
import { refusalsOf } from "./refusals-of.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { askedOf } from "./routes-orders.ts";
import { text } from "./schemas.ts";
import {
  buyerParam,
  FillBody,
  OpenedShop,
  Shelf,
  ShopBody,
  StockBody,
  StockPut,
  Wallet,
  WalletBody,
} from "./schemas-orders.ts";
import { taken } from "./taken.ts";

const running = { group: "Shop", needs: "shop.operate" } as const;
const looking = { method: "GET", group: "Shop", needs: "shop.read" } as const;
const repeated = "It was done before.";
const assetQuery = { asset: text("Of the money.", "CNY/2") };
const NOT_THERE = ["ledger.account_not_found", "ledger.asset_malformed"] as const;

const openShop = route({
  ...running,
  method: "PUT",
  path: "/v1/books/{book}/shop",
  name: "openShop",
  summary: "Open the till for a money",
  description:
    "Opens what has to be there before anything can be paid in it: cash, what is unearned, revenue, goodwill. Safe to repeat.",
  params: bookParam,
  body: taken(ShopBody),
  answers: {
    200: { description: "It was open.", schema: OpenedShop },
    201: { description: "It is open.", schema: OpenedShop },
  },
  codes: [...inShop, ...written, "order.command_malformed", "order.books_refused"],
  example: { asset: "CNY/2" },
  async handle(call) {
    sellingOf(call);
    const book = await enterShop(call, operating);
    const opened = await openTillOf(book, call.body, askedOf(call));
    wrote(call, book);
    if (opened.status === "done") call.reply.code(201);
    return json(opened);
  },
});

const putStock = route({
  ...running,
  method: "POST",
  path: "/v1/books/{book}/stock",
  name: "putStock",
  summary: "Book goods in; shelves that are not there are opened",
  description:
    "All or none. The id is your own key of this delivery: the same again does nothing, another delivery under it is a conflict.",
  params: bookParam,
  body: taken(StockBody),
  answers: {
    200: { description: repeated, schema: StockPut },
    201: { description: "The goods can be sold.", schema: StockPut },
  },
  codes: [
    ...inShop,
    ...written,
    "lane.unit_too_large",
    "order.command_malformed",
    "order.key_conflict",
    "order.books_refused",
  ],
  example: { id: "delivery-1", items: [{ sku: "TEA", quantity: "100" }] },
  async handle(call) {
    const { orders } = sellingOf(call);
    const book = await enterShop(call, operating);
    const { id, items } = call.body;
    const command = {
      id,
      items: items.map(({ sku, quantity }) => ({ sku, quantity: BigInt(quantity) })),
    };
    const answer = await orders.putStock(book, command, askedOf(call));
    if (answer.status === "refused") return refuseOrder(call, answer);
    wrote(call, book);
    if (answer.status === "done") call.reply.code(201);
    return json({ status: answer.status });
  },
});

const readShelf = route({
  ...looking,
  orNeeds: "shop.operate",
  path: "/v1/books/{book}/stock/{sku}",
  name: "readShelf",
  summary: "A product's pieces: left, held, due, delivered",
  params: { ...bookParam, sku: text("As the catalogue has it.", "TEA") },
  answers: { 200: { description: "The shelf.", schema: Shelf } },
  codes: [...inShop, "order.not_sold_here"],
  async handle(call) {
    sellingOf(call);
    const { sku } = call.params;
    const book = await enterShop(call, overseeing);
    const shelf = await shelfNow(book, sku);
    if (shelf === undefined) {
      const details = { line: 0, sku };
      return refuseOrder(call, { status: "refused", code: "order.not_sold_here", details });
    }
    const pieces = Object.entries(shelf).map(([place, count]) => [place, String(count)] as const);
    return json({ sku, ...Object.fromEntries(pieces) });
  },
});

const openWallet = route({
  ...running,
  method: "PUT",
  path: "/v1/books/{book}/wallets/{buyer}",
  name: "openWallet",
  summary: "Open a buyer's wallet",
  params: { ...bookParam, ...buyerParam },
  body: taken(WalletBody),
  answers: {
    200: { description: "It was open.", schema: Wallet },
    201: { description: "It is open.", schema: Wallet },
  },
  codes: [...inShop, ...written, "payment.wallet_malformed", ...refusalsOf.open],
  example: { asset: "CNY/2" },
  async handle(call) {
    sellingOf(call);
    const wallet = { buyer: call.params.buyer, asset: call.body.asset };
    const book = await enterShop(call, operating);
    const answer = await open(book, wallet, askedOf(call));
    return standing(call, book, answer, () => walletText(book, wallet));
  },
});

const fillWallet = route({
  ...running,
  method: "POST",
  path: "/v1/books/{book}/wallets/{buyer}/fillings",
  name: "fillWallet",
  summary: "Put cash that was given into a buyer's wallet",
  params: { ...bookParam, ...buyerParam },
  body: taken(FillBody),
  answers: {
    200: { description: repeated, schema: Wallet },
    201: { description: "It is in the wallet.", schema: Wallet },
  },
  codes: [...inShop, ...written, "payment.wallet_malformed", ...refusalsOf.transfer],
  example: { id: "cash-1", asset: "CNY/2", amount: "5000" },
  async handle(call) {
    sellingOf(call);
    const { id, asset, amount } = call.body;
    const { buyer } = call.params;
    const book = await enterShop(call, operating);
    const answer = await fill(book, { id, buyer, asset, amount: BigInt(amount) }, askedOf(call));
    return standing(call, book, answer, () => walletText(book, { buyer, asset }));
  },
});

const readWallet = route({
  ...looking,
  orNeeds: ["shop.operate", "shop.buy"],
  path: "/v1/books/{book}/wallets/{buyer}",
  name: "readWallet",
  summary: "What a buyer has",
  params: { ...bookParam, ...buyerParam },
  query: assetQuery,
  answers: { 200: { description: "As it stands.", schema: Wallet } },
  codes: [...inShop, ...NOT_THERE],
  async handle(call) {
    sellingOf(call);
    const { buyer } = call.params;
    const book = await enterShop(call, seeing, [buyerPath(buyer)]);
    return walletText(book, { buyer, asset: call.query.asset });
  },
});

/** Refuses: ledger.account_not_found. */
async function walletText(
  book: Book,
  { buyer, asset }: { readonly buyer: string; readonly asset: string },
): Promise<string> {
  const path = walletPath(buyer);
  const account = await book.account(path, asset);
  if (account === undefined) throw fail(readingErrors, "account_not_found", { path, asset });
  const held = account.balance.debitsPending;
  return json({ buyer, asset, available: String(account.available), held: String(held) });
}

export const shopRoutes: readonly Route[] = [
  openShop,
  putStock,
  readShelf,
  openWallet,
  readWallet,
  fillWallet,
];
