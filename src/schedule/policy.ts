/** What a schedule does when things don't go as planned: late, still running, many at once. */
import { fail, type Instant } from "../base/index.ts";
import { JITTER_MAX_MS } from "./jitter.ts";
import { scheduleErrors } from "./schedule.errors.ts";

export const misfires = ["skip", "once", "all"] as const;
export const overlaps = ["skip", "queue", "parallel"] as const;
/** In the order of their numbers in the table, from 1. */
export const routes = ["home", "round-robin", "least-loaded"] as const;

export type Misfire = (typeof misfires)[number];
export type Overlap = (typeof overlaps)[number];
export type Route = (typeof routes)[number];

export const SHARDS_MAX = 1_000;
export const QUEUE_MAX = 1_000;
export const CATCH_UP_MAX = 10_000;
/** A tick may be late by so much, and is fired all the same: a week at most. */
export const LATE_MAX_MS = 7 * 86_400_000;

export interface PolicyOptions {
  /**
   * Of ticks that could not be fired within `lateMs` of their time, since no node was there: `skip` none is
   * fired any more, `once` the last of them, `all` each, the newest `catchUpMax` of them. `once` when left out.
   */
  readonly misfire?: Misfire | undefined;
  /** A minute when left out. */
  readonly lateMs?: number | undefined;
  /** 100 when left out. */
  readonly catchUpMax?: number | undefined;
  /**
   * When the run of the tick before (of the same shard) has not ended: `skip` the tick, `queue` it until then,
   * or run both in `parallel`. `skip` when left out.
   */
  readonly overlap?: Overlap | undefined;
  /** How many ticks may wait in line; what is beyond is skipped. 10 when left out. */
  readonly queueMax?: number | undefined;
  /** Each tick is put off by less than this, always the same for the same tick. None when left out. */
  readonly jitterMs?: number | undefined;
  /** Each tick starts so many runs, i of n; each with its own outcome. 1 when left out. */
  readonly shards?: number | undefined;
  /**
   * Which of the live nodes that serve the target fires a tick, and runs what it starts: `home` the same for a
   * schedule (and shard) as long as nodes stay, `round-robin` one after the other, `least-loaded` of two drawn
   * by lot the one with fewer runs. `home` when left out.
   */
  readonly route?: Route | undefined;
}

export interface Policy {
  readonly misfire: Misfire;
  readonly lateMs: number;
  readonly catchUpMax: number;
  readonly overlap: Overlap;
  readonly queueMax: number;
  readonly jitterMs: number;
  readonly shards: number;
  readonly route: Route;
}

export const defaultPolicy: Policy = {
  misfire: "once",
  lateMs: 60_000,
  catchUpMax: 100,
  overlap: "skip",
  queueMax: 10,
  jitterMs: 0,
  shards: 1,
  route: "home",
};

const policyNames = Object.keys(defaultPolicy) as (keyof Policy)[];

/** Refuses: schedule.definition_malformed, with the field. */
export function readPolicy(name: string, options: PolicyOptions): Policy {
  const given = Object.fromEntries(
    policyNames.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
  const policy: Policy = { ...defaultPolicy, ...given };
  const refuse = (field: string, expected: string) =>
    fail(scheduleErrors, "definition_malformed", { name, field, expected });
  const words = { misfire: misfires, overlap: overlaps, route: routes } as const;
  for (const field of ["misfire", "overlap", "route"] as const) {
    const known: readonly string[] = words[field];
    if (!known.includes(policy[field])) throw refuse(field, `one of ${known.join(", ")}`);
  }
  const ranges = {
    lateMs: [0, LATE_MAX_MS],
    catchUpMax: [1, CATCH_UP_MAX],
    queueMax: [1, QUEUE_MAX],
    jitterMs: [0, JITTER_MAX_MS],
    shards: [1, SHARDS_MAX],
  } as const;
  for (const field of ["lateMs", "catchUpMax", "queueMax", "jitterMs", "shards"] as const) {
    const [min, max] = ranges[field];
    const value = policy[field];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw refuse(field, `a whole number from ${min} to ${max}`);
    }
  }
  return policy;
}

/** Only what differs from the defaults, in one order: for a table, and for comparing. */
export function policyText(policy: Policy, asFire: boolean): string {
  const differing = policyNames.flatMap((key) =>
    policy[key] === defaultPolicy[key] ? [] : [[key, policy[key]] as const],
  );
  const all = asFire ? [...differing, ["asFire", true] as const] : differing;
  return JSON.stringify(Object.fromEntries(all));
}

export interface KeptPolicy extends Policy {
  readonly asFire: boolean;
}

const kept = new Map<string, KeptPolicy>();
const KEPT_MAX = 1_000;

/** As it was written by `policyText`. */
export function policyOf(text: string): KeptPolicy {
  let policy = kept.get(text);
  if (policy === undefined) {
    const said = JSON.parse(text) as Partial<KeptPolicy>;
    policy = { ...defaultPolicy, asFire: false, ...said };
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(text, policy);
  }
  return policy;
}

export const routeNumber = (route: Route): number => routes.indexOf(route) + 1;

/** What a target that asks for it is given instead of the bare input. */
export interface Fire<I = unknown> {
  readonly schedule: string;
  /** The instant that it was planned for, however late it came; in ms. */
  readonly tick: Instant;
  /** From 0 up to, but not including, `shards`. */
  readonly shard: number;
  readonly shards: number;
  /** The planned time of a tick, or the moment at which somebody asked for a run. */
  readonly byHand: boolean;
  readonly input: I;
}
