/** `longmen book`: books made, listed and shown, and the assets that they have. */
import { isPath, money, toRfc3339 } from "../../base/index.ts";
import type { AssetView, DefineAsset, Head } from "../../client/index.ts";
import {
  type AskedBook,
  type AskedBooks,
  bookOption,
  type PageAsked,
  withBooks,
} from "../asked-book.ts";
import { refusedJson, sayRefused, submitTold } from "../carry-out.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { gatherPages, type ListAsked, listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";
import { table } from "../table.ts";
import { utcText } from "../time-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 100;
const NAME_RULE = 'letters, digits and . _ : @ + -, in parts joined by "/"';
const malformed = (problem: string) => malformedOf("book", problem);

const verbs: Readonly<Record<string, Verb<AskedBooks>>> = {
  create: { options: [], looks: false, read: create },
  show: { options: ["limit", "after"], looks: true, read: show },
  list: { options: ["limit", "after"], looks: true, read: list },
  define: { options: ["book", "refusals"], looks: false, read: define },
};

export const book: Command = {
  name: "book",
  words: "create NAME | show NAME | list | define ASSET",
  summary: "make, show and list books, and define their assets",
  help: `
A book has its own accounts, assets and hash chain. Its NAME has letters, digits
and . _ : @ + -, in parts joined by "/": corner-shop, tenant/42. show tells its
head, who made it, and its assets; an asset is a name and a scale, for ever. All
of it may be done again: what is there is told as it is.

  longmen book create shop
  longmen book define GBP/2 --book shop       pounds, with two decimals
  longmen book define SKU:LAMP/0 --book shop  lamps, whole ones`,
  options: [
    {
      name: "refusals",
      value: "WORD",
      doc: "define: how long refused holds are kept: forever, window",
    },
    ...listOptions(ROWS),
    { ...bookOption, doc: `define: ${bookOption.doc}` },
    jsonOption,
  ],
  asksNodes: true,
  stopped: "run it again: what is done is not done twice",
  run(context) {
    const verb = verbOf(context, "book", verbs);
    return withBooks(context, verb.read(context), { looks: verb.looks });
  },
};

/** Refuses: cli.option_malformed. */
function nameIn({ words }: CommandContext): string {
  const [verb, name, more] = words;
  if (name === undefined || more !== undefined) throw malformed(`${verb} takes one NAME`);
  if (!isPath(name)) throw malformed(`"${words[1]}" is no name of a book: ${NAME_RULE}`);
  return name;
}

function create(context: CommandContext): (books: AskedBooks) => Promise<ExitCode> {
  const name = nameIn(context);
  const asked = { rows: ROWS, after: undefined };
  return async (books) => tell(context, await books.create(name), asked);
}

function show(context: CommandContext): (books: AskedBooks) => Promise<ExitCode> {
  const name = nameIn(context);
  const asked = listAsked(context, "book", ROWS);
  return async (books) => tell(context, await books.book(name), asked);
}

async function tell(
  { terminal, options }: CommandContext,
  asked: AskedBook,
  list: ListAsked,
): Promise<ExitCode> {
  const head = await asked.head();
  const { items: assets, after } = await gathered(list, (page) => asked.assets(page));
  const json = options["json"] === true;
  terminal.answer(
    json ? JSON.stringify({ ...headJson(head), assets, after }) : bookText(head, assets),
  );
  if (!json && after !== undefined) terminal.say(`there are more assets: --after ${after}`);
  return exitCodes.done;
}

async function gathered<T>(list: ListAsked, read: Parameters<typeof gatherPages<T>>[1]) {
  const items: T[] = [];
  let after: string | undefined;
  for await (const page of gatherPages(list, read)) {
    items.push(...page.items);
    after = page.cursor;
  }
  return { items, after };
}

function headJson({ name, seq, at, hash, created }: Head): object {
  const made = { ...created, at: toRfc3339(created.at) };
  return { book: name, seq, at: toRfc3339(at), headHash: hash, created: made };
}

function bookText({ name, seq, at, hash, created }: Head, assets: readonly AssetView[]): string {
  const by = created.by === undefined ? "" : ` by ${created.by}`;
  const rows = assets.map(({ asset, refusals }) => [`  ${asset}`, refusals]);
  const columns = [{ title: "  ASSET", least: 16 }, { title: "REFUSALS" }] as const;
  return [
    `Book ${name}: seq ${seq.toLocaleString("en-GB")}, ${toRfc3339(at)}`,
    `  made ${utcText(created.at)}${by}`,
    `  head ${hash}`,
    rows.length === 0 ? "  no asset is defined yet" : table(columns, rows),
  ].join("\n");
}

function list(context: CommandContext): (books: AskedBooks) => Promise<ExitCode> {
  const { terminal, options, words } = context;
  if (words.length > 1) throw malformed("list takes no further word");
  const asked = listAsked(context, "book", ROWS);
  return async (books) => {
    const { items, after } = await gathered(asked, (page: PageAsked) => books.list(page));
    if (options["json"] === true) {
      terminal.answer(JSON.stringify({ books: items, after }));
      return exitCodes.done;
    }
    if (items.length === 0) terminal.say("there is no book yet; `longmen book create` makes one");
    else terminal.answer(items.join("\n"));
    if (after !== undefined) terminal.say(`there are more: --after ${after}`);
    return exitCodes.done;
  };
}

function define(context: CommandContext): (books: AskedBooks) => Promise<ExitCode> {
  const { terminal, options, words } = context;
  const [, asset, more] = words;
  if (asset === undefined || more !== undefined) throw malformed("define takes one ASSET: GBP/2");
  // Refuses what is no asset.
  money(asset, "0");
  const refusals = textOption(context, "refusals");
  if (refusals !== undefined && refusals !== "forever" && refusals !== "window") {
    throw malformed("--refusals is forever or window");
  }
  const request: DefineAsset = {
    kind: "asset",
    asset,
    ...(refusals !== undefined && { refusals }),
  };
  return async (books) => {
    const name = textOption(context, "book") ?? RETAIL_BOOK;
    const answer = await submitTold(terminal, await books.book(name), request);
    if (answer === undefined) return exitCodes.refused;
    const { status } = answer;
    const json = options["json"] === true;
    if (status === "refused") {
      if (json)
        terminal.answer(JSON.stringify({ status, asset, book: name, ...refusedJson(answer) }));
      return sayRefused(terminal, answer);
    }
    const { seq, at } = answer;
    const again = status === "exists" ? " (it was before: nothing is done twice)" : "";
    const told = { status, asset, book: name, seq, at: toRfc3339(at) };
    terminal.answer(json ? JSON.stringify(told) : `defined ${asset} in ${name}${again}`);
    return exitCodes.done;
  };
}
