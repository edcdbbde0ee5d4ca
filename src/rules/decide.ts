import { fail, LongmenError } from "../base/index.ts";
import {
  checkInput,
  checkLength,
  checkOutput,
  INPUT_MAX_LENGTH,
  readInput,
} from "./check-values.ts";
import { type Answer, type Compiled, run } from "./compiled.ts";
import type { JsonObject } from "./jdm/json.ts";
import type { RulesRoom } from "./room.ts";
import { rulesErrors } from "./rules.errors.ts";
import { checkPlace, must } from "./version.ts";
import type { DecisionRow } from "./write-decisions.ts";

export interface DecideOptions {
  /** Another than the live version. */
  readonly version?: number | undefined;
  /** Also answers what each node had, said, and took; slower. */
  readonly trace?: boolean | undefined;
  /** Of the request that this decision belongs to. */
  readonly traceId?: string | undefined;
  /**
   * `beside` (default): written to the log right after, the caller doesn't wait. `durable`: answered when it is written.
   * `by_caller`: the caller writes `decisionRow(decision)` in a unit of its own; a refusal is still logged beside.
   */
  readonly log?: "beside" | "durable" | "by_caller" | undefined;
}

export interface Decision {
  readonly decisionId: string;
  readonly book: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly input: JsonObject;
  readonly output: unknown;
  readonly micros: number;
  readonly traceId?: string | undefined;
  readonly trace?: unknown;
}

const TRACE_ID_MAX_LENGTH = 256;
const MICROS_MAX = 2 ** 31 - 1;

/** The contract stands at the door, `open-rules.ts`. */
export async function decide(
  room: RulesRoom,
  place: { readonly book: string; readonly name: string },
  raw: unknown,
  options: DecideOptions = {},
): Promise<Decision> {
  const { book, name } = place;
  checkPlace(book, name);
  checkTraceId(options.traceId);
  checkVersion(options.version);
  const input = readInput(raw);
  const text = JSON.stringify(input);
  const expected = `JSON of at most ${INPUT_MAX_LENGTH} characters`;
  must(text.length <= INPUT_MAX_LENGTH, "input", expected);
  room.decisions.checkRoom();
  const version = options.version ?? (room.live.believed(place) || (await room.live.read(place)));
  const { compiled, hash } =
    room.contents.known(place, version) ?? (await room.contents.compiled(place, version));
  const { decisionId, ready } = room.decisions.newId();
  if (ready !== undefined) await ready;
  const decided = { decisionId, book, name, version, hash, input, traceId: options.traceId };
  const began = performance.now();
  const micros = () => Math.min(MICROS_MAX, Math.round((performance.now() - began) * 1_000));
  try {
    const answer = await evaluate(room, compiled, input, { name, version, trace: options.trace });
    const decision = { ...decided, ...answer, micros: micros() };
    const output = JSON.stringify(answer.output);
    checkLength(output, { name, version });
    await write(room, decisionRow(decision, text, output), options.log);
    return decision;
  } catch (error) {
    if (error instanceof LongmenError && isOfTheRule(error)) {
      const refused = { ...rowOf({ ...decided, micros: micros() }, text), output: null };
      await write(room, { ...refused, refused: error.code }, beside(options.log));
    }
    throw error;
  }
}

function checkTraceId(traceId: string | undefined): void {
  if (traceId === undefined) return;
  const isWord = typeof traceId === "string" && /^[!-~]+$/.test(traceId);
  const expected = `1 to ${TRACE_ID_MAX_LENGTH} printable characters of ASCII`;
  must(isWord && traceId.length <= TRACE_ID_MAX_LENGTH, "traceId", expected);
}

function checkVersion(version: number | undefined): void {
  const isNumber =
    version === undefined || (Number.isInteger(version) && version > 0 && version < 2 ** 31);
  must(isNumber, "version", "the number of a version");
}

const beside = (log: DecideOptions["log"]): DecideOptions["log"] =>
  log === "by_caller" ? "beside" : log;

/** The rule or its input is at fault, not this machine: that is an outcome, and is written down. */
const isOfTheRule = ({ code, kind }: LongmenError): boolean =>
  code.startsWith("rules.") && (kind === "refused" || code === "rules.input_refused");

async function write(
  { decisions }: RulesRoom,
  row: DecisionRow,
  log: DecideOptions["log"] = "beside",
): Promise<void> {
  if (log === "by_caller") return;
  const written = decisions.add(row, log === "durable");
  if (written !== undefined) await written;
}

/**
 * What a version answers, checked as everything that is given out.
 * Refuses: rules.input_refused, answer_null, money_inexact, number_inexact, output_refused, evaluation_failed; and as
 * `Engines.evaluate`.
 */
export async function evaluate(
  { engines }: Pick<RulesRoom, "engines">,
  compiled: Compiled,
  input: JsonObject,
  options: {
    readonly name: string;
    readonly version: number;
    readonly trace?: boolean | undefined;
    readonly apart?: boolean | undefined;
  },
): Promise<Answer> {
  const { name, version, trace, apart } = options;
  checkInput(compiled.inputSchemas, input, options);
  const answer = await run(compiled, engines, input, { trace, apart });
  if ("failed" in answer) {
    throw fail(rulesErrors, "evaluation_failed", { name, version, reason: answer.failed });
  }
  checkOutput(compiled, answer.output, options);
  return answer;
}

type Decided = Pick<
  Decision,
  "decisionId" | "book" | "name" | "version" | "hash" | "input" | "micros" | "traceId"
>;

function rowOf(decided: Decided, input: string): Omit<DecisionRow, "output" | "refused"> {
  const { decisionId, book, name, version, hash, micros, traceId = null } = decided;
  return { decisionId, book, name, version, hash, input, micros, traceId };
}

/**
 * The row of a decision, for a unit of the caller's own: `unit(key).write(insertDecisions, decisionRow(decision))`
 * puts it into the commit of what was decided. Decide with `log: "by_caller"` for that.
 */
export function decisionRow(
  decision: Decision,
  input = JSON.stringify(decision.input),
  output = JSON.stringify(decision.output),
): DecisionRow {
  return { ...rowOf(decision, input), output, refused: null };
}
