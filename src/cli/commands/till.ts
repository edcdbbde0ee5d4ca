/** `longmen stock`, `credit`, `wallet`, `till`: what a shop needs beside its catalogue. */
import { isAssetCode, money } from "../../base/index.ts";
import type { CreditStatement, CreditView, Shop, WalletView } from "../../client/index.ts";
import { amountText } from "../amount-text.ts";
import { bookOption } from "../asked-book.ts";
import { type Command, type CommandContext, jsonOption, neededOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { listAsked } from "../gather-pages.ts";
import { wordsAfter } from "../payload-option.ts";
import { AMOUNTS_RULE, amountIn, malformed, QUANTITIES_RULE, quantityIn } from "../read-options.ts";
import { keyOf, tell } from "../selling/asked-orders.ts";
import { withShop } from "../selling/asked-shop.ts";
import { secondText } from "../time-text.ts";
import { table } from "../table.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 20;
const ROWS_MAX = 1_000;
const stopped = "what was done is done; the same again with its --id tells";
const assetOption = { name: "asset", value: "ASSET", doc: "the money: GBP/2" } as const;
const idOption = { name: "id", value: "KEY", doc: "made and printed if not given" } as const;

const runs =
  (name: string, verbs: Readonly<Record<string, Verb<Shop>>>) => (context: CommandContext) => {
    const { read, looks } = verbOf(context, name, verbs);
    return withShop(context, read(context), { looks });
  };

/** Refuses: cli.option_malformed. */
function assetIn(context: CommandContext, command: string): string {
  const asset = neededOption(context, command, "asset");
  if (isAssetCode(asset)) return asset;
  throw malformed(command, "--asset is a money with its scale: GBP/2");
}

function notThere({ terminal }: CommandContext, what: string): ExitCode {
  terminal.say(`longmen: there is no ${what}`);
  return exitCodes.refused;
}

export const stock: Command = {
  name: "stock",
  group: "till",
  words: "put SKU=QUANTITY … | show SKU",
  aboveZero: QUANTITIES_RULE,
  summary: "goods that arrive; how many are left",
  help: `
\`put\` books goods in, all or none, and opens shelves that are not there.

  longmen stock put TEA=100 CUP=20 --id delivery-1
  longmen stock show TEA`,
  options: [idOption, bookOption, jsonOption],
  asksNodes: true,
  stopped,
  run: runs("stock", {
    put: { options: ["id"], looks: false, read: readPut },
    show: { options: [], looks: true, read: readShelf },
  }),
};

function readPut(context: CommandContext) {
  const [, ...words] = context.words;
  const items = words.map((word) => {
    const form = "SKU=QUANTITY, such as TEA=100";
    const { of, quantity } = quantityIn(word, { command: "stock", form });
    return { sku: of, quantity };
  });
  if (items.length === 0) throw malformed("stock", "put takes SKU=QUANTITY, once for each product");
  return async (shop: Shop): Promise<ExitCode> => {
    const told = await shop.stock.put({ id: keyOf(context), items });
    return tell(context, told, ({ status }) =>
      status === "exists" ? "it was booked in before: nothing twice" : "it is on the shelves",
    );
  };
}

function readShelf(context: CommandContext) {
  const [sku = ""] = wordsAfter(context, "stock", ["SKU"]);
  return async (shop: Shop): Promise<ExitCode> => {
    const shelf = await shop.stock.get(sku);
    if (shelf === undefined) return notThere(context, `shelf for ${sku}`);
    return tell(context, shelf, ({ left, held, due, delivered }) => {
      return `${sku}: ${left} left, ${held} held, ${due} to be delivered, ${delivered} delivered`;
    });
  };
}

export const credit: Command = {
  name: "credit",
  group: "till",
  words: "open|show|statement COMPANY MONTH",
  summary: "what companies may buy on credit in a month",
  help: `
\`open\` again sets the line anew; it never goes below what is owed.

  longmen credit open acme 2026-11 --asset GBP/2 --line 5000
  longmen credit show acme 2026-11 --asset GBP/2
  longmen credit statement acme 2026-11 --asset GBP/2`,
  options: [
    assetOption,
    { name: "line", value: "AMOUNT", doc: "open: so much may be bought in that month" },
    { name: "limit", value: "N", doc: `statement: rows, ${ROWS} if not given` },
    { name: "after", value: "PLACE", doc: "statement: go on where it ended" },
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "run it again: what is asked last holds",
  run: runs("credit", {
    open: { options: ["line"], looks: false, read: readCredit },
    show: { options: [], looks: true, read: readCredit },
    statement: { options: ["limit", "after"], looks: true, read: readStatement },
  }),
};

function readStatement(context: CommandContext) {
  const [company = "", month = ""] = wordsAfter(context, "credit", ["COMPANY", "MONTH"]);
  const named = { company, month, asset: assetIn(context, "credit") };
  const { rows, after } = listAsked(context, "credit", ROWS);
  if (rows > ROWS_MAX) throw malformed("credit", `--limit is at most ${ROWS_MAX}`);
  return async ({ credit: lines }: Shop): Promise<ExitCode> => {
    if ((await lines.get(named)) === undefined) {
      return notThere(context, `credit of ${company} in ${month}`);
    }
    const page = await lines.statement(named, { limit: rows }).page(after);
    const code = tell(context, page, statementText);
    if (page.cursor !== undefined) {
      context.terminal.say(`there may be more: --after ${page.cursor}`);
    }
    return code;
  };
}

function statementText(page: CreditStatement): string {
  const { asset, items, bought, credited } = page;
  const text = (amount: bigint) => amountText(asset, amount);
  const sums = `${text(bought)} bought, ${text(credited)} paid or given back; ${creditText(page)}`;
  if (items.length === 0) return sums;
  const right = (title: string) => ({ title, align: "right" }) as const;
  const rows = table(
    [
      { title: "WHEN (UTC)" },
      { title: "WHAT" },
      { title: "ORDER", least: 8 },
      { title: "KEY", least: 8 },
      right("AMOUNT"),
      right("OWED"),
    ],
    items.map(({ at, kind, order, key, id, amount, owed }) => [
      ...[secondText(at), kind, order ?? "", key ?? (order === undefined ? id : "")],
      ...[text(amount), text(owed)],
    ]),
  );
  return `${rows}\n${sums}`;
}

function readCredit(context: CommandContext) {
  const [company = "", month = ""] = wordsAfter(context, "credit", ["COMPANY", "MONTH"]);
  const named = { company, month, asset: assetIn(context, "credit") };
  const isOpening = context.words[0] === "open";
  const line = isOpening ? money(named.asset, neededOption(context, "credit", "line")) : 0n;
  return async ({ credit: lines }: Shop): Promise<ExitCode> => {
    const told = isOpening ? await lines.open({ ...named, line }) : await lines.get(named);
    if (told === undefined) return notThere(context, `credit of ${company} in ${month}`);
    return tell(context, told, creditText);
  };
}

function creditText({ company, month, asset, line, owed, left }: CreditView): string {
  const text = (amount: bigint) => amountText(asset, amount);
  return `${company} ${month}: ${text(left)} of ${text(line)} ${asset} left, ${text(owed)} owed`;
}

export const wallet: Command = {
  name: "wallet",
  group: "till",
  words: "open BUYER | fill BUYER AMOUNT | show BUYER",
  aboveZero: AMOUNTS_RULE,
  summary: "buyers' wallets: open, fill with cash, show",
  help: `
  longmen wallet open ann --asset GBP/2
  longmen wallet fill ann 20 --asset GBP/2 --id cash-7`,
  options: [assetOption, { ...idOption, doc: `fill: ${idOption.doc}` }, bookOption, jsonOption],
  asksNodes: true,
  stopped,
  run: runs("wallet", {
    open: { options: [], looks: false, read: readWallet },
    fill: { options: ["id"], looks: false, read: readWallet },
    show: { options: [], looks: true, read: readWallet },
  }),
};

function readWallet(context: CommandContext) {
  const [verb] = context.words;
  const names = verb === "fill" ? ["BUYER", "AMOUNT"] : ["BUYER"];
  const [buyer = "", given = ""] = wordsAfter(context, "wallet", names);
  const named = { buyer, asset: assetIn(context, "wallet") };
  const amount = verb === "fill" ? amountIn(named.asset, given, "wallet") : 0n;
  return async ({ wallets }: Shop): Promise<ExitCode> => {
    if (verb === "fill") {
      const filling = { ...named, id: keyOf(context), amount };
      return tell(context, await wallets.fill(filling), walletText);
    }
    const told = verb === "open" ? await wallets.open(named) : await wallets.get(named);
    return told === undefined
      ? notThere(context, `wallet of ${buyer}`)
      : tell(context, told, walletText);
  };
}

function walletText({ buyer, asset, available, held }: WalletView): string {
  const kept = held === 0n ? "" : `, ${amountText(asset, held)} held`;
  return `${buyer} has ${amountText(asset, available)} ${asset}${kept}`;
}

export const till: Command = {
  name: "till",
  group: "till",
  words: "open",
  summary: "open the accounts that sales in a money move",
  help: `
  longmen till open --asset GBP/2`,
  options: [assetOption, bookOption, jsonOption],
  asksNodes: true,
  stopped: "run it again: what is open stays so",
  run: runs("till", { open: { options: [], looks: false, read: readTill } }),
};

function readTill(context: CommandContext) {
  wordsAfter(context, "till", []);
  const asset = assetIn(context, "till");
  return async (shop: Shop) =>
    tell(context, await shop.open({ asset }), ({ status }) =>
      status === "exists" ? `the till takes ${asset} already` : `the till takes ${asset}`,
    );
}
