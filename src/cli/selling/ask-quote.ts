/** `longmen catalog quote`: what it costs, with how that came about. */
import { formatAmount, newId } from "../../base/index.ts";
import type { Quote, QuoteAsked, QuoteCheck, Shop, ShopRefused } from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { answer, jsonIn, wordsAfter } from "../payload-option.ts";
import { malformed } from "../read-options.ts";
import { table } from "../table.ts";
import { timed, utcText } from "../time-text.ts";

export function readQuote(context: CommandContext, command: string) {
  const [, ...words] = context.words;
  const given = attributesIn(context, command);
  const lines = words.map((word) => {
    const line = lineOf(word, command);
    const attributes = given[line.sku];
    return attributes === undefined ? line : { ...line, attributes };
  });
  if (lines.length === 0) throw malformed(command, "quote takes SKU=QUANTITY, one or more");
  const more = jsonIn(context, command, "with") ?? {};
  if (typeof more !== "object" || Array.isArray(more))
    throw malformed(command, "--with is no object");
  const asked: QuoteAsked = { ...more, key: textOption(context, "quote-key") ?? newId(), lines };
  return async ({ quotes }: Shop): Promise<ExitCode> => {
    const told = await quotes.make(asked);
    if (told.status === "refused") return tellRefused(context, told);
    const over = told.expired === true ? `\n${OVER}` : "";
    const json = plainOf({ ...told, quote: timed(told.quote) });
    return answer(context, json, quoteText(told.quote) + over);
  };
}

/** The buyer's own choices, by SKU. Refuses: cli.option_malformed. */
function attributesIn(context: CommandContext, command: string) {
  const given = jsonIn(context, command, "attributes") ?? {};
  const isObject = (value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(given) || !Object.values(given).every(isObject)) {
    throw malformed(command, '--attributes is no object by SKU, such as {"CUP-R":{"card":"Hi"}}');
  }
  return given as Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
}

function tellRefused(context: CommandContext, told: ShopRefused): ExitCode {
  const { status, code, details, detail = "", words } = told;
  const more = words.en.startsWith(detail) ? "" : `\n${detail}`;
  const text = `${words.en}\n${words.zh}\n(${code})${more}`;
  answer(context, { status, code, details, detail, words }, text);
  return exitCodes.refused;
}

/** Does it hold as it was made, and if not, what does the same cost now? */
export function readCheck(context: CommandContext, command: string) {
  const [id = ""] = wordsAfter(context, command, ["QUOTE"]);
  return async ({ quotes }: Shop): Promise<ExitCode> => {
    const quote = await quotes.get(id);
    const check =
      quote === undefined ? ({ status: "unknown" } as const) : await quotes.check(id, quote);
    answer(context, plainOf(timedCheck(check)), checkText(id, check));
    return check.status === "good" ? exitCodes.done : exitCodes.refused;
  };
}

function checkText(id: string, check: QuoteCheck): string {
  if (check.status === "unknown") return `There is no quote ${id}, or none that you may see.`;
  const { quote, status } = check;
  const money = (amount: bigint) => `${formatAmount(quote.currency, amount)} ${quote.currency}`;
  const was = `${status}: ${money(quote.total)}, until ${utcText(quote.expiresAt)}`;
  if (!("now" in check)) return was;
  const { now } = check;
  return `${was}\n${now.status === "priced" ? `now it costs ${money(now.total)}` : `now: ${now.detail}`}`;
}

export function readRequote(context: CommandContext, command: string) {
  const [id = ""] = wordsAfter(context, command, ["QUOTE"]);
  const key = textOption(context, "quote-key") ?? newId();
  return async ({ quotes }: Shop): Promise<ExitCode> => {
    const told = await quotes.requote(id, key);
    if ("code" in told) return tellRefused(context, told);
    const { before, now, changes } = told;
    const money = (amount: bigint) => formatAmount(now.currency, amount);
    const changed = changes.map((one) => `  ${one.sku}  ${money(one.before)} → ${money(one.now)}`);
    const was = `it was ${money(before.total)} ${before.currency}`;
    const json = plainOf({ ...told, before: timed(before), now: timed(now) });
    return answer(context, json, [quoteText(now), was, ...changed].join("\n"));
  };
}

function timedCheck(check: QuoteCheck): object {
  if (check.status === "unknown") return check;
  const { quote } = check;
  const now = "now" in check ? { now: timed(check.now) } : {};
  return timed({ ...check, quote: timed(quote), ...now });
}

const plainOf = (told: object): object =>
  JSON.parse(
    JSON.stringify(told, (_key, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    ),
  ) as object;

const OVER = "Its time is over: for a price of now, ask with another --quote-key.";

/** Any whole number: what can't be bought the catalogue says, in both languages. Refuses: cli.option_malformed. */
function lineOf(word: string, command: string) {
  const at = word.lastIndexOf("=");
  const quantity = word.slice(at + 1);
  if (at < 1 || !/^-?[0-9]{1,19}$/.test(quantity)) {
    throw malformed(command, `"${word}" is not SKU=QUANTITY, such as TEA=2`);
  }
  return { sku: word.slice(0, at), quantity: BigInt(quantity) };
}

function quoteText({ id, hash, currency, lines, list, discount, total, expiresAt }: Quote): string {
  const money = (amount: bigint) => formatAmount(currency, amount);
  const rows = lines.map(({ sku, name, quantity, amount, proof }) => [
    ...[sku, name.en, String(quantity), money(amount)],
    `${proof.plan} v${proof.planVersion} ${proof.path.join(", ")}`,
  ]);
  const columns = [
    { title: "SKU", least: 10 },
    { title: "name", least: 12 },
    { title: "quantity", align: "right" as const },
    { title: "amount", align: "right" as const },
    { title: "by", least: 12 },
  ];
  const sums = discount === 0n ? "" : ` (${money(list)} less ${money(discount)})`;
  return [
    table(columns, rows),
    "",
    `total ${money(total)} ${currency}${sums}, until ${utcText(expiresAt)}`,
    `quote ${id}`,
    `hash  ${hash}`,
  ].join("\n");
}
