/** Runs of flows: started, waited for, told, stopped and mended. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { pause } from "./back-off.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import { payloadOf, payloadToWire } from "./payload.ts";
import type { Instant } from "./posting.ts";
import { clientProblem, LongmenProblem } from "./problem.ts";
import { timeText } from "./to-wire.ts";

export type RunStatus = Wire.Run["status"];
/** Those that a list can be asked for: what runs have before they end. */
export type ListedStatus = Exclude<RunStatus, "done" | "failed" | "cancelled">;
export type KnownFlow = Wire.KnownFlow;
export type RetryPreview = Wire.RetryPreview;

/** What somebody threw, as far as it is told. */
export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly advice?: string | undefined;
}

export interface RunView extends Omit<
  Wire.Run,
  "createdAt" | "endedAt" | "wakeAt" | "error" | "progress"
> {
  /** What a task said last of how far it is. */
  readonly progress?: { readonly value: unknown; readonly at: Instant } | undefined;
  readonly error?: RunError | undefined;
  readonly createdAt: Instant;
  readonly endedAt?: Instant | undefined;
  /** When a waiting run is woken at the latest. */
  readonly wakeAt?: Instant | undefined;
}

export interface RunStep extends Omit<Wire.RunStep, "startedAt" | "endedAt" | "error"> {
  readonly error?: RunError | undefined;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

export interface RunTrouble extends Omit<Wire.RunTrouble, "at" | "error"> {
  readonly error: RunError;
  readonly at: Instant;
}

/** What is asked of a run that is there. */
export interface AskRun extends CallOptions {
  /** Why: kept with who asked. */
  readonly reason?: string | undefined;
}

export interface StartRun extends CallOptions {
  /** Your own: the same key of the same flow is the same run, for ever. */
  readonly key?: string | undefined;
  /** Not before. */
  readonly at?: Instant | undefined;
  readonly priority?: number | undefined;
  readonly version?: number | undefined;
}

export interface SayOptions extends CallOptions {
  /** Made before the first try, a UUID say: under one name an event is said once. */
  readonly once?: string | undefined;
}

export interface ForkRun extends CallOptions {
  /** The first step that is not reused; without it what failed, and all that was not recorded. */
  readonly from?: string | undefined;
  /** Another input than the origin's. */
  readonly input?: unknown;
  readonly version?: number | undefined;
  /** Your own: the same key is the same fork. */
  readonly key?: string | undefined;
  /** Only tells. */
  readonly preview?: boolean | undefined;
}

export interface RunFilter {
  readonly flow?: string | undefined;
  readonly status?: ListedStatus | undefined;
}

export interface TallyRuns extends CallOptions {
  /** Of this flow or task only, in all its versions. */
  readonly flow?: string | undefined;
  /** From its minute on; an hour before `until` when left out. */
  readonly since?: Instant | undefined;
  /** Before it; now when left out. */
  readonly until?: Instant | undefined;
  /** How long one stretch is, whole minutes; one for all when left out. */
  readonly everyMs?: number | undefined;
}

/** What ended of a flow within one stretch of time, which begins at `at`. */
export interface RunTally extends Omit<Wire.RunTally, "at"> {
  readonly at: Instant;
}

/** A run came to another end than a result. */
export class RunFailed extends Error {
  readonly run: string;
  readonly status: RunStatus;
  /** What it failed with. */
  readonly error: RunError | undefined;

