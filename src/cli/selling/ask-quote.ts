/** `longmen catalog quote`: what it costs, with how that came about. */
import { formatAmount, newId } from "../../base/index.ts";
import type { Quote, QuoteAsked, Shop } from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { answer, jsonIn } from "../payload-option.ts";
import { malformed } from "../read-options.ts";
import { table } from "../table.ts";
import { utcText } from "../time-text.ts";

export function readQuote(context: CommandContext, command: string) {
  const [, ...words] = context.words;
  const lines = words.map((word) => lineOf(word, command));
  if (lines.length === 0) throw malformed(command, "quote takes SKU=QUANTITY, one or more");
  const more = jsonIn(context, command, "with") ?? {};
  if (typeof more !== "object" || Array.isArray(more))
    throw malformed(command, "--with is no object");
  const asked: QuoteAsked = { ...more, key: textOption(context, "quote-key") ?? newId(), lines };
  return async ({ quotes }: Shop): Promise<ExitCode> => {
    const told = await quotes.make(asked);
    if (told.status === "refused") {
      const { code, details, detail = "", words: inWords } = told;
      const more = inWords.en.startsWith(detail) ? "" : `\n${detail}`;
      const text = `${inWords.en}\n${inWords.zh}\n(${code})${more}`;
      answer(context, { status: told.status, code, details, detail, words: inWords }, text);
      return exitCodes.refused;
    }
    const plain = JSON.parse(
      JSON.stringify(told, (_key, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      ),
    ) as object;
    const over = told.expired === true ? `\n${OVER}` : "";
    return answer(context, plain, quoteText(told.quote) + over);
  };
}

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
