/** Runs the code of a flow against what was recorded of a run, without a database: would it go on with it? */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fail } from "../../base/index.ts";
import { decodePayload, encodePayload, errorRecordOf } from "../codec.ts";
import { type AnyFlow, checkInput } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import { Scope } from "../position.ts";
import { readHistory, recordsOf, type RunHistory } from "./export-history.ts";
import { Replay, type Replayed, ReplaySteps } from "./replay-steps.ts";

export interface ReplayOptions {
  /** How long the function may take: a replay does nothing in the world. 10 s when left out. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 10_000;
const SHOWN_MAX = 200;
const END = "the end of the flow";

/**
 * Whether the code goes on with a run of that history: `flows` is the flow, or all that there are, of which
 * the one of the history's name and version is taken. Steps answer what they answered; nothing is done.
 * Refuses: flow.history_malformed, flow.unknown_flow.
 */
export async function replayHistory(
  flows: AnyFlow | readonly AnyFlow[],
  history: unknown,
  { timeoutMs = TIMEOUT_MS }: ReplayOptions = {},
): Promise<Replayed> {
  const read = readHistory(history);
  const flow = flowFor(flows, read);
  const replay = new Replay(read, recordsOf(read));
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), timeoutMs);
  const over = called(flow, read, replay);
  const came = await Promise.race([over, replay.left, late.promise]);
  clearTimeout(timer);
  if (came === "late") {
    const found = `nothing within ${timeoutMs} ms: it waits for something that is no step`;
    return { ok: false, step: "", expected: "a step or its end", found, place: END };
  }
  if (came === "frontier") return replay.atFrontier() ?? reached("frontier", read);
  if ("ok" in came) return came;
  return replay.atEnd() ?? compareEnds(read, came) ?? reached("end", read);
}

const reached = (where: "end" | "frontier", { steps }: RunHistory): Replayed => ({
  ok: true,
  reached: where,
  steps: steps.length,
});

function flowFor(flows: AnyFlow | readonly AnyFlow[], { flow, version }: RunHistory): AnyFlow {
  const all = "name" in flows ? [flows] : flows;
  const found = all.find((one) => one.name === flow && one.version === version);
  if (found === undefined) {
    throw fail(flowErrors, "unknown_flow", { name: flow, version, node: "replayHistory" });
  }
  if (found.recordsAfter !== undefined) {
    const why = "it is a state machine's, whose definition is checked as data";
    throw fail(flowErrors, "history_malformed", { why });
  }
  return found;
}

type Came = { readonly value: unknown } | { readonly error: unknown };

async function called(flow: AnyFlow, history: RunHistory, replay: Replay): Promise<Came> {
  try {
    const text = history.input === undefined ? null : JSON.stringify(history.input);
    const input = checkInput(flow, decodePayload(text)) as never;
    return { value: await flow.run(new ReplaySteps(replay, new Scope()), input) };
  } catch (error) {
    return { error };
  }
}

/** Its end beside that of the run, where the run had ended. */
function compareEnds(history: RunHistory, came: Came): Replayed | undefined {
  const { status } = history;
  const wrong = (expected: string, found: string): Replayed => ({
    ok: false,
    step: "",
    expected,
    found,
    place: END,
  });
  if ("error" in came) {
    const found = `an error: ${errorRecordOf(came.error).message}`;
    return status === "done" ? wrong("an answer", found) : undefined;
  }
  if (status === "failed") return wrong("an error", "an answer");
  if (status !== "done") return undefined;
  const text = encodePayload("what the flow answers", came.value);
  const before = history.result === undefined ? null : JSON.stringify(history.result);
  if (before === text) return undefined;
  const shown = (one: string | null): string => `the answer ${(one ?? "none").slice(0, SHOWN_MAX)}`;
  return wrong(shown(before), shown(text));
}

export interface ReplayedFile {
  readonly file: string;
  readonly replayed: Replayed;
}

/**
 * All histories of a folder (`*.json`), in the order of their names: what a test asks with one call.
 * Refuses what `replayHistory` refuses, and names the file.
 */
export async function replayHistories(
  flows: readonly AnyFlow[],
  folder: string,
  options: ReplayOptions = {},
): Promise<readonly ReplayedFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const replayed: ReplayedFile[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    replayed.push({ file, replayed: await replayHistory(flows, await readJson(file), options) });
  }
  return replayed;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = `${file} is no JSON`;
    throw fail(flowErrors, "history_malformed", { why }, error);
  }
}
