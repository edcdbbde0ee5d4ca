/** Trying a step until it succeeds, is refused for good, or has been tried often enough. */
import { backoff, fail, LongmenError } from "../../base/index.ts";
import { errorRecordOf } from "../codec.ts";
import type { StepContext } from "../define-flow.ts";
import { LateSignal } from "../late-signal.ts";
import { after } from "../long-timer.ts";
import type { RetryPolicy } from "../retry-policy.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Run } from "../run.ts";
import { doWithin } from "./within.ts";

export const ATTEMPTS_DEFAULT = 5;
export const BASE_MS = 200;
export const MAX_MS = 30_000;
export const STEP_TIMEOUT_MS = 600_000;
/** Nobody is waited for longer because they asked. */
const ASKED_MAX_MS = 3_600_000;
/** A longer pause between two attempts is not waited for in memory. */
export const RETRY_STAY_MS = 5_000;

export interface Trying<T> {
  readonly run: Run;
  readonly position: string;
  readonly work: (context: StepContext) => Promise<T> | T;
  readonly policy: RetryPolicy;
  readonly timeoutMs: number;
}

export type Tried<T> = { readonly attempts: number } & (
  { readonly result: T } | { readonly error: unknown }
);

/** What came of it in the end. Throws only what ends the run, not the step. */
export async function tried<T>(trying: Trying<T>): Promise<Tried<T>> {
  const { run, position, policy } = trying;
  const before = run.attempts.get(position) ?? 0;
  if (before === 0) run.parts.budget.of(run.flow.name).earn();
  for (let attempt = before + 1; ; attempt++) {
    try {
      return { attempts: attempt, result: await once(trying, attempt) };
    } catch (error) {
      if (!run.isHere) return await new Promise<never>(() => undefined);
      if (run.ending.aborted && !run.undoes(position)) {
        // It may have had its effect: who looks at the run learns of it.
        run.trouble(position, attempt, "attempt", JSON.stringify(errorRecordOf(error)));
        throw run.ending.reason;
      }
      if (attempt >= (policy.attempts ?? ATTEMPTS_DEFAULT) || !isWorthIt(policy, error)) {
        return { attempts: attempt, error };
      }
      run.trouble(position, attempt, "attempt", JSON.stringify(errorRecordOf(error)));
      await pause(trying, attempt, error);
    }
  }
}

export function isWorthIt({ when }: RetryPolicy, error: unknown): boolean {
  if (when === undefined) return isWorthItByName(error);
  try {
    return when(error);
  } catch {
    // Its own mistake: what failed is told, and who asks a second time would meet it again.
    return false;
  }
}

function isWorthItByName(error: unknown): boolean {
  return !(error instanceof LongmenError && error.retry === "never");
}

/** By the policy's own pauses, or as long as who refused asks for. */
export function pauseMsOf(policy: RetryPolicy, attempt: number, error: unknown): number {
  const { baseMs = BASE_MS, maxMs = MAX_MS } = policy;
  const asked = askedMsOf(policy, error);
  const pauseMs = backoff({ attempt, baseMs, maxMs });
  return Number.isFinite(asked) ? Math.max(pauseMs, Math.min(asked, ASKED_MAX_MS)) : pauseMs;
}

function askedMsOf({ waitMs }: RetryPolicy, error: unknown): number {
  try {
    return waitMs?.(error) ?? 0;
  } catch {
    return 0;
  }
}

async function pause<T>(trying: Trying<T>, attempt: number, error: unknown): Promise<void> {
  const { run, position, policy } = trying;
  const heedless = run.undoes(position);
  const budget = run.parts.budget.of(run.flow.name);
  const waitMs = Math.max(pauseMsOf(policy, attempt, error), budget.spend());
  await run.block({ until: run.session.now() + waitMs, stayMs: RETRY_STAY_MS, heedless });
  await run.checkpoint(false, heedless);
}

/**
 * One attempt, for no longer than it may take; a function that goes on after that is not heard. A cancel is
 * told to it, and waits for what comes of it: what has had its effect is recorded, and undone.
 */
async function once<T>(trying: Trying<T>, attempt: number): Promise<T> {
  const { run, position, work, timeoutMs } = trying;
  const came = Promise.withResolvers<T>();
  const ending = new LateSignal();
  const unheard = run.whenEnding(run.undoes(position), (reason) => {
    ending.abort(reason);
    if (!run.isHere || run.session.signal.aborted) came.reject(reason);
  });
  const callOff = after(timeoutMs, () => {
    const error = fail(flowErrors, "step_timed_out", { step: position, timeoutMs });
    ending.abort(error);
    came.reject(error);
  });
  const context: StepContext = {
    get signal() {
      return ending.signal;
    },
    key: run.keyOf(position),
    attempt,
  };
  try {
    // Not Promise.race, which costs as much as all else of a step that does little.
    const doing = Promise.resolve(doWithin(run, position, () => work(context)));
    void doing.then(came.resolve, came.reject);
    return await came.promise;
  } finally {
    callOff();
    unheard();
  }
}
