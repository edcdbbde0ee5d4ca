/** Transfers: posted, held, confirmed, cancelled; alone, in chains, in batches; and looked up. */
import { Type } from "typebox";
import { fail } from "../base/index.ts";
import { batchBytes } from "./batch-bytes.ts";
import { inBook, posted } from "./codes.ts";
import { enter, enterToPost, mayRead } from "./gate.ts";
import { httpErrors } from "./http.errors.ts";
import { optionsOf, post, refuse, wrote } from "./posting.ts";
import { wantsBalances } from "./prefer.ts";
import { refusalsOf, refusalsOfChains } from "./refusals-of.ts";
import { ResolutionBody, transferBodies } from "./request-schemas.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { BatchAnswer, Carried, CarriedChain, Entry, named, text } from "./schemas.ts";
import { taken, takenByKind } from "./taken.ts";
import { batchBody, chainBody, movementOf, resolutionOf } from "./wire-in.ts";
import { carriedChainText, entryOnWire } from "./wire-out.ts";

const posting = { method: "POST", group: "Transfers", needs: "write", takesPrefer: true } as const;
const unitsOfMany = ["lane.unit_too_large", "http.hold_accounts_unnamed"] as const;
const carried = {
  200: {
    description:
      "It was carried out before: `exists`, its first seq, time and amount, balances of now.",
    schema: Carried,
  },
  201: { description: "It is carried out, and durable.", schema: Carried },
};

const transfer = route({
  ...posting,
  path: "/v1/books/{book}/transfers",
  name: "transfer",
  summary: "Move an amount, or hold it",
  description:
    "The id is made by the caller, once, before the first try: sending the same again does nothing, and tells the first outcome with the balances of now. Kind `pending` holds until it is posted, voided or timed out.",
  params: bookParam,
  body: takenByKind(transferBodies, "transfer"),
  answers: carried,
  codes: [...posted, ...refusalsOf.transfer, ...refusalsOf.pending],
  example: {
    id: "sale-1",
    asset: "CNY/2",
    debit: "shop/cash",
    credit: "shop/sales",
    amount: "1999",
  },
  handle(call) {
    return post(call, movementOf(call.body, ""), call.body.rule);
  },
});

const pendingParam = { ...bookParam, id: text("The id of the hold.", "hold-1") };
const ENDS_HOLD =
  "A key with a prefix names debit and credit, too: a hold under its ids may be between others' accounts.";
const resolutionBody = taken(ResolutionBody);

const postHold = route({
  ...posting,
  path: "/v1/books/{book}/transfers/{id}/post",
  name: "postHold",
  summary: "Confirm a hold, wholly or in part",
  description: ENDS_HOLD,
  params: pendingParam,
  body: resolutionBody,
  answers: carried,
  codes: [...posted, "http.hold_accounts_unnamed", ...refusalsOf.post],
  example: { id: "post-1" },
  handle(call) {
    const request = resolutionOf("post", call.params.id, call.body, "");
    return post(call, request, call.body.rule);
  },
});

const voidHold = route({
  ...posting,
  path: "/v1/books/{book}/transfers/{id}/void",
  name: "voidHold",
  summary: "Cancel a hold",
  description: ENDS_HOLD,
  params: pendingParam,
  body: resolutionBody,
  answers: carried,
  codes: [...posted, "http.hold_accounts_unnamed", ...refusalsOf.void],
  example: { id: "void-1" },
  handle(call) {
    const request = resolutionOf("void", call.params.id, call.body, "");
    return post(call, request, call.body.rule);
  },
});

const chain = route({
  ...posting,
  path: "/v1/books/{book}/chains",
  name: "chain",
  orNeeds: "define",
  summary: "Several requests, all or none",
  params: bookParam,
  body: chainBody,
  answers: {
    200: {
      description: "It was carried out before: its first outcome, and balances of now.",
      schema: CarriedChain,
    },
    201: { description: "All of it is carried out.", schema: CarriedChain },
  },
  codes: [...posted, ...unitsOfMany, ...refusalsOfChains],
  example: {
    chain: "order-1",
    requests: [
      { id: "o1-goods", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1500" },
      { id: "o1-tax", asset: "CNY/2", debit: "shop/cash", credit: "shop/tax", amount: "195" },
    ],
  },
  async handle(call) {
    const { rule, ...asked } = call.body;
    const book = await enterToPost(call, [asked]);
    const answer = await book.chain(asked, optionsOf(call, rule));
    if (answer.status === "refused") return refuse(call, answer);
    wrote(call, book);
    if (answer.status === "created") call.reply.code(201);
    return carriedChainText(answer, wantsBalances(call));
  },
});

const batch = route({
  ...posting,
  path: "/v1/books/{book}/batches",
  name: "batch",
  orNeeds: "define",
  summary: "Many requests and chains, each on its own",
  description:
    "Up to 8,192 requests, those inside chains counted. Answered 200 with an answer per item, in order: look at each status. Sent again, it does only what was not done. Where an item is not permitted nothing is done: `pointers` names every such item, and the others may be sent without them.",
  params: bookParam,
  body: batchBody,
  answers: { 200: { description: "An answer for each item.", schema: BatchAnswer } },
  codes: [...posted, ...unitsOfMany, "lane.in_part"],
  example: {
    items: [
      { id: "sale-2", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "100" },
      { kind: "open", path: "shop/tax", asset: "CNY/2", side: "credit" },
    ],
  },
  async handle(call) {
    const { items, rule } = call.body;
    const book = await enterToPost(call, items, "/items");
    const answers = await book.batch(items, optionsOf(call, rule));
    wrote(call, book);
    const { metrics } = call.doors;
    for (const answer of answers) if (answer.status === "refused") metrics.refused(answer.code);
    return batchBytes(answers, wantsBalances(call));
  },
});

const readTransfer = route({
  method: "GET",
  path: "/v1/books/{book}/transfers/{id}",
  group: "Transfers",
  name: "readTransfer",
  summary: "The entry of an id: carried out, or a remembered refusal",
  needs: "read",
  params: { ...bookParam, id: text("The id of any request.", "sale-1") },
  answers: { 200: { description: "The entry.", schema: Entry } },
  codes: [...inBook, "http.transfer_missing"],
  async handle(call) {
    const { id } = call.params;
    const book = await enter(call, "read", [], [id]);
    const entry = await book.find(id);
    if (entry === undefined || !mayRead(call, entry)) {
      throw fail(httpErrors, "transfer_missing", { id });
    }
    return json(entryOnWire(entry));
  },
});

const readChain = route({
  method: "GET",
  path: "/v1/books/{book}/chains/{chain}",
  group: "Transfers",
  name: "readChain",
  summary: "The entries of a chain that was carried out",
  needs: "read",
  params: { ...bookParam, chain: text("The chain's id.", "order-1") },
  answers: {
    200: {
      description: "Its members, in order.",
      schema: named("ChainEntries", { chain: Type.String(), entries: Type.Array(Entry) }),
    },
  },
  codes: [...inBook, "http.chain_missing"],
  async handle(call) {
    const { chain } = call.params;
    const book = await enter(call, "read", [], [chain]);
    const entries = (await book.chainEntries(chain)).filter((entry) => mayRead(call, entry));
    if (entries.length === 0) throw fail(httpErrors, "chain_missing", { chain });
    return json({ chain, entries: entries.map(entryOnWire) });
  },
});

export const transferRoutes: readonly Route[] = [
  transfer,
  readTransfer,
  postHold,
  voidHold,
  chain,
  readChain,
  batch,
];
