/** Books and their assets: what there is, made once and safe to repeat. */
import { Type } from "typebox";
import { demand, knownBooks } from "../access/index.ts";
import type { Book } from "../ledger/index.ts";
import { createsBook, inBook, paged, posted } from "./codes.ts";
import { enter } from "./gate.ts";
import { pageAsked, pageQuery } from "./page-asked.ts";
import { post } from "./posting.ts";
import { refusalsOf } from "./refusals-of.ts";
import { AssetBody, NoBody } from "./request-schemas.ts";
import { contextOf, json, principalOf, route, type Route } from "./route.ts";
import { Asset, BookHead, Carried, pageOf, text } from "./schemas.ts";
import { taken } from "./taken.ts";
import { bookOnWire } from "./wire-out.ts";

export const bookParam = { book: text("The book's name.", "corner-shop") };

const listBooks = route({
  method: "GET",
  path: "/v1/books",
  group: "Books",
  name: "listBooks",
  summary: "The books this key may reach",
  needs: "read",
  query: pageQuery,
  answers: {
    200: {
      description: "In order of their names.",
      schema: pageOf("BookPage", Type.String()),
    },
  },
  codes: paged,
  async handle(call) {
    const { items, cursor } = await call.doors.ledger.books(
      pageAsked(call.query),
      knownBooks(principalOf(call)),
    );
    return json({ items, cursor });
  },
});

const createBook = route({
  method: "PUT",
  path: "/v1/books/{book}",
  group: "Books",
  name: "createBook",
  summary: "Make a book",
  description: "Safe to repeat: a book that is there is answered as it is.",
  needs: "define",
  params: bookParam,
  body: taken(NoBody),
  bodyMayMiss: true,
  answers: {
    200: { description: "It was there.", schema: BookHead },
    201: { description: "It was made.", schema: BookHead },
  },
  codes: createsBook,
  example: {},
  async handle(call) {
    const { book: name } = call.params;
    demand(principalOf(call), "define", name);
    const context = contextOf(call, undefined);
    const { book, created } = await call.doors.ledger.ensureBook(name, { context });
    if (created) call.reply.code(201);
    return bookText(book);
  },
});

async function bookText(book: Book): Promise<string> {
  return json(bookOnWire(book.name, await book.head(), await book.origin()));
}

const readBook = route({
  method: "GET",
  path: "/v1/books/{book}",
  group: "Books",
  name: "readBook",
  summary: "A book's head: its newest seq, time and hash; and who made it",
  description: "Keep the hash: a verification can be asked to pass through it.",
  needs: "read",
  params: bookParam,
  answers: { 200: { description: "The head.", schema: BookHead } },
  codes: inBook,
  async handle(call) {
    return bookText(await enter(call, "read"));
  },
});

const assetBody = taken(AssetBody);

const defineAsset = route({
  method: "POST",
  path: "/v1/books/{book}/assets",
  group: "Books",
  name: "defineAsset",
  summary: "Define an asset",
  description:
    "A name and a scale, such as CNY/2. Safe to repeat; both are for ever. With refusals `window`, refused holds with a time-out are remembered for a while only.",
  needs: "define",
  takesPrefer: true,
  params: bookParam,
  body: assetBody,
  answers: {
    200: { description: "It was defined before.", schema: Carried },
    201: { description: "It is defined.", schema: Carried },
  },
  codes: [...posted, ...refusalsOf.asset],
  example: { asset: "CNY/2" },
  handle(call) {
    const { rule, ...asset } = call.body;
    return post(call, { kind: "asset", ...asset }, rule);
  },
});

const listAssets = route({
  method: "GET",
  path: "/v1/books/{book}/assets",
  group: "Books",
  name: "listAssets",
  summary: "The assets of a book",
  needs: "read",
  params: bookParam,
  query: pageQuery,
  answers: {
    200: { description: "In order of their codes.", schema: pageOf("AssetPage", Asset) },
  },
  codes: [...inBook, ...paged],
  async handle(call) {
    const book = await enter(call, "read");
    const { items, cursor } = await book.assets(pageAsked(call.query));
    const assets = items.map(({ code, scale, refusals, definedSeq }) => {
      return { asset: code, scale, refusals, seq: definedSeq };
    });
    return json({ items: assets, cursor });
  },
});

export const bookRoutes: readonly Route[] = [
  listBooks,
  createBook,
  readBook,
  defineAsset,
  listAssets,
];
