/** `longmen balance`: what accounts have, now or then. */
import { isPath, toRfc3339 } from "../../base/index.ts";
import type { AccountView, Balance, Page, Point } from "../../client/index.ts";
import { available } from "../../ledger/index.ts";
import { accountJson, heldOf } from "../account-json.ts";
import { accountMissing } from "../find-accounts.ts";
import { amountText } from "../amount-text.ts";
import { type AskedBook, bookOption, type PageAsked, withBook } from "../asked-book.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { gatherPages, listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf, timeOption, wholeOption } from "../read-options.ts";
import { table } from "../table.ts";

const ROWS = 50;
const malformed = (problem: string) => malformedOf("balance", problem);

export const balance: Command = {
  name: "balance",
  words: "[PATH]",
  summary: "what accounts have, now or at a point of the past",
  help: `
The account PATH in all its assets; with --prefix all accounts at and below it;
without PATH those of the whole book. AVAILABLE is what may still go out of an
account, HELD what its holds keep back.

  longmen balance shop/cash
  longmen balance customer --prefix --limit 100
  longmen balance shop/stock --asset SKU:85123A/0 --at 2026-01-31T23:59:59Z`,
  options: [
    { name: "asset", value: "ASSET", doc: "this asset only" },
    { name: "prefix", doc: "PATH and everything below it" },
    { name: "at", value: "TIME", doc: "as of this book time" },
    { name: "seq", value: "SEQ", doc: "as of this entry" },
    ...listOptions(ROWS),
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "nothing was changed",
  run(context) {
    const asked = balanceAsked(context);
    return withBook(context, async (book) => {
      const { shown, after } = await shownOf(book, asked);
      tell(context, asked, shown, after);
      return exitCodes.done;
    });
  },
};

interface BalanceAsked {
  /** The one account; undefined: all below `prefix`. */
  readonly path: string | undefined;
  readonly prefix: string | undefined;
  readonly asset: string | undefined;
  readonly point: Point | undefined;
  readonly list: ReturnType<typeof listAsked>;
}

/** Refuses: cli.option_malformed, base.time_malformed. */
function balanceAsked(context: CommandContext): BalanceAsked {
  const { words, options } = context;
  const [path] = words;
  if (words.length > 1) throw malformed("balance takes one PATH");
  if (path !== undefined && !isPath(path))
    throw malformed(`"${words[0]}" is no path of an account`);
  const below = options["prefix"] === true;
  if (below && path === undefined) throw malformed("--prefix needs a PATH");
  const at = timeOption(context, "at");
  const seq = wholeOption(context, "seq", { command: "balance", most: Number.MAX_SAFE_INTEGER });
  if (at !== undefined && seq !== undefined) throw malformed("give --at or --seq, not both");
  const list = listAsked(context, "balance", ROWS);
  return {
    path: below ? undefined : path,
    prefix: path,
    asset: textOption(context, "asset"),
    point: at === undefined ? (seq === undefined ? undefined : { seq }) : { at },
    list,
  };
}

interface Shown {
  readonly account: AccountView;
  readonly balance: Balance;
}

async function shownOf(
  book: AskedBook,
  asked: BalanceAsked,
): Promise<{ readonly shown: readonly Shown[]; readonly after: string | undefined }> {
  const { path, prefix, asset, point, list } = asked;
  const filter = { prefix, asset };
  const read = (page: PageAsked) => book.accounts(filter, page);
  const shown: Shown[] = [];
  let after: string | undefined;
  for await (const page of gatherPages(list, read)) {
    const mine = page.items.filter((account) => path === undefined || account.path === path);
    for (const account of mine) {
      const { path: where, asset: of, balance: now } = account;
      const then = point === undefined ? now : await book.balanceAt(where, of, point);
      shown.push({ account, balance: then });
    }
    after = page.cursor;
    // Accounts come in the order of their paths: behind the first of another there is none of this.
    if (path !== undefined && isPast(page, path)) after = undefined;
    if (after === undefined) break;
  }
  if (shown.length === 0 && path !== undefined && list.after === undefined) {
    throw accountMissing(path, asset);
  }
  return { shown, after };
}

function isPast({ items }: Page<AccountView>, path: string): boolean {
  return items.some((account) => account.path !== path);
}

function tell(
  { terminal, options }: CommandContext,
  { point }: BalanceAsked,
  shown: readonly Shown[],
  after: string | undefined,
): void {
  if (options["json"] === true) {
    const asOf =
      point === undefined ? undefined : "at" in point ? { at: toRfc3339(point.at) } : point;
    const accounts = shown.map(({ account, balance }) => accountJson(account, balance));
    terminal.answer(JSON.stringify({ asOf, accounts, after }));
    return;
  }
  const rows = shown.map((one) => {
    const { path, asset, side } = one.account;
    const left = amountText(asset, available(side, one.balance));
    return [path, asset, left, amountText(asset, heldOf(one.account, one.balance))];
  });
  const columns = [
    { title: "ACCOUNT", least: 16 },
    { title: "ASSET", least: 12 },
    { title: "AVAILABLE", align: "right" },
    { title: "HELD", align: "right" },
  ] as const;
  if (rows.length === 0) terminal.say("no account is there");
  else terminal.answer(table(columns, rows));
  if (after !== undefined) terminal.say(`there are more: --after ${after}`);
}
