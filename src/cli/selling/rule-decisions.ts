/** `longmen rules decide | shadow | log | trace | decision | events`: what rules say, said, and who had them say so. */
import { fail } from "../../base/index.ts";
import type { LoggedDecision, RuleEvent, Shop } from "../../client/index.ts";
import { rulesErrors } from "../../rules/index.ts";
import type { CommandContext } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { gathered, listAsked } from "../gather-pages.ts";
import { answer, jsonIn, wordsAfter } from "../payload-option.ts";
import { malformed as malformedOf, wholeOption } from "../read-options.ts";
import { shownInLine } from "../shown.ts";
import { cut } from "../table.ts";
import { TERMINAL_COLUMNS } from "../terminal.ts";
import { secondText, timed, utcText } from "../time-text.ts";

const COMMAND = "rules";
export const ROWS = 20;
const SHADOWED_MAX = 10_000;
const SHADOW_MS = 60_000;
const VERSION_MAX = 999_999_999;
const malformed = (problem: string) => malformedOf(COMMAND, problem);

/** NAME, and perhaps V. Refuses: cli.option_malformed. */
export function nameAndMaybe({ words: [verb, name, version, more] }: CommandContext) {
  if (name === undefined || more !== undefined) throw malformed(`${verb ?? ""} takes NAME [V]`);
  return { name, version: version === undefined ? undefined : versionOf(version) };
}

/** Refuses: cli.option_malformed. */
export function versionOf(word: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(word)) return Number(word);
  throw malformed(`${word} is no number of a version`);
}

/** NAME and V. Refuses: cli.option_malformed. */
export function versionAfter(context: CommandContext): readonly [string, number] {
  const [name = "", version = ""] = wordsAfter(context, COMMAND, ["NAME", "V"]);
  return [name, versionOf(version)];
}

/** A page of a list, and where it goes on. */
export function listed(
  context: CommandContext,
  page: { readonly cursor: string | undefined; readonly [items: string]: unknown },
  text: string,
): ExitCode {
  const code = answer(context, page, text);
  if (page.cursor !== undefined) context.terminal.say(`there is more: --after ${page.cursor}`);
  return code;
}

export function readDecide(context: CommandContext) {
  const { name, version } = nameAndMaybe(context);
  const input = jsonIn(context, COMMAND, "input") ?? {};
  if (typeof input !== "object" || Array.isArray(input)) throw malformed("--input is no object");
  const trace = context.options["whole"] === true;
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const asked = input as Readonly<Record<string, unknown>>;
    const said = await rules.decide(name, asked, { version, trace, durable: true });
    const head = JSON.stringify(said.output);
    const by = `by version ${said.version} in ${said.micros} µs, decision ${said.decisionId}`;
    const parts = trace ? `\n${JSON.stringify(said.trace, null, 2)}` : "";
    return answer(context, said, `${head}\n  ${by}${parts}`);
  };
}

export function readShadow(context: CommandContext) {
  const [name, version] = versionAfter(context);
  const last = wholeOption(context, "last", { command: COMMAND, least: 1, most: SHADOWED_MAX });
  const whose = wholeOption(context, "of", { command: COMMAND, least: 1, most: VERSION_MAX });
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const asked = { last, of: whose, deadlineMs: SHADOW_MS };
    const report = await rules.shadow(name, version, asked);
    const { decided, same, changed, failed, of } = report;
    const lines = report.differences.flatMap(({ decisionId, fields }) =>
      fields.map(({ path, was, wouldBe }) => {
        return `  ${decisionId}  ${path}: ${shown(was)} → ${shown(wouldBe)}`;
      }),
    );
    const head = `of ${decided} decisions of version ${of}: ${same} the same, ${changed} changed, ${failed} answered by one only`;
    return answer(context, report, [head, ...lines].join("\n"));
  };
}

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";

/** Of a rule set, newest first. */
export function readLog(context: CommandContext) {
  const [name = ""] = wordsAfter(context, COMMAND, ["NAME"]);
  return readDecisions(context, { name });
}

/** Of one request, whatever rules it asked, oldest first. */
export function readTrace(context: CommandContext) {
  const [trace = ""] = wordsAfter(context, COMMAND, ["ID"]);
  return readDecisions(context, { trace });
}

function readDecisions(
  context: CommandContext,
  of: { readonly name: string } | { readonly trace: string },
) {
  const asked = listAsked(context, COMMAND, ROWS);
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const { items, cursor } = await gathered(asked, (options) => rules.decisions(of, options));
    const text = items.length === 0 ? "none" : items.map(decisionText).join("\n");
    return listed(context, { decisions: items.map(timed), cursor }, text);
  };
}

const INDENT = " ".repeat(21);

/** Two lines: when, by what and under which id; what was asked and said. */
function decisionText(decision: LoggedDecision): string {
  const { decisionId, at, name, version, micros } = decision;
  const by = `${name} v${version}, ${micros} µs`;
  const input = JSON.stringify(decision.input);
  const said = saidBy(decision);
  const half = (TERMINAL_COLUMNS - INDENT.length - 3) / 2;
  const spare = Math.max(half, 2 * half - Math.min(input.length, said.length));
  const what = `${cut(input, Math.floor(spare))} → ${cut(said, Math.floor(spare))}`;
  return `${secondText(at)}  ${decisionId}  ${by}\n${INDENT}${what}`;
}

const saidBy = ({ output, refused }: LoggedDecision): string =>
  refused === undefined ? JSON.stringify(output) : `refused: ${refused}`;

/** One of them, whole. Refuses: rules.decision_missing. */
export function readDecision(context: CommandContext) {
  const [decisionId = ""] = wordsAfter(context, COMMAND, ["ID"]);
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const decision = await rules.decision(decisionId);
    if (decision === undefined) throw fail(rulesErrors, "decision_missing", { decisionId });
    const { at, name, version, micros, hash, input, traceId } = decision;
    const lines = [
      `${name} version ${version}, ${utcText(at)}, in ${micros} µs`,
      `  asked     ${JSON.stringify(input)}`,
      `  said      ${saidBy(decision)}`,
      `  decision  ${decision.decisionId}`,
      ...(traceId === undefined ? [] : [`  trace     ${traceId}`]),
      `  hash      ${hash}`,
    ];
    return answer(context, timed(decision), lines.join("\n"));
  };
}

/** What was done to a rule set, newest first. */
export function readEvents(context: CommandContext) {
  const [name = ""] = wordsAfter(context, COMMAND, ["NAME"]);
  const asked = listAsked(context, COMMAND, ROWS);
  return async ({ rules }: Shop): Promise<ExitCode> => {
    const { items, cursor } = await gathered(asked, (options) => rules.events(name, options));
    const text = items.length === 0 ? "none" : items.map(eventText).join("\n");
    return listed(context, { events: items.map(timed), cursor }, text);
  };
}

/** What came of which version and who did it; below it why, and in which request. */
function eventText({ at, version, what, liveBefore, by, byKind, request, why }: RuleEvent): string {
  const before = liveBefore === undefined ? "" : `, version ${liveBefore} was live`;
  const head = `${secondText(at)}  version ${version} ${words[what]} by ${by} (${byKind})${before}`;
  const reason = why === undefined ? [] : [`${INDENT}${shownInLine(why)}`];
  return [head, ...reason, `${INDENT}in request ${request}`].join("\n");
}

const words: Readonly<Record<RuleEvent["what"], string>> = {
  imported: "imported",
  tested: "tested",
  failed_tests: "failed its tests, run",
  approved: "approved",
  live: "made live",
  rolled_back: "made live again",
  withdrawn: "withdrawn",
};
