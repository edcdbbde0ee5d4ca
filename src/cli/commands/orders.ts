/** `longmen orders`: looked at, placed, paid, delivered, given back; and what is done to them as it comes. */
import { money } from "../../base/index.ts";
import type { OrderAnswer, OrderFilter, Shop } from "../../client/index.ts";
import { bookOption } from "../asked-book.ts";
import {
  type Command,
  type CommandContext,
  jsonOption,
  neededOption,
  textOption,
} from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { listAsked } from "../gather-pages.ts";
import { wordsAfter } from "../payload-option.ts";
import { malformed as malformedOf, wholeOption } from "../read-options.ts";
import {
  checkParts,
  goodsOf,
  isRefused,
  keyOf,
  partsOf,
  piecesOf,
  refundOf,
  tell,
  viewOf,
} from "../selling/asked-orders.ts";
import { withShop } from "../selling/asked-shop.ts";
import { eventText, ordersTable, orderText, shopJson, viewText } from "../selling/orders-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const COMMAND = "orders";
const ROWS = 20;
const malformed = (problem: string) => malformedOf(COMMAND, problem);

type OrderVerb = Verb<Shop>;

const verbs: Readonly<Record<string, OrderVerb>> = {
  list: { options: ["state", "buyer", "limit", "after"], looks: true, read: readList },
  show: { options: ["after"], looks: true, read: readShow },
  place: { options: ["buyer", "quote", "total"], looks: false, read: readPlace },
  pay: { options: ["id"], looks: false, read: readPay },
  fulfil: { options: ["id"], looks: false, read: readFulfil },
  refund: {
    options: ["id", "goods", "money", "return-tokens", "reason"],
    looks: false,
    read: readRefund,
  },
  cancel: { options: ["reason"], looks: false, read: (context) => readEnd(context, "cancel") },
  close: { options: ["reason"], looks: false, read: (context) => readEnd(context, "close") },
  events: { options: ["after", "follow"], looks: true, read: readEvents },
};

