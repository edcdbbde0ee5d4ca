/** Many orders: lists of them, and the feed of what was done. */
import { Type } from "typebox";
import type { EventsPage } from "../order/index.ts";
import { inShop } from "./codes.ts";
import { buyerPath, enterShop, overseeing, seeing, sellingOf } from "./gate-shop.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { digits, text } from "./schemas.ts";
import { OrderEvents, OrderPage, State } from "./schemas-orders.ts";
import { waitAsked, waitForEntry } from "./wait-for-entry.ts";
import { eventOnWire, listedOnWire } from "./wire-orders.ts";

const looking = { method: "GET", group: "Orders" } as const;

const listOrders = route({
  ...looking,
  needs: "shop.buy",
  orNeeds: ["shop.read", "shop.operate"],
  path: "/v1/books/{book}/orders",
  name: "listOrders",
  summary: "Orders by state and buyer, newest first",
  description:
    "By when they were placed; of fulfilled, refunded, cancelled, expired and closed ones, by when they came to that. A key with a prefix names a buyer that it reaches. A page may be short, even empty, and still have a cursor: go on until it has none. To be delivered is what is paid or fulfilling.",
  params: bookParam,
  query: {
    state: Type.Optional(State),
    buyer: Type.Optional(text("Of this buyer only.", "ann")),
    ...pageQuery,
  },
  answers: { 200: { description: "A page.", schema: OrderPage } },
  codes: [...inShop, "order.command_malformed", "order.cursor_malformed"],
  async handle(call) {
    const { orders } = sellingOf(call);
    const { state, buyer, cursor, limit } = call.query;
    const paths = buyer === undefined ? undefined : [buyerPath(buyer)];
    const book = await enterShop(call, seeing, paths);
    const page = await orders.list(book, { state, buyer, cursor, limit: numberAsked(limit) });
    return json({ items: page.items.map(listedOnWire), cursor: page.cursor });
  },
});

/** Pages of the journal without an act of an order that one request looks through. */
const LOOKS_MAX = 10;

const readOrderEvents = route({
  ...looking,
  needs: "shop.read",
  orNeeds: "shop.operate",
  path: "/v1/books/{book}/order-events",
  name: "readOrderEvents",
  summary: "The feed: what was done to orders, in the order of the commits",
  description:
    "Each event in the shape of CloudEvents 1.0. Keep `after` of the answer and ask again with it: nothing is skipped or doubled, whatever nodes write. With waitMs it waits so long for something to come.",
  params: bookParam,
  query: {
    after: Type.Optional(digits("Where you are; 0 when left out.", "0")),
    limit: Type.Optional(digits("1 to 1000; 100 when left out.", "100")),
    waitMs: Type.Optional(digits("Up to 30000.", "0")),
  },
  answers: {
    200: {
      description: "Events, perhaps none; `after` is what to ask with next.",
      schema: OrderEvents,
    },
  },
  codes: [...inShop, "ledger.limit_out_of_range", "ledger.seq_ahead", "order.command_malformed"],
  waits: true,
  async handle(call) {
    const { orders } = sellingOf(call);
    const { query } = call;
    const waitMs = waitAsked(query.waitMs);
    const limit = numberAsked(query.limit);
    const book = await enterShop(call, overseeing);
    const look = async (after: bigint): Promise<EventsPage> => {
      let page = await orders.events(book, { after, limit });
      for (let looks = 1; looks < LOOKS_MAX && page.more && page.events.length === 0; looks++) {
        page = await orders.events(book, { after: page.cursor, limit });
      }
      return page;
    };
    let page = await look(BigInt(query.after ?? "0"));
    const isEnd = page.events.length === 0 && !page.more;
    if (isEnd && (await waitForEntry(call, book, Number(page.cursor), waitMs))) {
      page = await look(page.cursor);
    }
    const items = page.events.map((event) => eventOnWire(call.params.book, event));
    return json({ items, after: Number(page.cursor), more: page.more });
  },
});

export const orderListRoutes: readonly Route[] = [listOrders, readOrderEvents];
