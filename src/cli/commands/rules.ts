/** `longmen rules`: imported, tested, approved, live, taken back; asked, and tried on what was decided. */
import { fail } from "../../base/index.ts";
import type { RuleContent, RuleVersion, Shop } from "../../client/index.ts";
import { rulesErrors } from "../../rules/index.ts";
import { bookOption } from "../asked-book.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { gathered, listAsked, listOptions } from "../gather-pages.ts";
import { answer, wordsAfter } from "../payload-option.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { withShop } from "../selling/asked-shop.ts";
import { jsonFileOf, textAt } from "../selling/read-file.ts";
import {
  listed,
  nameAndMaybe,
  readDecide,
  readDecision,
  readEvents,
  readLog,
  readShadow,
  readTrace,
  ROWS,
  versionAfter,
  versionOf,
} from "../selling/rule-decisions.ts";
import { shownInLine } from "../shown.ts";
import { table } from "../table.ts";
import { secondText, timed } from "../time-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const COMMAND = "rules";
const malformed = (problem: string) => malformedOf(COMMAND, problem);

type RulesVerb = Verb<Shop>;
type Change = "approve" | "live" | "withdraw";

const change = (name: Change): RulesVerb => ({
  options: ["why"],
  looks: false,
  read(context) {
    const [set, version] = versionAfter(context);
    const why = textOption(context, "why");
    return async ({ rules }) => told(context, await rules[name](set, version, { why }));
  },
});

const verbs: Readonly<Record<string, RulesVerb>> = {
  list: { options: ["limit", "after"], looks: true, read: readList },
  show: { options: [], looks: true, read: readShow },
  import: { options: ["tests", "contract", "why"], looks: false, read: readImport },
  export: { options: ["whole"], looks: true, read: readExport },
  test: { options: [], looks: false, read: readTest },
  approve: change("approve"),
  live: change("live"),
  rollback: { options: ["why", "from"], looks: false, read: readRollback },
  withdraw: change("withdraw"),
  decide: { options: ["input", "whole"], looks: false, read: readDecide },
  shadow: { options: ["last", "of"], looks: true, read: readShadow },
  events: { options: ["limit", "after"], looks: true, read: readEvents },
  log: { options: ["limit", "after"], looks: true, read: readLog },
  decision: { options: [], looks: true, read: readDecision },
  trace: { options: ["limit", "after"], looks: true, read: readTrace },
};

const VERSIONED = "approve|live|shadow|test|withdraw NAME V";

export const rules: Command = {
  name: COMMAND,
  words: `list | show NAME [V] | import NAME FILE | export NAME V | ${VERSIONED} | rollback NAME [V] | decide NAME [V] | events|log NAME | decision|trace ID`,
  summary: "decisions as data: import, test, approve, live, decide",
  help: `
A version goes live when its tests pass and a second person has approved it.

  longmen rules import price price.json --tests price.tests.json`,
  options: [
    {
      name: "tests",
      value: "FILE",
      doc: "import: [{ name, input, output }], beside the file's own",
    },
    { name: "contract", value: "FILE", doc: "import: JSON Schemas { input, output }" },
    { name: "why", value: "TEXT", doc: "kept with the change" },
    { name: "from", value: "V", doc: "rollback: the version that is live and wrong" },
    { name: "whole", doc: "decide: with each node's part; export: with its tests" },
    { name: "input", value: "JSON", doc: 'decide: {"tier":"gold"}; amounts in minor units' },
    { name: "last", value: "N", doc: "shadow: so many decisions, 1000 if not given" },
    { name: "of", value: "V", doc: "shadow: whose, the live version's if not given" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `events, list, log, trace: ${one.doc}` })),
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  run(context) {
    const act = verbOf(context, COMMAND, verbs).read(context);
    return withShop(context, act);
  },
};

const line = ({ name, version, state, note }: RuleVersion): string =>
  `${name} version ${version} is ${state}${note === undefined ? "" : `: ${shownInLine(note)}`}`;

const told = (context: CommandContext, version: RuleVersion): ExitCode =>
  answer(context, timed(version), line(version));

