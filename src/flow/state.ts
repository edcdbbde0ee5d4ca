/** The small numbers of the tables, and the words that stand for them. */

/** A run that has not ended. */
export const State = {
  ready: 1,
  running: 2,
  waiting: 3,
  parked: 4,
  paused: 5,
  /** A task whose group or rate does not let it through yet. */
  held: 6,
  telling: 7,
} as const;

/** How a run or a step came out; `until` is a sleep that began. */
export const Outcome = { done: 1, failed: 2, cancelled: 3, until: 4 } as const;

export const Asked = { nothing: 0, cancel: 1, pause: 2 } as const;

/** `earlier`: an attempt, or an end, before somebody had it done again. */
export const Trouble = { attempt: 1, parked: 2, takenBack: 3, earlier: 4, asked: 5 } as const;

/** What sort of step a record is of. A record of another sort under the same name is a mismatch. */
export const Kind = {
  step: 1,
  post: 2,
  tx: 3,
  sleep: 4,
  event: 5,
  child: 6,
  undo: 7,
  fork: 8,
} as const;

export type KindName = keyof typeof Kind;
export const runStatuses = [
  ...(["ready", "running", "waiting", "held", "parked", "paused"] as const),
  ...(["done", "failed", "cancelled"] as const),
] as const;
export type RunStatus = (typeof runStatuses)[number];

const kindNames = new Map<number, KindName>(
  Object.entries(Kind).map(([name, number]) => [number, name as KindName]),
);
export const kindName = (kind: number): string => kindNames.get(kind) ?? `kind ${kind}`;

const liveWords = new Map<number, RunStatus>([
  [State.ready, "ready"],
  [State.running, "running"],
  [State.waiting, "waiting"],
  [State.held, "held"],
  [State.parked, "parked"],
  [State.paused, "paused"],
]);

const endWords = new Map<number, RunStatus>([
  [Outcome.done, "done"],
  [Outcome.failed, "failed"],
  [Outcome.cancelled, "cancelled"],
]);

/** One word for a run, by its live row and its end; a run that ended has ended, whatever else is there. */
export function statusOf(state: number | null, outcome: number | null): RunStatus {
  const ended = outcome === null ? undefined : endWords.get(outcome);
  return ended ?? liveWords.get(state ?? State.ready) ?? "ready";
}

/** A step's record, as it lies in memory and in its table. */
export interface StepRecord {
  readonly step: string;
  readonly ordinal: number;
  readonly kind: number;
  readonly outcome: number;
  readonly result: string | null;
  readonly attempts: number;
  readonly startedAt: number;
  readonly endedAt: number;
}
