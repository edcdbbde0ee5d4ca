/** `longmen account`: accounts opened, bounded, closed, reopened; shown, and listed below a path. */
import { isPath, money, toRfc3339 } from "../../base/index.ts";
import type { AccountEvent, AccountView, Answer, Bound, Refused } from "../../client/index.ts";
import { available } from "../../ledger/index.ts";
import { accountJson, heldOf } from "../account-json.ts";
import { amountText } from "../amount-text.ts";
import { type AskedBook, bookOption, type PageAsked, withBook } from "../asked-book.ts";
import { idOf, idOption, refusedJson, submitTold, tellAnswer } from "../carry-out.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { accountsAt } from "../find-accounts.ts";
import { gatherPages, listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { table } from "../table.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 50;
/** Assets of one path that `show` tells. */
const SHOWN_MAX = 1_000;
const malformed = (problem: string) => malformedOf("account", problem);

const changes = (
  options: readonly string[],
  requestOf: (context: CommandContext) => AccountEvent,
): Verb<AskedBook> => ({
  options: ["id", ...options],
  looks: false,
  read(context) {
    const request = requestOf(context);
    return (book) => change(context, book, request);
  },
});

const verbs: Readonly<Record<string, Verb<AskedBook>>> = {
  open: changes(["side", "bound"], openingOf),
  bound: changes(["bound"], (context) => {
    const { path, asset } = accountNamed(context);
    const bound = boundOf(context, asset);
    if (bound === undefined) throw malformed("bound needs --bound AMOUNT, or none");
    return { kind: "bound", id: idOf(context), path, asset, bound };
  }),
  close: changes([], (context) => {
    return { kind: "close", ...accountNamed(context), id: idOf(context) };
  }),
  reopen: changes([], (context) => {
    return { kind: "reopen", ...accountNamed(context), id: idOf(context) };
  }),
  show: { options: [], looks: true, read: show },
  list: { options: ["asset", "limit", "after"], looks: true, read: list },
};

export const account: Command = {
  name: "account",
  words: "open | bound | close | reopen | show | list",
  summary: "open, bound, close, reopen, show and list accounts",
  help: `
Behind the verb stand PATH and ASSET; list takes a PATH and tells what is at and
below it. The bound is how far below zero it may go, 0 if not given: not at all.

  longmen account open bank GBP/2 --side debit --bound none
  longmen account bound customer/17850 GBP/2 --bound 250.00
  longmen account close customer/17850 GBP/2
  longmen account list customer`,
  options: [
    { name: "side", value: "SIDE", doc: "open: debit (what you have) or credit (all else)" },
    { name: "bound", value: "AMOUNT", doc: "open, bound: so far below zero, or none: freely" },
    { ...idOption, doc: "its id; made and printed if not given, of open none" },
    { name: "asset", value: "ASSET", doc: "list: this asset only" },
    ...listOptions(ROWS),
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "run it again with the same --id, and it is done once",
  run(context) {
    const verb = verbOf(context, "account", verbs);
    return withBook(context, verb.read(context), { looks: verb.looks });
  },
};

function accountNamed({ words }: CommandContext): {
  readonly path: string;
  readonly asset: string;
} {
  const [verb, path, asset, ...rest] = words;
  if (path === undefined || asset === undefined || rest.length > 0) {
    throw malformed(`${verb} takes PATH and ASSET, such as bank GBP/2`);
  }
  // Refuses what is no asset.
  money(asset, "0");
  return { path, asset };
}

function openingOf(context: CommandContext): AccountEvent {
  const { path, asset } = accountNamed(context);
  const side = textOption(context, "side");
  if (side !== "debit" && side !== "credit") throw malformed("open needs --side debit or credit");
  const bound = boundOf(context, asset);
  const id = textOption(context, "id");
  const optional = { ...(bound !== undefined && { bound }), ...(id !== undefined && { id }) };
  return { kind: "open", path, asset, side, ...optional };
}

/** Refuses: what money() refuses. */
function boundOf(context: CommandContext, asset: string): Bound | undefined {
  const text = textOption(context, "bound");
  return text === undefined || text === "none" ? text : money(asset, text);
}

const doneWords = {
  open: "opened",
  bound: "bounded",
  close: "closed",
  reopen: "reopened",
} as const;

async function change(
  context: CommandContext,
  book: AskedBook,
  request: AccountEvent,
): Promise<ExitCode> {
  const answer = await submitTold(context.terminal, book, request);
  if (answer === undefined) return exitCodes.refused;
  return tellAnswer(context, answer, {
    json: () => changeJson(request, answer),
    text: (done) => changeText(request, done),
  });
}

function changeJson({ kind, id, path, asset }: AccountEvent, answer: Answer): object {
  const about = { status: answer.status, id, kind, path, asset };
  if (answer.status === "refused") return { ...about, ...refusedJson(answer) };
  const { seq, at, debit } = answer;
  const now = debit && { boundMinor: String(debit.bound), closed: debit.closed };
  return { ...about, ...now, seq, at: toRfc3339(at) };
}

function changeText(request: AccountEvent, answer: Exclude<Answer, Refused>): string {
  const { kind, path, asset } = request;
  const { seq, at, status, debit } = answer;
  const again = status === "exists" ? " (it was before: nothing is done twice)" : "";
  return [
    `${doneWords[kind]} ${path} ${asset}${again}`,
    ...(debit === undefined ? [] : [`  bound  ${boundText(asset, debit.bound)}`]),
    `  seq    ${seq.toLocaleString("en-GB")}, ${toRfc3339(at)}`,
  ].join("\n");
}

function boundText(asset: string, bound: Bound): string {
  return bound === "none" ? bound : amountText(asset, bound);
}

function show(context: CommandContext): (book: AskedBook) => Promise<ExitCode> {
  const { terminal, options, words } = context;
  const [, path, asset, more] = words;
  if (path === undefined || !isPath(path) || more !== undefined) {
    throw malformed("show takes PATH, or PATH ASSET");
  }
  return async (book) => {
    const found = await accountsAt(book, path, { asset, most: SHOWN_MAX });
    const json = options["json"] === true;
    terminal.answer(
      json
        ? JSON.stringify({ accounts: found.map((one) => accountJson(one)) })
        : found.map(accountText).join("\n"),
    );
    return exitCodes.done;
  };
}

function accountText(one: AccountView): string {
  const { path, asset, side, openedSeq, balance } = one;
  const { bound, closed } = balance;
  return [
    `${path} ${asset}`,
    `  side       ${side}`,
    `  bound      ${boundText(asset, bound)}`,
    `  available  ${amountText(asset, available(side, balance))}`,
    `  held       ${amountText(asset, heldOf(one, balance))}`,
    `  state      ${closed ? "closed" : "open"}, opened at seq ${openedSeq.toLocaleString("en-GB")}`,
  ].join("\n");
}

function list(context: CommandContext): (book: AskedBook) => Promise<ExitCode> {
  const { terminal, options, words } = context;
  const [, prefix, more] = words;
  if (more !== undefined || (prefix !== undefined && !isPath(prefix))) {
    throw malformed("list takes one PATH, or none");
  }
  const asked = listAsked(context, "account", ROWS);
  const filter = { prefix, asset: textOption(context, "asset") };
  return async (book) => {
    const found: AccountView[] = [];
    let after: string | undefined;
    const read = (page: PageAsked) => book.accounts(filter, page);
    for await (const { items, cursor } of gatherPages(asked, read)) {
      found.push(...items);
      after = cursor;
    }
    if (options["json"] === true) {
      terminal.answer(JSON.stringify({ accounts: found.map((one) => accountJson(one)), after }));
      return exitCodes.done;
    }
    if (found.length === 0) terminal.say("no account is there");
    else terminal.answer(listText(found));
    if (after !== undefined) terminal.say(`there are more: --after ${after}`);
    return exitCodes.done;
  };
}

function listText(found: readonly AccountView[]): string {
  const columns = [
    { title: "ACCOUNT", least: 16 },
    { title: "ASSET", least: 12 },
    { title: "SIDE" },
    { title: "BOUND", align: "right" },
    { title: "STATE" },
  ] as const;
  const rows = found.map(({ path, asset, side, balance: { bound, closed } }) => {
    return [path, asset, side, boundText(asset, bound), closed ? "closed" : "open"];
  });
  return table(columns, rows);
}