function readList(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  const asked = listAsked(context, COMMAND, ROWS);
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const { items, cursor } = await gathered(asked, (options) => rules.list(options));
    const shown = items.map(({ name, liveVersion, lastVersion, createdAt }) => [
      ...[name, liveVersion === undefined ? "none" : String(liveVersion), String(lastVersion)],
      secondText(createdAt),
    ]);
    const columns = [{ title: "rule", least: 12 }, { title: "live" }, { title: "last" }];
    const text = table([...columns, { title: "made (UTC)" }], shown);
    return listed(
      context,
      { rules: items.map(timed), cursor },
      items.length === 0 ? "no rules" : text,
    );
  };
}

function readShow(context: CommandContext) {
  const { name, version } = nameAndMaybe(context);
  return async ({ rules }: Shop): Promise<ExitCode> => {
    if (version !== undefined) {
      const found = await rules.version(name, version);
      if (found === undefined) throw fail(rulesErrors, "version_missing", { name, version });
      const failed = found.report?.failures.map(failureText) ?? [];
      return answer(context, timed(found), [line(found), by(found), ...failed].join("\n"));
    }
    const { items } = await rules.versions(name).page();
    const events = (await rules.events(name).page()).items;
    const rows = items.map((one) => [
      ...[String(one.version), one.state, one.madeBy, one.approvedBy ?? ""],
      ...[secondText(one.madeAt), one.note ?? ""],
    ]);
    const columns = [{ title: "version" }, { title: "state" }, { title: "made by", least: 8 }];
    const more = [
      { title: "approved by", least: 8 },
      { title: "at (UTC)" },
      { title: "note", least: 8 },
    ];
    const json = { versions: items.map(timed), events: events.map(timed) };
    return answer(context, json, table([...columns, ...more], rows));
  };
}

type Failure = NonNullable<RuleVersion["report"]>["failures"][number];

/** What it said instead, and why it said nothing. */
function failureText({ name, output, refused, reason }: Failure): string {
  const said = refused ?? JSON.stringify(output) ?? "nothing";
  return shownInLine(`  fails: ${name}: ${said}${reason === undefined ? "" : `, ${reason}`}`);
}

const by = ({ madeBy, approvedBy, hash }: RuleVersion): string =>
  `  made by ${madeBy}${approvedBy === undefined ? "" : `, approved by ${approvedBy}`}; ${hash}`;

function readImport(context: CommandContext) {
  const [name = "", file = ""] = wordsAfter(context, COMMAND, ["NAME", "FILE"]);
  const note = textOption(context, "why");
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const tests = (await jsonFileOf(context, COMMAND, "tests")) as RuleContent["tests"];
    const contract = (await jsonFileOf(context, COMMAND, "contract")) as RuleContent["contract"];
    const jdm = await textAt(COMMAND, file);
    return told(context, await rules.import(name, { jdm, tests, contract, note }));
  };
}

function readExport(context: CommandContext) {
  const [name, version] = versionAfter(context);
  const isWhole = context.options["whole"] === true || context.options["json"] === true;
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const content = await rules.export(name, version);
    if (isWhole) return answer(context, content, JSON.stringify(content, null, 2));
    // As bytes: a line end more would be another file.
    const { output } = context.terminal;
    if (output === undefined) context.terminal.file(content.jdm);
    else output.write(content.jdm);
    return exitCodes.done;
  };
}

function readTest(context: CommandContext) {
  const [name, version] = versionAfter(context);
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const tested = await rules.test(name, version);
    const { count = 0 } = tested.report ?? {};
    return answer(context, timed(tested), `${line(tested)}; ${count} of ${count} tests pass`);
  };
}

function readRollback(context: CommandContext) {
  const { name, version } = nameAndMaybe(context);
  const why = textOption(context, "why");
  const wrong = textOption(context, "from");
  const from = wrong === undefined ? undefined : versionOf(wrong);
  return async ({ rules }: Shop) => {
    if (version !== undefined) return told(context, await rules.rollback(name, { version, why }));
    if (from !== undefined) return told(context, await rules.rollback(name, { from, why }));
    // Whichever is live when it is sent again: a repeat would go one further back.
    const live = (await rules.get(name))?.liveVersion;
    throw malformed(`rollback says which version is wrong: --from ${live ?? "V"} (live now), or V`);
  };
}
