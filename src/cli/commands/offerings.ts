/** `longmen offerings`: what many pay for together: opened, bid for, settled, paid out, and how it stands. */
import { setTimeout as sleep } from "node:timers/promises";
import { money } from "../../base/index.ts";
import type { OfferingView, Shop, ShopRefused } from "../../client/index.ts";
import { bookOption } from "../asked-book.ts";
import {
  type Command,
  type CommandContext,
  jsonOption,
  neededOption,
  textOption,
} from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { listAsked } from "../gather-pages.ts";
import { wordsAfter } from "../payload-option.ts";
import { amountIn, malformed, timeOption } from "../read-options.ts";
import { isRefused, keyOf, tell } from "../selling/asked-orders.ts";
import { withShop } from "../selling/asked-shop.ts";
import {
  bidsTable,
  bidText,
  offeringsTable,
  offeringText,
  payoutsTable,
  payoutText,
} from "../selling/offerings-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const COMMAND = "offerings";
const ROWS = 20;
const ROWS_MAX = 1_000;
/** So long the end of a run is waited for; it goes on whoever waits. */
const WAIT_MAX_MS = 60_000;
const LOOK_EVERY_MS = 250;

const verbs: Readonly<Record<string, Verb<Shop>>> = {
  open: {
    options: ["asset", "cap", "minimum", "project", "closes"],
    looks: false,
    read: readOpen,
  },
  list: { options: ["limit", "after"], looks: true, read: readList },
  show: { options: [], looks: true, read: readShow },
  bid: { options: ["investor", "amount", "partial", "id"], looks: false, read: readBid },
  bids: { options: ["investor", "limit", "after"], looks: true, read: readBids },
  settle: { options: [], looks: false, read: readSettle },
  "pay-out": { options: ["total", "from", "id"], looks: false, read: readPayOut },
  payouts: { options: ["limit", "after"], looks: true, read: readPayouts },
};

