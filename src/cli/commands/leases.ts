/** `longmen leases`: who holds what, and the end of it by an operator's word. */
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { type AskedLeases, withLeases } from "../runs/asked-runs.ts";
import { leaseJson, leasesTable } from "../runs/runs-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 20;
const PAGE_MAX = 1_000;
const malformed = (problem: string) => malformedOf("leases", problem);

const verbs: Readonly<Record<string, Verb<AskedLeases>>> = {
  list: { options: ["prefix", "limit", "after"], looks: true, read: readList },
  break: { options: ["token", "reason"], looks: false, read: readBreak },
};

export const leases: Command = {
  name: "leases",
  words: "list | break KEY",
  summary: "who holds which lease; end one by force",
  help: `
A lease is somebody's right to be the only one at something, for a time. When
one is broken, what its holder still does under it is refused, and who did it is
recorded. With --token the next holder is left alone.

  longmen leases list --prefix invoice/
  longmen leases break invoice/42 --token 7 --reason "its holder is stuck"`,
  options: [
    { name: "prefix", value: "TEXT", doc: "list: keys that begin so" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `list: ${one.doc}` })),
    { name: "token", value: "N", doc: "break: the holder that is meant, as list says" },
    { name: "reason", value: "TEXT", doc: "break: why, in a line" },
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was asked may have been done: look with `longmen leases list`",
  run(context) {
    const verb = verbOf(context, "leases", verbs);
    const act = verb.read(context);
    return withLeases(context, act, verb.looks);
  },
};

function answer({ terminal, options }: CommandContext, json: object, text: string): ExitCode {
  terminal.answer(options["json"] === true ? JSON.stringify(json) : text);
  return exitCodes.done;
}

function readList(context: CommandContext) {
  if (context.words.length > 1) throw malformed("list takes no more words");
  const { rows, after } = listAsked(context, "leases", ROWS);
  if (rows > PAGE_MAX) throw malformed(`--limit is at most ${PAGE_MAX}`);
  const prefix = textOption(context, "prefix");
  return async (asked: AskedLeases): Promise<ExitCode> => {
    const { items, cursor } = await asked.list(prefix, { limit: rows, cursor: after });
    const text = items.length === 0 ? "nobody holds a lease" : leasesTable(items);
    const code = answer(context, { leases: items.map(leaseJson), cursor }, text);
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function readBreak(context: CommandContext) {
  const [, key, more] = context.words;
  if (key === undefined || more !== undefined) throw malformed("break takes one KEY");
  const text = textOption(context, "token");
  if (text !== undefined && !/^[0-9]{1,18}$/.test(text)) {
    throw malformed("--token is a number, as list says");
  }
  const token = text === undefined ? undefined : BigInt(text);
  const reason = textOption(context, "reason");
  return async (asked: AskedLeases): Promise<ExitCode> => {
    const broken = await asked.break(key, { token, reason });
    return answer(context, leaseJson(broken), `${key}: ${broken.holder} holds it no more`);
  };
}