export const orders: Command = {
  name: COMMAND,
  group: "orders",
  words:
    "list | show|cancel|close ORDER | place ORDER [BY=AMOUNT …] | pay ORDER BY[=AMOUNT] … | fulfil|refund ORDER [LINE=N …] | events",
  aboveZero: "amounts and quantities are above zero",
  summary: "orders: list, show, place, pay, deliver, give back, follow",
  help: `
  longmen orders place o-17 --buyer ann --quote QUOTE --total 12.50 [wallet=5]
  longmen orders pay o-17 wallet=10 cash=2.50       or company/acme, alone
`,
  options: [
    { name: "state", value: "STATE", doc: "list: placed, paid, fulfilling, fulfilled, …" },
    { name: "buyer", value: "NAME", doc: "list, place: whose" },
    { name: "quote", value: "ID", doc: "place: with --total, the price that was seen" },
    { name: "total", value: "AMOUNT", doc: "place: 12.50" },
    { name: "id", value: "KEY", doc: "pay, fulfil, refund: made and printed if not given" },
    { name: "goods", value: "WHICH", doc: "refund: due, delivered (if not given), or restock" },
    { name: "money", value: "[LINE=]AMOUNT", doc: "refund: alone, of a line or out of kindness" },
    { name: "return-tokens", doc: "refund: coupons and points too, if all is called off" },
    { name: "reason", value: "TEXT", doc: "refund, cancel, close: for people" },
    { name: "limit", value: "N", doc: `list: rows, ${ROWS} if not given` },
    { name: "after", value: "PLACE", doc: "list, events, show: go on where it ended" },
    { name: "follow", doc: "events: wait for more" },
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was done is done; the same again with its --id tells",
  run(context) {
    const { read, looks } = verbOf(context, COMMAND, verbs);
    return withShop(context, read(context), { looks, startsRuns: true });
  },
};

/** The order that the words name, and what stands behind it. Refuses: cli.option_malformed. */
function orderIn({ words: [verb, order, ...rest] }: CommandContext) {
  if (order === undefined || order === "") throw malformed(`${verb} takes an ORDER`);
  return { order, rest };
}

function readList(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  const { rows, after } = listAsked(context, COMMAND, ROWS);
  if (rows > PAGE_MAX) throw malformed(`--limit is at most ${PAGE_MAX}`);
  const state = textOption(context, "state") as OrderFilter["state"];
  const buyer = textOption(context, "buyer");
  return async (shop: Shop): Promise<ExitCode> => {
    const page = await shop.orders.list({ state, buyer }, { limit: rows }).page(after);
    const { items, cursor } = page;
    const none = cursor === undefined ? "no orders" : "none among these";
    const code = tell(context, { orders: items, cursor }, () =>
      items.length === 0 ? none : ordersTable(items),
    );
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

const PAGE_MAX = 1_000;

function readShow(context: CommandContext) {
  const [order = ""] = wordsAfter(context, COMMAND, ["ORDER"]);
  const after = wholeOption(context, "after", { command: COMMAND, most: 2 ** 31 - 1 });
  return async (shop: Shop): Promise<ExitCode> => {
    const view = await viewOf(shop, order, after);
    const code = tell(context, view, viewText);
    const last = isRefused(view) || !view.more ? undefined : view.timeline.at(-1);
    if (last !== undefined) context.terminal.say(`there is more: --after ${last.version}`);
    return code;
  };
}

const tellDone = (context: CommandContext, answer: OrderAnswer): ExitCode =>
  tell(context, answer, ({ order, status }) =>
    status === "exists" ? `${orderText(order)} (done before: nothing twice)` : orderText(order),
  );

function readPlace(context: CommandContext) {
  const { order: id, rest } = orderIn(context);
  if (rest.length > 0) checkParts(rest);
  const buyer = neededOption(context, COMMAND, "buyer");
  const quoteId = neededOption(context, COMMAND, "quote");
  const total = neededOption(context, COMMAND, "total");
  return async (shop: Shop): Promise<ExitCode> => {
    const quote = await shop.quotes.get(quoteId);
    // Where there is none the order is refused by name; any hash will do for that.
    const seen = {
      ...{ id: quoteId, hash: quote?.hash ?? "-" },
      total: quote === undefined ? 0n : money(quote.currency, total),
    };
    // What is held already needs the quote's money; where there is no quote none is held.
    const held = quote === undefined ? [] : partsOf(rest, { asset: quote.currency, ...seen });
    const hold = held.length === 0 ? {} : { hold: held };
    return tellDone(context, await shop.orders.place({ id, buyer, quote: seen, ...hold }));
  };
}

function readPay(context: CommandContext) {
  const { order, rest } = orderIn(context);
  checkParts(rest);
  return async (shop: Shop): Promise<ExitCode> => {
    const view = await viewOf(shop, order);
    if (isRefused(view)) return tellDone(context, view);
    const parts = partsOf(rest, view.order);
    return tellDone(context, await shop.orders.pay(order, { paymentId: keyOf(context), parts }));
  };
}

function readFulfil(context: CommandContext) {
  const { order, rest } = orderIn(context);
  const pieces = piecesOf(rest);
  return async (shop: Shop): Promise<ExitCode> => {
    const lines = pieces.length === 0 ? undefined : pieces;
    const fulfilment = { fulfilmentId: keyOf(context), lines };
    return tellDone(context, await shop.orders.fulfil(order, fulfilment));
  };
}

function readRefund(context: CommandContext) {
  const { order, rest } = orderIn(context);
  const pieces = piecesOf(rest);
  goodsOf(context);
  return async (shop: Shop): Promise<ExitCode> => {
    const view = await viewOf(shop, order);
    if (isRefused(view)) return tellDone(context, view);
    const { asset } = view.order;
    const given = refundOf(context, pieces, asset);
    const returnTokens = context.options["return-tokens"] === true ? true : undefined;
    const reason = textOption(context, "reason");
    const refund = { refundId: keyOf(context), ...given, returnTokens, reason };
    return tellDone(context, await shop.orders.refund(order, refund));
  };
}

function readEnd(context: CommandContext, act: "cancel" | "close") {
  const [order = ""] = wordsAfter(context, COMMAND, ["ORDER"]);
  const reason = textOption(context, "reason");
  return async (shop: Shop) => tellDone(context, await shop.orders[act](order, { reason }));
}

function readEvents(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  const limits = { command: COMMAND, most: Number.MAX_SAFE_INTEGER };
  const after = wholeOption(context, "after", limits);
  const follow = context.options["follow"] === true;
  const { terminal, signal, options } = context;
  return async (shop: Shop): Promise<ExitCode> => {
    for await (const event of shop.orders.events({ after, follow, signal })) {
      terminal.answer(options["json"] === true ? shopJson(event) : eventText(event));
    }
    return exitCodes.done;
  };
}