  constructor(run: string, status: RunStatus, error: RunError | undefined) {
    super(error?.message ?? `the run ${run} is ${status}`);
    this.name = "RunFailed";
    this.run = run;
    this.status = status;
    this.error = error;
  }
}

export interface Runs {
  /**
   * Starts a run by its flow's name; answers when it is recorded. With a key it is sent again as often as
   * need be and started once; without one it is not sent again where it may have been done.
   */
  start(flow: string, input?: unknown, options?: StartRun): Promise<Wire.StartedRun>;
  /** Undefined: there is none, or none that this key may know of. */
  get(id: string, options?: CallOptions): Promise<RunView | undefined>;
  /** Newest first. */
  list(filter?: RunFilter, options?: ListOptions): List<RunView>;
  steps(id: string, options?: CallOptions): Promise<readonly RunStep[]>;
  /** What went wrong, newest first. */
  troubles(id: string, options?: CallOptions): Promise<readonly RunTrouble[]>;
  /**
   * Waits for the run's end, 5 minutes when no deadline is given; then throws client.deadline_passed, and
   * the run goes on. Throws RunFailed where it failed or was cancelled.
   */
  result<T = unknown>(id: string, options?: CallOptions): Promise<T>;
  /**
   * Says an event to one run. With `once`, a name of yours, it is sent again as often as need be and said once;
   * without, it is sent once, and where no answer comes it may have been said.
   */
  signal(id: string, event: string, payload?: unknown, options?: SayOptions): Promise<void>;
  /** Says an event to whoever waits for it. `once` as of `signal`. */
  publish(event: string, match: string, payload?: unknown, options?: SayOptions): Promise<void>;
  /** Who asked is kept with the run, and the reason: among its troubles, of kind `asked`. */
  cancel(id: string, options?: AskRun): Promise<RunView>;
  pause(id: string, options?: AskRun): Promise<RunView>;
  resume(id: string, options?: AskRun): Promise<RunView>;
  /** Does again what failed, or everything from a step on; with `preview` it only tells. */
  retry(
    id: string,
    options?: AskRun & { readonly from?: string; readonly preview?: boolean },
  ): Promise<RetryPreview>;
  /** Another run that reuses what this one recorded before a step; with `preview` it only tells. */
  fork(id: string, options?: ForkRun): Promise<Wire.ForkedRun>;
  /** What the run last said of itself, by f.state; undefined where it has said nothing. */
  state(
    id: string,
    options?: CallOptions,
  ): Promise<{ readonly value: unknown; readonly at: Instant } | undefined>;
  /** How many ended how, by flow and time: from counters, by the minute. Where none ended there is no item. */
  tally(options?: TallyRuns): Promise<readonly RunTally[]>;
  /** Flows that nodes have served. */
  flows(options?: CallOptions): Promise<readonly KnownFlow[]>;
}

const RESULT_DEADLINE_MS = 300_000;
/** One look: longer ones meet proxies that end them. */
const LOOK_MS = 20_000;
/** What the way there and back may take beyond it. */
const WAY_MS = 10_000;
/** Between looks at a server that has no room for one more who waits: it answers at once. */
const NO_ROOM_PAUSE_MS = 500;

export function runsOf(wire: Line): Runs {
  return { ...startsOf(wire), ...looksOf(wire), ...verbsOf(wire) };
}

function startsOf(wire: Line): Pick<Runs, "start" | "signal" | "publish"> {
  return {
    async start(flow, input, { key, at, priority, version, ...options } = {}) {
      const body: Wire.StartRunRequest = {
        ...present({ flow, key, priority, version }),
        ...(input === undefined ? {} : { input: payloadToWire(input, "/input") }),
        ...(at === undefined ? {} : { at: timeText(at, "/at") }),
      };
      const asked = { params: undefined, body, repeatable: key !== undefined };
      return ask(wire, "startRun", asked, options);
    },
    async signal(id, event, payload, { once, ...options } = {}) {
      const body = { event, ...payloadIn(payload) };
      await ask(wire, "signalRun", { params: { id }, body, ...sentBy(once) }, options);
    },
    async publish(event, match, payload, { once, ...options } = {}) {
      const body = { event, match, ...payloadIn(payload) };
      await ask(wire, "publishEvent", { params: undefined, body, ...sentBy(once) }, options);
    },
  };
}

function looksOf(
  wire: Line,
): Pick<Runs, "get" | "list" | "steps" | "troubles" | "result" | "state" | "tally" | "flows"> {
  return {
    tally: (asked) => tallyOf(wire, asked),
    async get(id, options) {
      try {
        return runOf(await ask(wire, "findRun", { params: { id } }, options));
      } catch (error) {
        if (error instanceof LongmenProblem && error.code === "flow.run_missing") return undefined;
        throw error;
      }
    },
    list: (filter = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { ...filter, cursor, limit: digits(limit) };
          const page = await ask(wire, "listRuns", { params: undefined, query }, options);
          return { ...page, items: page.items.map(runOf) };
        },
        ({ items }) => items,
      ),
    async steps(id, options) {
      const { items } = await ask(wire, "listRunSteps", { params: { id } }, options);
      return items.map(({ startedAt, endedAt, ...step }) => ({
        ...step,
        ...("result" in step ? { result: payloadOf(step.result) } : {}),
        startedAt: instantOf(startedAt),
        endedAt: instantOf(endedAt),
      }));
    },
    async troubles(id, options) {
      const { items } = await ask(wire, "listRunTroubles", { params: { id } }, options);
      return items.map((trouble) => ({ ...trouble, at: instantOf(trouble.at) }));
    },
    result: async <T>(id: string, options?: CallOptions) =>
      (await resultOf(wire, id, options)) as T,
    async state(id, options) {
      const { value, at } = await ask(wire, "readRunState", { params: { id } }, options);
      return at === undefined ? undefined : { value: payloadOf(value), at: instantOf(at) };
    },
    async flows(options) {
      return (await ask(wire, "listFlows", { params: undefined }, options)).items;
    },
  };
}

