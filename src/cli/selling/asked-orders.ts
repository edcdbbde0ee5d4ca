/** What is asked of orders, read from the command line. */
import { newId } from "../../base/index.ts";
import type {
  OrderView,
  PartAsked,
  RefundLine,
  RefundOrder,
  Shop,
  ShopRefused,
} from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { amountIn, malformed as malformedOf, quantityIn } from "../read-options.ts";
import { shopJson } from "./orders-text.ts";

const malformed = (problem: string) => malformedOf("orders", problem);

export interface Pieces {
  readonly line: number;
  readonly quantity: bigint;
}

/** 0=2: two of line 0. Refuses: cli.option_malformed. */
export function piecesOf(words: readonly string[]): Pieces[] {
  return words.map((word) => {
    const form = "LINE=QUANTITY, such as 0=2";
    const { of, quantity } = quantityIn(word, { command: "orders", form, of: /^\d{1,4}$/ });
    return { line: Number(of), quantity };
  });
}

const PART = /^(wallet|cash|company\/([^=/]+))(?:=(.+))?$/;

/** wallet=12.50, cash, company/acme=5; a part without an amount is all of it. Refuses: cli.option_malformed. */
export function checkParts(words: readonly string[]): void {
  if (words.length === 0) throw malformed("say by what: wallet, cash, company/NAME, each =AMOUNT");
  for (const word of words) {
    const part = PART.exec(word);
    if (part === null) throw malformed(`"${word}" is not wallet, cash or company/NAME, =AMOUNT`);
    if (part[3] === undefined && words.length > 1) throw malformed(`"${word}" needs its =AMOUNT`);
  }
}

/** Amounts in the order's own units. Refuses: base.amount_malformed. */
export function partsOf(
  words: readonly string[],
  order: { readonly asset: string; readonly total: bigint },
): PartAsked[] {
  return words.map((word) => {
    const [, means = "", company, amount] = PART.exec(word) ?? [];
    return {
      ...(company === undefined
        ? { means: means as "wallet" | "cash" }
        : { means: "company" as const, company }),
      amount: amount === undefined ? order.total : amountIn(order.asset, amount, "orders"),
    };
  });
}

/** Refuses: cli.option_malformed, base.amount_malformed. */
export function refundOf(
  context: CommandContext,
  pieces: readonly Pieces[],
  asset: string,
): Pick<RefundOrder, "lines" | "goodwill"> {
  const lines: RefundLine[] = pieces.map((piece) => ({ ...piece, ...goodsOf(context) }));
  const given = textOption(context, "money");
  if (given === undefined) return lines.length === 0 ? {} : { lines };
  const [, line, amount = ""] = /^(?:(\d{1,4})=)?(.+)$/.exec(given) ?? [];
  const back = amountIn(asset, amount, "orders");
  if (line !== undefined) return { lines: [...lines, { line: Number(line), amount: back }] };
  return { ...(lines.length === 0 ? {} : { lines }), goodwill: back };
}

/** Refuses: cli.option_malformed. */
export function goodsOf(context: CommandContext): {
  readonly goods: "due" | "delivered";
  readonly restock?: true;
} {
  const goods = textOption(context, "goods") ?? "delivered";
  if (goods === "restock") return { goods: "delivered", restock: true };
  if (goods === "due" || goods === "delivered") return { goods };
  throw malformed("--goods is due (not delivered yet), delivered or restock");
}

/** The key of what is asked; told before it is sent: after a kill its user must still know it. */
export function keyOf(context: CommandContext): string {
  const given = textOption(context, "id");
  if (given !== undefined) return given;
  const id = newId();
  context.terminal.say(`id ${id}`);
  return id;
}

/** Refuses, by an answer: order.missing. */
export async function viewOf(
  shop: Shop,
  order: string,
  after?: number,
): Promise<OrderView | ShopRefused> {
  const view = await shop.orders.get(order, { after });
  if (view !== undefined) return view;
  const en = `There is no order ${order}, or none that you may see.`;
  const zh = `没有订单 ${order}，或您无权查看。`;
  return { status: "refused", code: "order.missing", details: { order }, words: { en, zh } };
}

export const isRefused = (told: object): told is ShopRefused =>
  "status" in told && told.status === "refused";

/** Tells an answer as it was asked to be told; of a refusal the words go aside. */
export function tell<T extends object>(
  { terminal, options }: CommandContext,
  told: T | ShopRefused,
  text: (done: T) => string,
): ExitCode {
  const isJson = options["json"] === true;
  if (isJson) terminal.answer(shopJson(told));
  if (!isRefused(told)) {
    if (!isJson) terminal.answer(text(told));
    return exitCodes.done;
  }
  terminal.say(`longmen: refused: ${told.words.en}\n  (${told.code})`);
  return exitCodes.refused;
}
