/** A fork: a new run that reuses what another one had recorded before a step. */
import { fail } from "../base/index.ts";
import { checkAsker, checkKey, digestOf } from "./asking.ts";
import { encodePayload } from "./codec.ts";
import { type AnyFlow, checkInput } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import { readKey, readRuns, readRunView, readSteps, readVersions } from "./flow.sql.ts";
import { isMachines } from "./machine/machines-by-name.ts";
import type { FlowNode } from "./node.ts";
import { planAgain, reusable } from "./plan-again.ts";
import { FORK, type Forked } from "./unasked.ts";
import { showRunId } from "./run-id.ts";
import { writing } from "./session.ts";
import type { StepRecord } from "./state.ts";
import { forkRuns } from "./write-forks.ts";
import { insertKeys } from "./write-runs.ts";

export interface ForkOptions {
  /** The first step that is not reused; without it what failed, and all that was not recorded. */
  readonly from?: string | undefined;
  /** Another input than the origin's. What is reused was done with the old one. */
  readonly input?: unknown;
  /** Another version of the same flow. What is reused must be steps of it, too. */
  readonly version?: number | undefined;
  /** The same key of the same flow is the same fork: safe to repeat. */
  readonly key?: string | undefined;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
  /** Only tells what would come of it. */
  readonly preview?: boolean | undefined;
}

export interface ForkPlan {
  /** Steps whose records the fork takes along. */
  readonly reused: readonly string[];
  /** Steps of the origin that the fork does itself. */
  readonly again: readonly string[];
}

export interface Forking extends ForkPlan {
  /** Undefined where it was only a preview. */
  readonly runId: bigint | undefined;
  readonly created: boolean;
}

const STEPS_MAX = 100_000;

/** Refuses: flow.run_missing, flow.step_missing, flow.unknown_flow, flow.input_refused, flow.machine_history. */
export async function forkRun(
  node: FlowNode,
  originId: bigint,
  options: ForkOptions,
): Promise<Forking> {
  const { database } = node.input;
  const run = showRunId(originId);
  const origin = await database.maybe(readRunView, { runId: originId });
  if (origin === undefined) throw fail(flowErrors, "run_missing", { run });
  const { name } = origin;
  const flow = await flowAt(node, name, options.version ?? origin.version);
  if (await isMachines(node, originId, origin.flow)) {
    throw fail(flowErrors, "machine_history", { run });
  }
  const steps = await database.run(readSteps, { runId: originId, after: 0, limit: STEPS_MAX });
  const plan = reusable(planAgain(run, steps, { from: options.from }));
  const keepsInput = !("input" in options);
  if (!keepsInput) checkInput(flow, options.input);
  if (options.preview === true) return { ...plan, runId: undefined, created: false };
  const { session } = node;
  const runId = node.newId();
  const { from, key, by, request } = options;
  const row = {
    runId,
    origin: originId,
    flow: node.numberOf(flow),
    key: key ?? null,
    input: keepsInput ? null : encodePayload(`the input of ${name}`, options.input),
    keepsInput,
    reused: plan.reused,
    word: wordOf(run, origin.createdAt, steps, plan, from),
    at: session.now(),
    byKey: by ?? null,
    request: request ?? null,
  };
  if (key !== undefined) checkKey(key);
  checkAsker({ by, request });
  const digest = key === undefined ? undefined : digestOf(name, key);
  const keyed = digest === undefined ? [] : [writing(insertKeys, { digest, runId, until: null })];
  const place = `fork/${showRunId(runId)}`;
  const rows = [...keyed, writing(forkRuns, row)];
  const stands = async () => (await database.run(readRuns, { runs: [runId] })).length > 0;
  if (digest === undefined) await session.commit(place, rows, { stands, impatient: true });
  else {
    const find = async () => (await database.maybe(readKey, { digest }))?.runId;
    const first = await session.commitOrFind(place, rows, { stands, find });
    if (first !== "committed") return { ...plan, runId: first, created: false };
  }
  node.nudgeAll();
  return { ...plan, runId, created: true };
}

/** Where only other nodes serve it, it stands in for theirs: they go on with the fork, and judge its input. */
async function flowAt(node: FlowNode, name: string, version: number): Promise<AnyFlow> {
  const isMeant = (one: { readonly name: string; readonly version: number }) =>
    one.name === name && one.version === version;
  if ([...node.input.flows.values()].some(isMeant)) return node.versionOf(name, version);
  const known = (await node.input.database.run(readVersions, {})).find(isMeant);
  return known === undefined ? node.versionOf(name, version) : node.standIn(known);
}

/** What the fork keeps of where it comes from; of a fork of a fork all names that it draws by. */
function wordOf(
  origin: string,
  createdAt: number,
  steps: readonly StepRecord[],
  { reused }: ForkPlan,
  from: string | undefined,
): string {
  const before = steps.find(({ step }) => step === FORK);
  const older = before && (JSON.parse(before.result ?? "{}") as Forked);
  const stands = new Set(reused);
  const upTo = Math.max(
    0,
    ...steps.filter(({ step }) => stands.has(step)).map((one) => one.ordinal),
  );
  const seeds = [
    ...(older?.seeds ?? []).filter((seed) => seed.upTo < upTo),
    { name: origin, upTo },
  ];
  // Where nothing is reused nothing hangs on when the origin began.
  const since = upTo === 0 ? undefined : (older?.createdAt ?? createdAt);
  const word: Forked = { origin, from, createdAt: since, seeds };
  return JSON.stringify(word);
}