async function tallyOf(
  wire: Line,
  { flow, since, until, everyMs, ...options }: TallyRuns = {},
): Promise<readonly RunTally[]> {
  const query = {
    flow,
    since: since === undefined ? undefined : timeText(since, "/since"),
    until: until === undefined ? undefined : timeText(until, "/until"),
    everyMs: digits(everyMs),
  };
  const { items } = await ask(wire, "tallyRuns", { params: undefined, query }, options);
  return items.map(({ at, ...ends }) => ({ ...ends, at: instantOf(at) }));
}

async function resultOf(
  wire: Line,
  id: string,
  { deadlineMs = RESULT_DEADLINE_MS, signal }: CallOptions = {},
): Promise<unknown> {
  const deadlineAt = performance.now() + deadlineMs;
  for (;;) {
    const leftMs = deadlineAt - performance.now();
    if (leftMs <= 0) throw clientProblem("deadline_passed", { what: `the run ${id} goes on` });
    const waitMs = Math.floor(Math.min(LOOK_MS, leftMs));
    const query = { waitMs: digits(waitMs) };
    const askedAt = performance.now();
    const patience = { deadlineMs: waitMs + WAY_MS, signal };
    const told = await ask(wire, "readRunResult", { params: { id }, query }, patience);
    if (told.status === "done") return payloadOf(told.result);
    if (told.status === "failed" || told.status === "cancelled") {
      throw new RunFailed(id, told.status, told.error);
    }
    const isEarly = performance.now() - askedAt < waitMs / 2;
    if (isEarly) await pause(NO_ROOM_PAUSE_MS * (1 + Math.random()), signal);
  }
}

function verbsOf(wire: Line): Pick<Runs, "cancel" | "pause" | "resume" | "retry" | "fork"> {
  const verb = async (
    name: "cancelRun" | "pauseRun" | "resumeRun",
    id: string,
    { reason, ...options }: AskRun = {},
  ) => runOf(await ask(wire, name, { params: { id }, body: present({ reason }) }, options));
  return {
    cancel: (id, options) => verb("cancelRun", id, options),
    pause: (id, options) => verb("pauseRun", id, options),
    resume: (id, options) => verb("resumeRun", id, options),
    retry: (id, { from, preview, reason, ...options } = {}) => {
      const body = present({ from, preview, reason });
      return ask(wire, "retryRun", { params: { id }, body, repeatable: preview === true }, options);
    },
    fork: async (id, asked = {}) => {
      const { from, input, version, key, preview, ...options } = asked;
      const body = {
        ...present({ from, version, key, preview }),
        ...("input" in asked ? { input: payloadToWire(input, "/input") } : {}),
      };
      const repeatable = key !== undefined || preview === true;
      return ask(wire, "forkRun", { params: { id }, body, repeatable }, options);
    },
  };
}

function payloadIn(payload: unknown): { readonly payload?: unknown } {
  return payload === undefined ? {} : { payload: payloadToWire(payload, "/payload") };
}

const sentBy = (once: string | undefined) =>
  once === undefined ? { repeatable: false } : { once };

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** What JSON makes of it: absent where undefined. */
function present<T extends object>(fields: T): Present<T> {
  return fields as Present<T>;
}

export function runOf({ createdAt, endedAt, wakeAt, progress, ...run }: Wire.Run): RunView {
  return {
    ...run,
    ...("input" in run ? { input: payloadOf(run.input) } : {}),
    ...("result" in run ? { result: payloadOf(run.result) } : {}),
    createdAt: instantOf(createdAt),
    ...(progress === undefined
      ? {}
      : { progress: { value: payloadOf(progress.value), at: instantOf(progress.at) } }),
    ...(endedAt === undefined ? {} : { endedAt: instantOf(endedAt) }),
    ...(wakeAt === undefined ? {} : { wakeAt: instantOf(wakeAt) }),
  };
}
