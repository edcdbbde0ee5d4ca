/** Orders as a terminal shows them, and as objects of --json. */
import { toRfc3339 } from "../../base/index.ts";
import type {
  ListedOrder,
  OrderEvent,
  OrderLine,
  OrderNow,
  OrderPosting,
  OrderStep,
  OrderView,
} from "../../client/index.ts";
import { amountText } from "../amount-text.ts";
import { cut, table } from "../table.ts";
import { TERMINAL_COLUMNS } from "../terminal.ts";
import { secondText, utcText } from "../time-text.ts";

const TIMES: readonly string[] = [
  ...["at", "placedAt", "expiresAt", "createdAt", "endedAt", "startedAt", "openedAt", "closesAt"],
];

/** Amounts as text of minor units, instants as RFC 3339: as over HTTP. */
export function shopJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    return typeof inner === "number" && TIMES.includes(key) ? toRfc3339(inner) : inner;
  });
}

export function orderText(order: OrderNow): string {
  const { id, state, buyer, asset, total, paid, refunded, expiresAt } = order;
  const money = (amount: bigint) => amountText(asset, amount);
  const until = state === "placed" ? `, to be paid until ${utcText(expiresAt)}` : "";
  const back = refunded === 0n ? "" : `, ${money(refunded)} went back`;
  return `${id}  ${state}  ${money(total)} ${asset} for ${buyer}; ${money(paid)} paid${back}${until}`;
}

export function ordersTable(orders: readonly ListedOrder[]): string {
  return table(
    [
      { title: "ORDER", least: 12 },
      { title: "STATE" },
      { title: "BUYER", least: 8 },
      { title: "TOTAL", align: "right" },
      { title: "LINES", align: "right" },
      { title: "PLACED (UTC)" },
    ],
    orders.map(({ id, state, buyer, asset, total, lines, placedAt }) => {
      const much = `${amountText(asset, total)} ${asset}`;
      return [id, state, buyer, much, String(lines), secondText(placedAt)];
    }),
  );
}

export function viewText({ order, lines, payments, refunds, timeline, priced }: OrderView): string {
  const paid = payments.map(({ paymentId, means, path, amount }) => {
    return `  ${paymentId}  ${amountText(order.asset, amount)} by ${means}, ${path}`;
  });
  const back = refunds.map(({ refundId, paymentId, amount }) => {
    return `  ${refundId}  ${amountText(order.asset, amount)} of payment ${paymentId}`;
  });
  return [
    orderText(order),
    "",
    linesTable(order.asset, lines),
    ...(paid.length === 0 ? [] : ["", "paid", ...paid]),
    ...(back.length === 0 ? [] : ["", "went back", ...back]),
    ...(priced === undefined ? [] : ["", pricedText(priced)]),
    "",
    timelineText(order.asset, timeline),
  ].join("\n");
}

function linesTable(asset: string, lines: readonly OrderLine[]): string {
  const number = (title: string) => ({ title, align: "right" }) as const;
  return table(
    [
      number("LINE"),
      { title: "PRODUCT", least: 10 },
      number("ORDERED"),
      number("DUE"),
      number("DELIVERED"),
      number("CALLED OFF"),
      number("RETURNED"),
      number("AMOUNT"),
    ],
    lines.map(({ line, sku, quantity, due, delivered, calledOff, returned, amount }) => [
      ...[String(line), sku, String(quantity), String(due.quantity), String(delivered.quantity)],
      ...[String(calledOff.quantity), String(returned.quantity), amountText(asset, amount)],
    ]),
  );
}

function pricedText({ at, catalogVersion, lines, rules }: NonNullable<OrderView["priced"]>) {
  const ofLines = lines.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  const decided = [...ofLines, ...rules].map(({ rule, version }) => `${rule} ${version}`);
  const by = decided.length === 0 ? "" : `, rules ${[...new Set(decided)].join(", ")}`;
  return `priced ${utcText(at)} by version ${catalogVersion} of the catalogue${by}`;
}

/** A row for each act, and beneath it what moved and what was started. */
function timelineText(asset: string, timeline: readonly OrderStep[]): string {
  const acts = table(
    [
      { title: "WHEN (UTC)" },
      { title: "ACT" },
      { title: "THEN" },
      { title: "WHO", least: 8 },
      { title: "KEY", least: 10 },
    ],
    timeline.map((step) => [
      ...[secondText(step.at), step.act, step.state, step.by ?? "", step.key ?? ""],
    ]),
  );
  const [titles = "", ...rows] = acts.split("\n");
  const lines = rows.flatMap((row, place) => {
    const step = timeline[place];
    return step === undefined ? [row] : [row, ...beneath(asset, step)];
  });
  return [titles, ...lines].join("\n");
}

const INDENT = "    ";

function beneath(asset: string, step: OrderStep): string[] {
  const runs = (step.runs ?? []).map(({ run, flow, status }) => {
    return `run ${run} ${flow ?? ""} ${status ?? ""}`.trimEnd();
  });
  const said = step.reason === undefined ? [] : [`"${step.reason}"`];
  return [...said, ...movedOf(asset, step), ...runs].map((text) => {
    return INDENT + cut(text, TERMINAL_COLUMNS - INDENT.length);
  });
}

const moneyText = (asset: string, amount: bigint) => `${amountText(asset, amount)} ${asset}`;

function movedOf(asset: string, { moves, postings }: OrderStep): string[] {
  const goods = moves.map(({ line, kind, quantity, back }) => {
    const money = back === 0n ? "" : `, ${moneyText(asset, back)} back`;
    return kind === "money"
      ? `line ${line}${money}`
      : `line ${line}: ${quantity} ${words[kind]}${money}`;
  });
  return [...goods, ...postings.flatMap((posting) => moneyOf(asset, posting))];
}

const words = { delivered: "delivered", calledOff: "called off", returned: "returned" } as const;

/** Goods have their moves; of postings those in the order's money say more. */
function moneyOf(asset: string, { asset: of, debit, credit, amount }: OrderPosting): string[] {
  if (of !== asset || amount === undefined || amount === 0n) return [];
  return [`${moneyText(asset, amount)}  debit ${debit ?? "-"}, credit ${credit ?? "-"}`];
}

export function eventText({ seq, at, type, order, state, by }: OrderEvent): string {
  return `${secondText(at)}  ${String(seq)}  ${type}  ${order}  ${state}  ${by ?? ""}`.trimEnd();
}
