/** Quotes: made, looked at, held against what a buyer saw, made anew. */
import { fail } from "../base/index.ts";
import { catalogErrors } from "../catalog/index.ts";
import { decides, inCatalog, written } from "./codes.ts";
import {
  demandQuoteKey,
  needing,
  quoteOf,
  quoting,
  seeingQuotes,
  sellerOf,
  sellingIn,
} from "./gate-catalog.ts";
import { demandShop } from "./gate-shop.ts";
import { wantsMinimal } from "./prefer.ts";
import { type Call, json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import {
  checkQuery,
  MadeQuote,
  Quote,
  QuoteBody,
  QuoteCheck,
  quoteParam,
  RequoteBody,
  Requoted,
} from "./schemas-quotes.ts";
import { taken } from "./taken.ts";
import {
  briefOnWire,
  checkOnWire,
  quoteOnWire,
  quoteRequestOf,
  requoteOnWire,
} from "./wire-quotes.ts";

const group = "Quotes";
const prices = [
  ...inCatalog,
  ...written,
  ...decides,
  "catalog.request_malformed",
  "catalog.quote_key_conflict",
  "catalog.sku_unknown",
  "catalog.options_refused",
  "catalog.quantity_refused",
  "catalog.price_missing",
  "catalog.amount_too_large",
  "catalog.currencies_mixed",
  "catalog.rule_failed",
  "catalog.rule_answer_malformed",
  "catalog.rule_not_connected",
  "catalog.changing",
] as const;

/** A level is the shop's word about a buyer, not the buyer's own, each time anew. Refuses: access.not_permitted. */
function demandLevel(call: Call<{ readonly book: string }>, member: string | undefined): void {
  if (member !== undefined) demandShop(call, quoting, undefined, "/member");
}

const makeQuote = route({
  ...needing(quoting),
  group,
  takesPrefer: true,
  method: "POST",
  path: "/v1/books/{book}/quotes",
  name: "makeQuote",
  summary: "Freeze prices until an instant, with their proof",
  description:
    "The same key and request answer the same quote, for ever: also when it has `expired`, so a price of now takes a new key. A buyer whose key has a prefix makes keys below it: user/ann/basket-17. `agreed` prices need shop.operate on the whole book, and a member's level a key without a prefix. What can't be sold is refused with words in English and Chinese.",
  params: bookParam,
  body: taken(QuoteBody),
  answers: {
    200: { description: "It was made before, and is the same.", schema: MadeQuote },
    201: { description: "It is made.", schema: MadeQuote },
  },
  codes: prices,
  example: { key: "basket-1", lines: [{ sku: "CUP-R", quantity: "3" }] },
  async handle(call) {
    const { book } = call.params;
    const request = quoteRequestOf(call.body);
    demandQuoteKey(call, request.key);
    const agreed = request.lines.findIndex((line) => line.agreed !== undefined);
    if (agreed >= 0) demandShop(call, ["shop.operate"], undefined, `/lines/${agreed}/agreed`);
    demandLevel(call, request.member);
    const { catalog } = await sellingIn(call);
    const { quote, ...told } = await catalog.quote(book, request, sellerOf(call));
    if (told.status === "created") call.reply.code(201);
    return json({ ...told, quote: wantsMinimal(call) ? briefOnWire(quote) : quoteOnWire(quote) });
  },
});

const atQuote = {
  ...needing(seeingQuotes),
  group,
  params: { ...bookParam, ...quoteParam },
} as const;
const found = [...inCatalog, "catalog.quote_missing"] as const;

const readQuote = route({
  ...atQuote,
  method: "GET",
  path: "/v1/books/{book}/quotes/{quote}",
  name: "readQuote",
  summary: "A quote as it was made",
  answers: { 200: { description: "The quote.", schema: Quote } },
  codes: found,
  handle: async (call) => json(quoteOnWire((await quoteOf(call, seeingQuotes)).quote)),
});

const checkQuote = route({
  ...atQuote,
  method: "GET",
  path: "/v1/books/{book}/quotes/{quote}/check",
  name: "checkQuote",
  summary: "Does it hold, and is it what the buyer saw?",
  description: "Where it doesn't, both are shown: what was quoted, and what it costs now.",
  query: checkQuery,
  answers: { 200: { description: "good, altered, expired or withdrawn.", schema: QuoteCheck } },
  codes: [
    ...found,
    ...decides,
    "catalog.rule_failed",
    "catalog.rule_not_connected",
    "catalog.changing",
  ],
  async handle(call) {
    const { book, quote: id } = call.params;
    const { hash, total } = call.query;
    const { selling } = await quoteOf(call, seeingQuotes);
    const check = await selling.catalog.checkQuote(book, id, { hash, total: BigInt(total) });
    if (check.status === "unknown") throw fail(catalogErrors, "quote_missing", { quote: id, book });
    return json(checkOnWire(check));
  },
});

const requote = route({
  ...atQuote,
  ...needing(quoting),
  method: "POST",
  path: "/v1/books/{book}/quotes/{quote}/requote",
  name: "requote",
  summary: "The same request priced anew, under a new key, with what changed",
  description:
    "What was agreed on held for the first one alone. One at a member's level is renewed by a key without a prefix, as it was made.",
  body: taken(RequoteBody),
  answers: { 200: { description: "Both, and the lines that differ.", schema: Requoted } },
  codes: [...prices, "catalog.quote_missing"],
  example: { key: "basket-1-again" },
  async handle(call) {
    const { book, quote: id } = call.params;
    demandQuoteKey(call, call.body.key);
    const { selling, quote } = await quoteOf(call, quoting);
    demandLevel(call, quote.member);
    return json(
      requoteOnWire(await selling.catalog.requote(book, id, call.body.key, sellerOf(call))),
    );
  },
});

export const quoteRoutes: readonly Route[] = [makeQuote, readQuote, checkQuote, requote];
