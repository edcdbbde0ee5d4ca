/** Offerings: opened, settled and paid out by who runs the shop; bid for by investors from their own wallets. */
import { Type } from "typebox";
import type { Book } from "../ledger/index.ts";
import type { Refused, RunAnswer } from "../order/index.ts";
import { inShop, writesRuns, written } from "./codes.ts";
import { sellingIn } from "./gate-catalog.ts";
import { flowsOf } from "./gate-runs.ts";
import {
  buyerPath,
  buying,
  demandShop,
  enterShop,
  mayShop,
  operating,
  overseeing,
  seeing,
  sellingOf,
} from "./gate-shop.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { wrote } from "./posting.ts";
import { refuseOrder } from "./refuse-order.ts";
import { type Call, contextOf, json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { askedOf } from "./routes-orders.ts";
import {
  BidBody,
  BidDone,
  BidPage,
  OfferingDone,
  OfferingPage,
  offeringParam,
  OfferingRun,
  OfferingView,
  OpenOfferingBody,
  PayOutBody,
  Payout,
  PayoutPage,
  payoutParam,
} from "./schemas-offerings.ts";
import { text } from "./schemas.ts";
import { taken } from "./taken.ts";
import {
  bidOnWire,
  listedBidOnWire,
  listedOfferingOnWire,
  offeringNowOnWire,
  offeringOnWire,
  openOf,
  payoutOnWire,
} from "./wire-offerings.ts";

interface InBook {
  readonly book: string;
}

const group = "Offerings";
const asOperator = { method: "POST", group, needs: "shop.operate" } as const;
const asBuyer = { group, needs: "shop.buy", orNeeds: "shop.operate" } as const;
/** Whoever may buy somewhere in the book sees what there is to bid for. */
const looking = {
  method: "GET",
  group,
  needs: "shop.buy",
  orNeeds: ["shop.read", "shop.operate"],
} as const;
const overlooking = { method: "GET", group, needs: "shop.read", orNeeds: "shop.operate" } as const;
const atOffering = { ...bookParam, ...offeringParam };
const found = [...inShop, "order.command_malformed", "order.offering_missing"] as const;
const paged = [...found, "order.cursor_malformed"] as const;
const running = [
  ...inShop,
  ...writesRuns,
  "order.command_malformed",
  "order.offering_missing",
  "order.offering_open",
] as const;
const runs = {
  200: { description: "It was asked for before: the same run.", schema: OfferingRun },
  201: { description: "The run is recorded, and goes on whatever happens.", schema: OfferingRun },
};

const missing = (offering: string): Refused => {
  return { status: "refused", code: "order.offering_missing", details: { offering } };
};

function offeringsOf(call: Call) {
  return sellingOf(call).offerings;
}

/** Of a house that serves the runs which settle and pay out. Refuses: http.no_flows. */
function servedOfferingsOf(call: Call) {
  flowsOf(call);
  return offeringsOf(call);
}

const openOffering = route({
  ...asOperator,
  path: "/v1/books/{book}/offerings",
  name: "openOffering",
  summary: "Open an offering: what many pay for together, up to a cap",
  description:
    "Its room, its row and the run that settles it when it closes are one commit. The id is your own key: the same again answers the first one, another offering under it is a conflict.",
  params: bookParam,
  body: taken(OpenOfferingBody),
  answers: {
    200: { description: "It was opened before.", schema: OfferingDone },
    201: { description: "Bids are taken.", schema: OfferingDone },
  },
  codes: [
    ...inShop,
    ...written,
    "http.no_flows",
    "order.command_malformed",
    "order.key_conflict",
    "order.offering_closed",
    "order.project_missing",
    "order.books_refused",
    "order.busy",
  ],
  example: {
    ...{ id: "mill", asset: "CNY/2", cap: "1000000", project: "project/mill" },
    closesAt: "2030-01-31T16:00:00.000Z",
  },
  async handle(call) {
    const offerings = servedOfferingsOf(call);
    const command = openOf(call.body);
    const book = await enterShop(call, operating);
    const answer = await offerings.open(book, command, askedOf(call));
    if (answer.status === "refused") return refuseOrder(call, answer);
    wrote(call, book);
    if (answer.status === "done") call.reply.code(201);
    return json({ status: answer.status, offering: offeringOnWire(answer.offering) });
  },
});

const listOfferings = route({
  ...looking,
  path: "/v1/books/{book}/offerings",
  name: "listOfferings",
  summary: "Offerings, newest first",
  description:
    "What was raised is told of those that are settled; of one that still takes bids ask for itself.",
  params: bookParam,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: OfferingPage } },
  codes: [...inShop, "order.command_malformed", "order.cursor_malformed"],
  async handle(call) {
    const { cursor, limit } = call.query;
    const { offerings } = await sellingIn(call);
    const book = await call.doors.ledger.book(call.params.book);
    const page = await offerings.list(book, { cursor, limit: numberAsked(limit) });
    return json({ items: page.items.map(listedOfferingOnWire), cursor: page.cursor });
  },
});

