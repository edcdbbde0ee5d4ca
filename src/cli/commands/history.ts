/** `longmen history`: what happened, newest first. */
import { formatAmount, isPath, toRfc3339 } from "../../base/index.ts";
import type { Entry, EntryFilter } from "../../client/index.ts";
import { amountText } from "../amount-text.ts";
import { bookOption, type PageAsked, withBook } from "../asked-book.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { accountsAt } from "../find-accounts.ts";
import { gatherPages, listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf, timeOption, wholeOption } from "../read-options.ts";
import { cut } from "../table.ts";
import { secondText } from "../time-text.ts";
import { TERMINAL_COLUMNS } from "../terminal.ts";

const ROWS = 20;
const CODE_MAX = 2 ** 31 - 1;
const malformed = (problem: string) => malformedOf("history", problem);

export const history: Command = {
  name: "history",
  words: "[PATH]",
  summary: "what happened: to an account, a reference, in a time",
  help: `
Entries that touch the account PATH, with --prefix everything below it, without
PATH those of the whole book; newest first. --json writes one object a line.

  longmen history customer --prefix --from 2026-01-01T00:00:00Z --limit 100
  longmen history --reference 536488/3`,
  options: [
    { name: "asset", value: "ASSET", doc: "with PATH: this asset only" },
    { name: "prefix", doc: "PATH and everything below it" },
    { name: "reference", value: "TEXT", doc: "entries that carry this reference" },
    { name: "code", value: "N", doc: "entries that carry this code" },
    { name: "from", value: "TIME", doc: "from this book time on" },
    { name: "to", value: "TIME", doc: "up to this book time" },
    { name: "refusals", doc: "remembered refusals, too" },
    { name: "oldest", doc: "oldest first" },
    ...listOptions(ROWS),
    bookOption,
    { name: "json", doc: jsonOption.doc.replace("one JSON object", "a JSON object a line") },
  ],
  asksNodes: true,
  stopped: "nothing was changed",
  run(context) {
    const filter = filterOf(context);
    const list = listAsked(context, "history", ROWS);
    const { terminal, options } = context;
    const write = options["json"] === true ? entryJson : entryText;
    return withBook(context, async (book) => {
      const read = (page: PageAsked) => book.history(filter, page);
      let after: string | undefined;
      let count = 0;
      for await (const { items, cursor } of gatherPages(list, read)) {
        if (items.length > 0) terminal.answer(items.map(write).join("\n"));
        count += items.length;
        after = cursor;
      }
      const { account } = filter;
      // An account without entries is one thing, a misspelt path another.
      if (count === 0 && account !== undefined) {
        await accountsAt(book, account.path, { asset: account.asset, most: 1 });
      }
      if (count === 0) terminal.say("nothing is there");
      if (after !== undefined) terminal.say(`there is more: --after ${after}`);
      return exitCodes.done;
    });
  },
};

/** Refuses: cli.option_malformed, base.time_malformed. */
function filterOf(context: CommandContext): EntryFilter {
  const { words, options } = context;
  const [path] = words;
  if (words.length > 1) throw malformed("history takes one PATH");
  if (path !== undefined && !isPath(path))
    throw malformed(`"${words[0]}" is no path of an account`);
  const asset = textOption(context, "asset");
  const below = options["prefix"] === true;
  if (below && path === undefined) throw malformed("--prefix needs a PATH");
  if (asset !== undefined && (path === undefined || below)) {
    throw malformed("--asset belongs to the PATH of one account");
  }
  return {
    ...(path !== undefined && (below ? { prefix: path } : { account: { path, asset } })),
    reference: textOption(context, "reference"),
    code: wholeOption(context, "code", { command: "history", most: CODE_MAX }),
    from: timeOption(context, "from"),
    to: timeOption(context, "to"),
    ...(options["refusals"] === true && { refusals: true }),
    order: options["oldest"] === true ? "oldest" : "newest",
  };
}

/** The entry as it is, amounts as text of minor units, times as RFC 3339. */
function entryJson({ amount, requested, at, expiresAt, effectiveAt, ...rest }: Entry): string {
  const { asset } = rest;
  return JSON.stringify({
    ...rest,
    at: toRfc3339(at),
    amountMinor: amount === undefined ? undefined : String(amount),
    amount: amount === undefined || asset === undefined ? undefined : formatAmount(asset, amount),
    requestedMinor: requested === undefined ? undefined : String(requested),
    expiresAt: expiresAt === undefined ? undefined : toRfc3339(expiresAt),
    effectiveAt: effectiveAt === undefined ? undefined : toRfc3339(effectiveAt),
  });
}

const SEQ_WIDTH = 13;
const INDENT = " ".repeat(SEQ_WIDTH + 2);
const HALF = 28;

/** Two lines: when, what and by which id; how much from where to where. */
function entryText(entry: Entry): string {
  const { seq, at, kind, id, refused } = entry;
  const time = secondText(at);
  const head = `${seq.toLocaleString("en-GB").padStart(SEQ_WIDTH)}  ${time}  ${kind.padEnd(8)}  `;
  const first = `${head}${cut(id, TERMINAL_COLUMNS - head.length)}`;
  const second = refused === undefined ? movedText(entry) : `refused: ${refused}`;
  return second === "" ? first : `${first}\n${INDENT}${second}`;
}

function movedText({ asset, amount, debit, credit, named }: Entry): string {
  if (asset === undefined || amount === undefined || debit === undefined || credit === undefined) {
    return named ?? "";
  }
  const much = `${amountText(asset, amount)} ${asset}`;
  const room = TERMINAL_COLUMNS - INDENT.length;
  const ways = `${cut(credit, HALF)} → ${cut(debit, HALF)}`;
  if (much.length + 2 + ways.length <= room) return `${much}  ${ways}`;
  return `${cut(much, room)}\n${INDENT}${ways}`;
}
