/**
 * How long a caller waits: Request-Timeout-Ms, or the default. A write that has not been sent by then
 * is dropped; one that was sent is waited for, since its outcome decides. A read is told that it took
 * too long, and counts as work until it has ended.
 */
import { fail } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import { DEADLINE_MAX_MS, WAIT_MAX_MS } from "./limits.ts";
import type { Asked, Doors, Route } from "./route.ts";

export const DEADLINE_HEADER = "request-timeout-ms";
const MILLISECONDS = /^[1-9][0-9]{0,5}$/;

/** Refuses: http.deadline_malformed. */
export function takeDeadline(asked: Asked, header: string | string[] | undefined): void {
  if (header === undefined) return;
  const ms = typeof header === "string" && MILLISECONDS.test(header) ? Number(header) : 0;
  if (ms < 1 || ms > DEADLINE_MAX_MS) {
    throw fail(httpErrors, "deadline_malformed", { max: DEADLINE_MAX_MS });
  }
  asked.deadlineAt = asked.startedAt + ms;
  asked.hasDeadline = true;
}

/** What is left of it; the lane takes nothing below one. */
export function leftMs({ deadlineAt }: Asked): number {
  return Math.max(1, deadlineAt - performance.now());
}

/** How long a poll waits, so that its answer comes before a deadline that its caller named. */
export function waitWithin(asked: Asked, waitMs: number): number {
  const ANSWERING = 0.9;
  return asked.hasDeadline ? Math.min(waitMs, leftMs(asked) * ANSWERING) : waitMs;
}

/** Refuses: http.deadline_passed. */
export async function withinDeadline<T>(
  { work }: Doors,
  { waits }: Route,
  asked: Asked,
  answering: Promise<T>,
): Promise<T> {
  const ms = leftMs(asked) + (waits === true && !asked.hasDeadline ? WAIT_MAX_MS : 0);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    work.enter();
    answering.catch(() => undefined).finally(work.leave);
    const since = Math.round(performance.now() - asked.startedAt);
    reject(fail(httpErrors, "deadline_passed", { ms: since }));
  }, ms);
  try {
    return await Promise.race([answering, late]);
  } finally {
    clearTimeout(timer);
  }
}