export const offerings: Command = {
  name: COMMAND,
  group: "orders",
  words: "list | open|show|bid|bids OFFERING | settle|pay-out|payouts OFFERING",
  summary: "what many pay for together: open, bid, settle, pay out",
  help: `
  longmen offerings bid mill --investor ann --amount 500 --partial
`,
  options: [
    { name: "asset", value: "ASSET", doc: "open: the money: GBP/2" },
    { name: "cap", value: "AMOUNT", doc: "open: 10000.00; no bid is granted above it" },
    { name: "minimum", value: "AMOUNT", doc: "open: less, and all is given back; else the cap" },
    { name: "project", value: "PATH", doc: "open: the account that gets it" },
    { name: "closes", value: "TIME", doc: "open: 2026-12-01T12:00:00Z; it settles itself then" },
    { name: "investor", value: "NAME", doc: "bid, bids: whose" },
    { name: "amount", value: "AMOUNT", doc: "bid: 500.00" },
    { name: "partial", doc: "bid: take what is left, where that is less" },
    { name: "total", value: "AMOUNT", doc: "pay-out: of all together" },
    { name: "from", value: "PATH", doc: "pay-out: who pays, the project if not given" },
    { name: "id", value: "KEY", doc: "bid, pay-out: made and printed if not given" },
    { name: "limit", value: "N", doc: `list, bids, payouts: rows, ${ROWS} if not given` },
    { name: "after", value: "PLACE", doc: "list, bids, payouts: go on where it ended" },
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

const offeringIn = (context: CommandContext): string =>
  wordsAfter(context, COMMAND, ["OFFERING"])[0] ?? "";

function readOpen(context: CommandContext) {
  const id = offeringIn(context);
  const asset = neededOption(context, COMMAND, "asset");
  const cap = amountIn(asset, neededOption(context, COMMAND, "cap"), COMMAND);
  const least = textOption(context, "minimum");
  const minimum = least === undefined ? undefined : money(asset, least);
  const project = neededOption(context, COMMAND, "project");
  const closesAt = timeOption(context, "closes");
  if (closesAt === undefined) throw malformed(COMMAND, "--closes is needed");
  return async (shop: Shop): Promise<ExitCode> => {
    const asked = { id, asset, cap, minimum, project, closesAt };
    const told = await shop.offerings.open(asked);
    if (isRefused(told)) return tell(context, told, () => "");
    return tell(context, await viewOf(shop, id), offeringText);
  };
}

function readShow(context: CommandContext) {
  const id = offeringIn(context);
  return async (shop: Shop) => tell(context, await viewOf(shop, id), offeringText);
}

/** Refuses, by an answer: order.offering_missing. */
async function viewOf(shop: Shop, offering: string): Promise<OfferingView | ShopRefused> {
  const view = await shop.offerings.get(offering);
  if (view !== undefined) return view;
  const en = `There is no offering ${offering}.`;
  const zh = `没有募集 ${offering}。`;
  const words = { en, zh };
  return { status: "refused", code: "order.offering_missing", details: { offering }, words };
}

interface Listed<T> {
  readonly name: string;
  readonly read: (
    shop: Shop,
    limit: number,
    after: string | undefined,
  ) => Promise<{ readonly items: readonly T[]; readonly cursor?: string | undefined }>;
  readonly text: (items: readonly T[], shop: Shop) => string | Promise<string>;
}

function listing<T>(context: CommandContext, { name, read, text }: Listed<T>) {
  const { rows, after } = listAsked(context, COMMAND, ROWS);
  if (rows > ROWS_MAX) throw malformed(COMMAND, `--limit is at most ${ROWS_MAX}`);
  return async (shop: Shop): Promise<ExitCode> => {
    const { items, cursor } = await read(shop, rows, after);
    const told = items.length === 0 ? `no ${name}` : await text(items, shop);
    const code = tell(context, { [name]: items, cursor }, () => told);
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function readList(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  return listing(context, {
    name: "offerings",
    read: (shop, limit, after) => shop.offerings.list({ limit }).page(after),
    text: offeringsTable,
  });
}

/** The money of amounts that are listed. */
async function assetOf(shop: Shop, offering: string): Promise<string> {
  return (await shop.offerings.get(offering))?.asset ?? "";
}

function readBids(context: CommandContext) {
  const id = offeringIn(context);
  const investor = textOption(context, "investor");
  return listing(context, {
    name: "bids",
    read: (shop, limit, after) => shop.offerings.bids(id, { investor }, { limit }).page(after),
    text: async (items, shop) => bidsTable(await assetOf(shop, id), items),
  });
}

function readPayouts(context: CommandContext) {
  const id = offeringIn(context);
  return listing(context, {
    name: "payouts",
    read: (shop, limit, after) => shop.offerings.payouts(id, { limit }).page(after),
    text: async (items, shop) => payoutsTable(await assetOf(shop, id), items),
  });
}

function readBid(context: CommandContext) {
  const id = offeringIn(context);
  const investor = neededOption(context, COMMAND, "investor");
  const given = neededOption(context, COMMAND, "amount");
  const allowPartial = context.options["partial"] === true;
  return async (shop: Shop): Promise<ExitCode> => {
    const view = await viewOf(shop, id);
    if (isRefused(view)) return tell(context, view, () => "");
    const amount = amountIn(view.asset, given, COMMAND);
    const asked = { id: keyOf(context), investor, amount, allowPartial };
    const told = await shop.offerings.bid(id, asked);
    return tell(context, told, ({ bid, status }) => bidText(view.asset, bid, status));
  };
}

/** Looks until there is nothing to wait for, or nobody waits. */
async function ended<T>(
  { signal }: CommandContext,
  look: () => Promise<T>,
  isEnd: (seen: T) => boolean,
): Promise<T> {
  const until = performance.now() + WAIT_MAX_MS;
  for (;;) {
    const seen = await look();
    if (isEnd(seen) || signal.aborted || performance.now() > until) return seen;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function readSettle(context: CommandContext) {
  const id = offeringIn(context);
  return async (shop: Shop): Promise<ExitCode> => {
    const told = await shop.offerings.settle(id);
    if (isRefused(told)) return tell(context, told, () => "");
    context.terminal.say(`run ${told.run}`);
    const isEnd = (seen: OfferingView | ShopRefused) =>
      isRefused(seen) || seen.state === "funded" || seen.state === "failed";
    return tell(context, await ended(context, () => viewOf(shop, id), isEnd), offeringText);
  };
}

function readPayOut(context: CommandContext) {
  const id = offeringIn(context);
  const total = neededOption(context, COMMAND, "total");
  const from = textOption(context, "from");
  return async (shop: Shop): Promise<ExitCode> => {
    const view = await viewOf(shop, id);
    if (isRefused(view)) return tell(context, view, () => "");
    const { asset } = view;
    const payout = keyOf(context);
    const asked = { id: payout, total: amountIn(asset, total, COMMAND), from };
    const told = await shop.offerings.payOut(id, asked);
    if (isRefused(told)) return tell(context, told, () => "");
    const look = () => shop.offerings.payout(id, payout);
    const seen = await ended(context, look, (now) => now?.state !== "paying");
    return tell(context, seen ?? told, () => (seen === undefined ? "" : payoutText(asset, seen)));
  };
}