const readOffering = route({
  ...looking,
  path: "/v1/books/{book}/offerings/{offering}",
  name: "readOffering",
  summary: "How an offering stands: what is raised, what is left, how many have bid",
  params: atOffering,
  answers: { 200: { description: "As it stands.", schema: OfferingView } },
  codes: found,
  async handle(call) {
    const { offering } = call.params;
    const { offerings } = await sellingIn(call);
    const book = await call.doors.ledger.book(call.params.book);
    const now = await offerings.find(book, offering);
    if (now === undefined) return refuseOrder(call, missing(offering));
    return json(offeringNowOnWire(now));
  },
});

const placeBid = route({
  ...asBuyer,
  method: "POST",
  path: "/v1/books/{book}/offerings/{offering}/bids",
  name: "placeBid",
  summary: "Bid for a share: the money is held, and the room for it taken, by one transfer",
  description:
    "Nothing is granted above the cap. The id is the investor's own key, unique in the book: the same again answers the first bid, a refused one stays refused.",
  params: atOffering,
  body: taken(BidBody),
  answers: {
    200: { description: "It was placed before.", schema: BidDone },
    201: { description: "It is held, until the offering is settled.", schema: BidDone },
  },
  codes: [
    ...found,
    ...written,
    "order.key_conflict",
    "order.offering_closed",
    "order.offering_full",
    "order.funds_short",
    "order.books_refused",
  ],
  example: { id: "b-1", investor: "ann", amount: "50000", allowPartial: true },
  async handle(call) {
    const offerings = offeringsOf(call);
    const { amount, ...bid } = call.body;
    demandShop(call, buying, [buyerPath(bid.investor)], "/investor");
    const book = await call.doors.ledger.book(call.params.book);
    const command = { ...bid, offering: call.params.offering, amount: BigInt(amount) };
    const answer = await offerings.bid(book, command, askedOf(call));
    if (answer.status === "refused") return refuseOrder(call, answer);
    wrote(call, book);
    if (answer.status === "done") call.reply.code(201);
    return json({ status: answer.status, bid: bidOnWire(answer.bid) });
  },
});

const listBids = route({
  ...looking,
  path: "/v1/books/{book}/offerings/{offering}/bids",
  name: "listBids",
  summary: "Bids for an offering, newest first",
  description: "A key with a prefix names an investor that it reaches, and sees no other's bids.",
  params: atOffering,
  query: { investor: Type.Optional(text("Of this investor only.", "ann")), ...pageQuery },
  answers: { 200: { description: "A page.", schema: BidPage } },
  codes: paged,
  async handle(call) {
    const offerings = offeringsOf(call);
    const { offering } = call.params;
    const { investor, cursor, limit } = call.query;
    const paths = investor === undefined ? undefined : [buyerPath(investor)];
    const book = await enterShop(call, seeing, paths);
    const asked = { investor, cursor, limit: numberAsked(limit) };
    const page = await offerings.bids(book, offering, asked);
    if (page === undefined) return refuseOrder(call, missing(offering));
    const isAll = mayShop(call, overseeing);
    const own = contextOf(call, undefined).by;
    const sees = (by: string | undefined) => isAll || by === own;
    const items = page.items.map((bid) => listedBidOnWire(bid, sees));
    return json({ items, cursor: page.cursor });
  },
});

