/** Proving a book: a job on the server, looked at until it is done. */
import type { VerifyReport } from "./answer.ts";
import { ask } from "./ask.ts";
import type { Wire } from "./attempt.ts";
import { pause } from "./back-off.ts";
import { reportOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { LongmenProblem } from "./problem.ts";

export interface VerifyOptions extends CallOptions {
  /** A hash that the chain must pass through: history was not rewritten. */
  readonly expectHead?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const LOOK_FIRST_MS = 50;
const LOOK_MAX_MS = 1_000;
/** So the report comes at most a quarter later than it could. */
const LOOK_GROWTH = 1.25;

/**
 * Starts a verification, or joins the one that runs, and waits for its report however long it takes:
 * the deadline is that of each look. The signal ends the waiting, not the job.
 * Throws LongmenProblem with the job's own code when it failed; http.verification_missing when its
 * node was started anew.
 */
export async function verify(
  wire: Wire,
  book: string,
  { expectHead, onProgress, ...options }: VerifyOptions,
): Promise<VerifyReport> {
  const body = expectHead === undefined ? {} : { expectHead };
  let job = await ask(wire, "startVerification", { params: { book }, body }, options);
  let lookMs = LOOK_FIRST_MS;
  while (job.state === "running") {
    onProgress?.(job.done, job.total);
    await pause(lookMs, options.signal);
    lookMs = Math.min(LOOK_MAX_MS, lookMs * LOOK_GROWTH);
    job = await ask(wire, "readVerification", { params: { book, id: job.id } }, options);
  }
  onProgress?.(job.done, job.total);
  if (job.report !== undefined) return reportOf(job.report);
  throw new LongmenProblem({
    code: job.problem ?? "client.answer_unreadable",
    status: 0,
    detail: `the verification ${job.id} failed`,
    retry: "later",
  });
}
