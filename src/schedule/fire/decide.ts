/**
 * What becomes of the ticks that a shard of a schedule owes. Pure: the same place, plan and time give the same
 * answer on every node; which of the nodes writes it, the table decides.
 */
import type { Instant } from "../../base/index.ts";
import { jitterOf } from "../jitter.ts";
import type { Plan } from "../plan.ts";
import type { Policy } from "../policy.ts";
import { nextTick, previousTick, ticksBetween } from "../ticks.ts";

/** So many ticks in a row that are not fired are looked through at once. */
export const SPAN_MAX = 10_000;
/** So many ticks are fired in one unit. */
export const FIRES_MAX = 50;

export interface Owing {
  readonly name: string;
  readonly plan: Plan;
  readonly policy: Policy;
  /** The first tick that has no outcome. */
  readonly tick: Instant;
  /** By the database's clock. */
  readonly now: Instant;
  /** The run of the tick before has not ended. */
  readonly busy: boolean;
  /** How many wait in line. */
  readonly queued: number;
  /** So many at most are fired at once; FIRES_MAX when left out. */
  readonly firesMax?: number | undefined;
}

export type Verdict = "started" | "queued" | "skipped" | "misfired";

/** A tick with what becomes of it; or ticks in a row that come to nothing, for one reason. */
export interface Decision {
  readonly tick: Instant;
  readonly through?: Instant;
  readonly ticks: number;
  readonly verdict: Verdict;
  readonly reason?: string;
}

export interface Decided {
  /** In the order of their ticks. */
  readonly decisions: readonly Decision[];
  /** The first that has no outcome then; undefined where the plan is at its end. */
  readonly next: Instant | undefined;
}

/** When a tick is due. */
export function dueAtOf(name: string, tick: Instant, policy: Policy): Instant {
  return tick + jitterOf(name, tick, policy.jitterMs);
}

export function decide(owing: Owing): Decided {
  const { plan, policy, tick, now } = owing;
  const missedUntil = now - policy.lateMs - policy.jitterMs - 1;
  if (tick > missedUntil) return fireOwed(owing, tick, []);
  const keepFrom = firstKept(plan, policy, tick, missedUntil);
  if (keepFrom === undefined || keepFrom > tick) {
    const until = keepFrom === undefined ? missedUntil : keepFrom - 1;
    const span = spanOf(plan, tick, until);
    const missed = { ...span.decision, ...whyMissed(policy) };
    if (span.next === undefined || span.more) return { decisions: [missed], next: span.next };
    return fireOwed(owing, span.next, [missed]);
  }
  return fireOwed(owing, tick, []);
}

function whyMissed({ misfire, catchUpMax, lateMs }: Policy) {
  if (misfire !== "all") {
    const told = misfire === "once" ? "; the last of those missed is fired" : "";
    return { verdict: "misfired", reason: `more than ${lateMs} ms late${told}` } as const;
  }
  return { verdict: "skipped", reason: `beyond the ${catchUpMax} that are caught up` } as const;
}

/** The first of the missed ticks that is fired all the same. */
function firstKept(plan: Plan, policy: Policy, tick: Instant, until: Instant): Instant | undefined {
  if (policy.misfire === "skip") return undefined;
  const count = policy.misfire === "once" ? 1 : policy.catchUpMax;
  let kept = previousTick(plan, until + 1) ?? tick;
  for (let left = count; left > 1 && kept > tick; left--) kept = previousTick(plan, kept) ?? tick;
  return Math.max(kept, tick);
}

/** Ticks in a row, from one that is there whatever the plan says, up to `until`. */
export function spanOf(plan: Plan, tick: Instant, until: Instant) {
  const { ticks, more } = ticksBetween(plan, { after: tick, until, max: SPAN_MAX });
  const last = ticks.at(-1) ?? tick;
  const count = { tick, ticks: ticks.length + 1 };
  const decision = ticks.length === 0 ? count : { ...count, through: last };
  return { decision, more, next: nextTick(plan, last) };
}

/** From `tick` on what is due by now. */
function fireOwed(owing: Owing, tick: Instant, before: readonly Decision[]): Decided {
  const { name, plan, policy, now, firesMax = FIRES_MAX } = owing;
  const decisions = [...before];
  let { busy, queued } = owing;
  let next: Instant | undefined = tick;
  for (let left = firesMax; next !== undefined && left > 0; left--) {
    if (dueAtOf(name, next, policy) > now) break;
    const decision = fireOne(policy, next, busy, queued);
    decisions.push(decision);
    if (decision.verdict === "started") busy = policy.overlap !== "parallel";
    if (decision.verdict === "queued") queued += 1;
    next = nextTick(plan, next);
  }
  return { decisions, next };
}

function fireOne(policy: Policy, tick: Instant, busy: boolean, queued: number): Decision {
  const one = { tick, ticks: 1 };
  // Who stands in line goes first, also when the run before has just ended.
  const mustWait = busy || (policy.overlap === "queue" && queued > 0);
  if (policy.overlap === "parallel" || !mustWait) return { ...one, verdict: "started" };
  if (policy.overlap === "skip") {
    return { ...one, verdict: "skipped", reason: "the run before has not ended" };
  }
  if (queued < policy.queueMax) return { ...one, verdict: "queued" };
  return { ...one, verdict: "skipped", reason: `${policy.queueMax} wait in line already` };
}
