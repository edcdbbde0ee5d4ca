/** Orders: placed and paid by buyers, delivered, given back and closed by who runs the shop. */
import { Type } from "typebox";
import type { Book } from "../ledger/index.ts";
import type { FrozenQuote, OrderAnswer, Refused } from "../order/index.ts";
import { withBothSides, withItsStep } from "./both-sides.ts";
import { acts, inShop, paysParts, written } from "./codes.ts";
import { leftMs } from "./deadline.ts";
import { mayOfKey } from "./gate-catalog.ts";
import {
  buyerPath,
  buying,
  demandPurses,
  demandShop,
  enterOrder,
  mayShop,
  operating,
  overseeing,
  seeing,
  sellingOf,
} from "./gate-shop.ts";
import { numberAsked } from "./page-asked.ts";
import { wrote } from "./posting.ts";
import { refuseOrder } from "./refuse-order.ts";
import { type Call, contextOf, json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import {
  EndBody,
  FulfilBody,
  OrderDone,
  orderParam,
  OrderView,
  PayBody,
  PlaceBody,
  RefundBody,
} from "./schemas-orders.ts";
import { digits } from "./schemas.ts";
import { taken } from "./taken.ts";
import { orderOnWire, orderViewOnWire, partsOf, payOf, placeOf, refundOf } from "./wire-orders.ts";

interface InBook {
  readonly book: string;
}

const asBuyer = {
  method: "POST",
  group: "Orders",
  needs: "shop.buy",
  orNeeds: "shop.operate",
} as const;
const asOperator = { method: "POST", group: "Orders", needs: "shop.operate" } as const;
const atOrder = { ...bookParam, ...orderParam };
const done = {
  200: { description: "It was done before: the order as it stands now.", schema: OrderDone },
  201: { description: "It is done, and durable.", schema: OrderDone },
};
const NOT_YOURS =
  "An order of a buyer that no scope of the key reaches is answered like one that is not there.";

export function askedOf(call: Call) {
  return { context: contextOf(call, undefined), deadlineMs: leftMs(call.asked) };
}

function answered(call: Call, book: Book, answer: Exclude<OrderAnswer, Refused>): string {
  wrote(call, book);
  if (answer.status === "done") call.reply.code(201);
  return json({ status: answer.status, order: orderOnWire(answer.order) });
}

const missing = (order: string) =>
  ({ status: "refused", code: "order.missing", details: { order } }) as const;

type Acting = Call<InBook & { readonly order: string }>;

async function actOn(
  call: Acting,
  actions: typeof buying | typeof operating,
  act: (book: Book) => Promise<OrderAnswer>,
): Promise<string> {
  const book = await enterOrder(call, actions);
  if (book === undefined) return refuseOrder(call, missing(call.params.order));
  const answer = await act(book);
  if (answer.status !== "refused") return answered(call, book, answer);
  const { order } = call.params;
  return refuseOrder(call, await withItsStep(sellingOf(call), book, order, answer));
}

const placeOrder = route({
  ...asBuyer,
  path: "/v1/books/{book}/orders",
  name: "placeOrder",
  summary: "Place an order for what was quoted",
  description:
    "Holds its stock, its tokens and the money that it is told to hold: all or none. The id is the buyer's own key, unique in the book: the same again answers the first order, another body under it is a conflict. Not paid in time (15 minutes unless the shop says otherwise) it ends by itself, and what it held is free again.",
  params: bookParam,
  body: taken(PlaceBody),
  answers: done,
  codes: [
    ...inShop,
    ...written,
    ...paysParts,
    "order.command_malformed",
    "order.key_conflict",
    "order.books_refused",
    "order.busy",
    // What placing starts is started in its commit, by a node that may start runs.
    "flow.fenced",
    "flow.closed",
    "order.quote_missing",
    "order.quote_changed",
    "order.quote_expired",
    "order.quote_used",
    "order.sold_out",
    "order.not_sold_here",
    "order.token_missing",
    "order.money_not_taken",
  ],
  example: {
    id: "o-17",
    buyer: "ann",
    quote: { id: "01jd0000000000000000000000", hash: "9f86d081", total: "1999" },
  },
  async handle(call) {
    const { orders } = sellingOf(call);
    const { buyer, hold = [] } = call.body;
    demandShop(call, buying, [buyerPath(buyer)], "/buyer");
    demandPurses(call, partsOf(hold), "/hold");
    const book = await call.doors.ledger.book(call.params.book);
    const asked = { ...askedOf(call), isTheirs: ordersBy(call) };
    const answer = await orders.place(book, placeOf(call.body), asked);
    if (answer.status !== "refused") return answered(call, book, answer);
    return refuseOrder(call, await withBothSides(call, book, answer));
  },
});

/** A quote lies where its key does, for its buyer alone; one that nobody named a key for is the whole book's. */
function ordersBy(call: Call<InBook>): ((quote: FrozenQuote) => boolean) | undefined {
  if (mayShop(call, buying)) return undefined;
  return ({ key }) => key !== undefined && mayOfKey(call, buying, key);
}

const payOrder = route({
  ...asBuyer,
  path: "/v1/books/{book}/orders/{order}/payments",
  name: "payOrder",
  summary: "Pay an order, by one or several means at once",
  description: `What was held becomes sold, and every part of the money comes in, in one commit. A payment that was refused stays refused: pay with another under a new paymentId. ${NOT_YOURS}`,
  params: atOrder,
  body: taken(PayBody),
  answers: done,
  codes: [...acts, ...paysParts, "order.already_paid", "order.expired"],
  example: { paymentId: "p-4", parts: [{ means: "wallet", amount: "1999" }] },
  handle(call) {
    const command = payOf(call.params.order, call.body);
    return actOn(call, buying, (book) => {
      demandPurses(call, command.parts, "/parts");
      return sellingOf(call).orders.pay(book, command, askedOf(call));
    });
  },
});

const cancelOrder = route({
  ...asBuyer,
  path: "/v1/books/{book}/orders/{order}/cancel",
  name: "cancelOrder",
  summary: "Cancel an order that has not been paid",
  description: `What it held is free again. A paid one is ended by a refund. ${NOT_YOURS}`,
  params: atOrder,
  body: taken(EndBody),
  bodyMayMiss: true,
  answers: done,
  codes: [...acts, "order.already_paid"],
  example: { reason: "ordered twice" },
  handle(call) {
    const command = { orderId: call.params.order, reason: call.body.reason };
    return actOn(call, buying, (book) =>
      sellingOf(call).orders.cancel(book, command, askedOf(call)),
    );
  },
});

const fulfilOrder = route({
  ...asOperator,
  path: "/v1/books/{book}/orders/{order}/fulfilments",
  name: "fulfilOrder",
  summary: "Deliver units of lines, or all that is due",
  description: "Their share of the price becomes revenue. Several parcels are several fulfilments.",
  params: atOrder,
  body: taken(FulfilBody),
  answers: done,
  codes: [
    ...acts,
    "order.quantity_too_large",
    "order.fulfil_short",
    "order.account_closed",
    "order.key_refused",
  ],
  example: { fulfilmentId: "parcel-1", lines: [{ line: 0, quantity: "1" }] },
  handle(call) {
    const { fulfilmentId, lines } = call.body;
    const command = {
      orderId: call.params.order,
      fulfilmentId,
      lines: lines?.map(({ line, quantity }) => ({ line, quantity: BigInt(quantity) })),
    };
    return actOn(call, operating, (book) =>
      sellingOf(call).orders.fulfil(book, command, askedOf(call)),
    );
  },
});

const refundOrder = route({
  ...asOperator,
  path: "/v1/books/{book}/orders/{order}/refunds",
  name: "refundOrder",
  summary: "Give back goods and money, or money alone",
  description:
    "Several times, in part, and never more than was paid; money goes back where it came from.",
  params: atOrder,
  body: taken(RefundBody),
  answers: done,
  codes: [
    ...acts,
    "order.quantity_too_large",
    "order.refund_too_large",
    "order.refund_short",
    "order.account_closed",
    "order.key_refused",
    "order.tokens_stay",
  ],
  example: {
    refundId: "r-1",
    lines: [{ line: 0, quantity: "1", goods: "delivered", restock: true }],
    reason: "the wrong colour",
  },
  handle(call) {
    const command = refundOf(call.params.order, call.body);
    return actOn(call, operating, (book) =>
      sellingOf(call).orders.refund(book, command, askedOf(call)),
    );
  },
});

const closeOrder = route({
  ...asOperator,
  path: "/v1/books/{book}/orders/{order}/close",
  name: "closeOrder",
  summary: "Close a delivered order: nothing more can be asked of it",
  params: atOrder,
  body: taken(EndBody),
  bodyMayMiss: true,
  answers: done,
  codes: acts,
  example: {},
  handle(call) {
    const command = { orderId: call.params.order, reason: call.body.reason };
    return actOn(call, operating, (book) =>
      sellingOf(call).orders.close(book, command, askedOf(call)),
    );
  },
});

const readOrder = route({
  method: "GET",
  path: "/v1/books/{book}/orders/{order}",
  group: "Orders",
  name: "readOrder",
  summary: "An order with its lines, payments and timeline",
  description: NOT_YOURS,
  needs: "shop.buy",
  orNeeds: ["shop.read", "shop.operate"],
  params: atOrder,
  query: { after: Type.Optional(digits("Steps behind this version; all when left out.", "0")) },
  answers: {
    200: {
      description:
        "As it stands; of its steps up to a hundred: while `more`, ask again with the last version.",
      schema: OrderView,
    },
  },
  codes: [...inShop, "order.missing", "order.command_malformed"],
  async handle(call) {
    const { order } = call.params;
    const book = await enterOrder(call, seeing);
    const { orders, catalog } = sellingOf(call);
    const after = numberAsked(call.query.after);
    const view = book && (await orders.find(book, order, { after }));
    if (view === undefined) return refuseOrder(call, missing(order));
    const quote = await catalog.readQuote(call.params.book, view.quoteId);
    return json(orderViewOnWire(view, quote, sightOf(call)));
  },
});

/** Who reaches a part of the book alone sees what moved there, and of who did it only themselves. */
function sightOf(call: Acting) {
  const isAll = mayShop(call, overseeing);
  const own = contextOf(call, undefined).by;
  return {
    runs: isAll,
    who: (by: string | undefined) => isAll || by === own,
    posting: ({
      debit,
      credit,
    }: {
      readonly debit?: string | undefined;
      readonly credit?: string | undefined;
    }) =>
      isAll || [debit, credit].some((path) => path !== undefined && mayShop(call, seeing, [path])),
  };
}

export const orderRoutes: readonly Route[] = [
  placeOrder,
  readOrder,
  payOrder,
  cancelOrder,
  fulfilOrder,
  refundOrder,
  closeOrder,
];