/** The run that was asked for, or why there is none. */
async function started(
  call: Call<InBook>,
  act: (book: Book) => Promise<RunAnswer>,
): Promise<string> {
  const book = await enterShop(call, operating);
  const answer = await act(book);
  if (answer.status === "refused") return refuseOrder(call, answer);
  wrote(call, book);
  if (answer.status === "done") call.reply.code(201);
  return json(answer);
}

const settleOffering = route({
  ...asOperator,
  path: "/v1/books/{book}/offerings/{offering}/settle",
  name: "settleOffering",
  summary: "Settle an offering whose cap is reached now, and not when it closes",
  description:
    "What was bid is paid to the project, or all is given back where that is less than the minimum. What is left out settles itself when it closes.",
  params: atOffering,
  answers: runs,
  codes: running,
  handle(call) {
    const offerings = servedOfferingsOf(call);
    const { offering } = call.params;
    return started(call, (book) => offerings.settle(book, { offering }, askedOf(call)));
  },
});

const payOut = route({
  ...asOperator,
  path: "/v1/books/{book}/offerings/{offering}/payouts",
  name: "payOut",
  summary: "Pay the investors of a funded offering",
  description:
    "The whole sum leaves the payer in the commit that starts the run; then every bid gets its part, to the last minor unit. The id is your own key of this payout, unique in the book.",
  params: atOffering,
  body: taken(PayOutBody),
  answers: runs,
  codes: [
    ...running,
    "order.key_conflict",
    "order.funds_short",
    "order.books_refused",
    "order.busy",
  ],
  example: { id: "mill:year-1", total: "1070000" },
  handle(call) {
    const offerings = servedOfferingsOf(call);
    const { total, ...asked } = call.body;
    const command = { ...asked, offering: call.params.offering, total: BigInt(total) };
    return started(call, (book) => offerings.payOut(book, command, askedOf(call)));
  },
});

const listPayouts = route({
  ...overlooking,
  path: "/v1/books/{book}/offerings/{offering}/payouts",
  name: "listPayouts",
  summary: "Payouts of an offering and how far they are, by their keys",
  params: atOffering,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: PayoutPage } },
  codes: paged,
  async handle(call) {
    const offerings = offeringsOf(call);
    const { offering } = call.params;
    const { cursor, limit } = call.query;
    const book = await enterShop(call, overseeing);
    const page = await offerings.payouts(book, offering, { cursor, limit: numberAsked(limit) });
    if (page === undefined) return refuseOrder(call, missing(offering));
    return json({ items: page.items.map(payoutOnWire), cursor: page.cursor });
  },
});

const readPayout = route({
  ...overlooking,
  path: "/v1/books/{book}/offerings/{offering}/payouts/{payout}",
  name: "readPayout",
  summary: "How far a payout is",
  params: { ...atOffering, ...payoutParam },
  answers: { 200: { description: "As it stands.", schema: Payout } },
  codes: [...found, "order.payout_missing"],
  async handle(call) {
    const offerings = offeringsOf(call);
    const { offering, payout } = call.params;
    const book = await enterShop(call, overseeing);
    const now = await offerings.payout(book, offering, payout);
    if (now !== undefined) return json(payoutOnWire(now));
    const details = { offering, payout };
    return refuseOrder(call, { status: "refused", code: "order.payout_missing", details });
  },
});

export const offeringRoutes: readonly Route[] = [
  openOffering,
  listOfferings,
  readOffering,
  placeBid,
  listBids,
  settleOffering,
  payOut,
  listPayouts,
  readPayout,
];
