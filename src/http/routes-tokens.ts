/** Coupons and points: given by who runs the shop, used up by prices. */
import { fail } from "../base/index.ts";
import { readingErrors } from "../ledger/index.ts";
import { tokensNow, type TokensNow } from "../order/index.ts";
import { inShop, written } from "./codes.ts";
import { buyerPath, enterShop, operating, seeing, sellingOf } from "./gate-shop.ts";
import { wrote } from "./posting.ts";
import { refuseOrder } from "./refuse-order.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { askedOf } from "./routes-orders.ts";
import { text } from "./schemas.ts";
import { buyerParam, GiveTokensBody, Tokens } from "./schemas-orders.ts";
import { taken } from "./taken.ts";

const path = "/v1/books/{book}/tokens/{buyer}";

const giveTokens = route({
  method: "POST",
  group: "Shop",
  needs: "shop.operate",
  path,
  name: "giveTokens",
  summary: "Give a buyer coupons or points",
  description:
    "What the discounts of rules use up, by their token. Opens what has to be there. The same id again gives nothing more.",
  params: { ...bookParam, ...buyerParam },
  body: taken(GiveTokensBody),
  answers: {
    200: { description: "They were given before.", schema: Tokens },
    201: { description: "The buyer has them.", schema: Tokens },
  },
  codes: [
    ...inShop,
    ...written,
    "order.command_malformed",
    "order.key_conflict",
    "order.books_refused",
  ],
  example: { id: "gift-1", asset: "COUPON:SPRING/0", amount: "1" },
  async handle(call) {
    const { orders } = sellingOf(call);
    const { id, asset, amount } = call.body;
    const { buyer } = call.params;
    const book = await enterShop(call, operating);
    const gift = { id, buyer, asset, amount: BigInt(amount) };
    const answer = await orders.issueTokens(book, gift, askedOf(call));
    if (answer.status === "refused") return refuseOrder(call, answer);
    wrote(call, book);
    if (answer.status === "done") call.reply.code(201);
    return tokensText(buyer, asset, answer);
  },
});

const readTokens = route({
  method: "GET",
  group: "Shop",
  needs: "shop.read",
  orNeeds: ["shop.operate", "shop.buy"],
  path,
  name: "readTokens",
  summary: "How many of a coupon or point a buyer has",
  params: { ...bookParam, ...buyerParam },
  query: { asset: text("The coupon or point.", "COUPON:SPRING/0") },
  answers: { 200: { description: "As it stands.", schema: Tokens } },
  codes: [...inShop, "order.command_malformed", "ledger.account_not_found"],
  async handle(call) {
    sellingOf(call);
    const { buyer } = call.params;
    const { asset } = call.query;
    const book = await enterShop(call, seeing, [buyerPath(buyer)]);
    const now = await tokensNow(book, { buyer, asset });
    if (now === undefined) {
      throw fail(readingErrors, "account_not_found", { path: `user/${buyer}/tokens`, asset });
    }
    return tokensText(buyer, asset, now);
  },
});

function tokensText(buyer: string, asset: string, { available, held }: TokensNow): string {
  return json({ buyer, asset, available: String(available), held: String(held) });
}

export const tokenRoutes: readonly Route[] = [giveTokens, readTokens];
