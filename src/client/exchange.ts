/** A question until it is answered: attempts, waits between them, and a deadline over all. */
import { attemptOnce, isWrite, type Question, type Told, type Wire } from "./attempt.ts";
import { pause, waitBefore } from "./back-off.ts";
import { clientProblem, type LongmenProblem } from "./problem.ts";

/** So often nobody answered: nobody is there. What a server refuses for now is asked until the deadline. */
const UNHEARD_ATTEMPTS_MAX = 20;
/** A bug stays one. */
const BUG_ATTEMPTS_MAX = 3;
/** A server answers a write within 10 s; a connection that says nothing for longer is dead. */
const WRITE_ATTEMPT_MS = 15_000;

export interface Patience {
  /** By `performance.now()`. */
  readonly deadlineAt: number;
  readonly signal?: AbortSignal | undefined;
}

/** How far it is, for who leaves before it is over. */
export interface Progress {
  /** An attempt is on its way. */
  sending: boolean;
  /** One was, and didn't tell what became of it. */
  mayBeDone: boolean;
  traceId: string | undefined;
}

export function newProgress(): Progress {
  return { sending: false, mayBeDone: false, traceId: undefined };
}

/**
 * Asks until there is an answer, a problem for good, or no more time. `ask` says before each attempt
 * what is asked. Never rejects. Retried is what is safe to repeat and whose problem says that it can
 * help; a wait that ends behind the deadline is not begun.
 */
export async function exchange(
  wire: Wire,
  ask: () => Question,
  { deadlineAt, signal }: Patience,
  progress: Progress = newProgress(),
): Promise<Told> {
  const traceId = randomHex(16);
  progress.traceId = traceId;
  for (let attempt = 1; ; attempt++) {
    const over = overAlready(deadlineAt, signal, traceId);
    if (over !== undefined) return { ok: false, problem: over, mayBeDone: progress.mayBeDone };
    const question = ask();
    const leftMs = deadlineAt - performance.now();
    const limitMs = isWrite(question) ? Math.min(leftMs, WRITE_ATTEMPT_MS) : leftMs;
    const traceparent = newTraceparent(traceId);
    progress.sending = true;
    const told = await attemptOnce(wire, question, traceparent, limitMs, signal);
    progress.sending = false;
    if (told.ok) return told;
    progress.mayBeDone ||= told.mayBeDone;
    const end = { ...told, mayBeDone: progress.mayBeDone };
    if (!isWorthAnother(question, told.problem, attempt, progress))
      return ended(end, deadlineAt, signal);
    const waitMs = waitBefore(attempt, told.problem.retryAfterMs);
    if (performance.now() + waitMs >= deadlineAt) return ended(end, deadlineAt, signal);
    await pause(waitMs, signal);
  }
}

function isWorthAnother(
  { repeatable }: Question,
  { status, retry }: LongmenProblem,
  attempt: number,
  { mayBeDone }: Progress,
): boolean {
  if (retry === "never" || (mayBeDone && !repeatable)) return false;
  if (status === 0) return attempt < UNHEARD_ATTEMPTS_MAX;
  return status !== 500 || attempt < BUG_ATTEMPTS_MAX;
}

function overAlready(
  deadlineAt: number,
  signal: AbortSignal | undefined,
  traceId: string,
): LongmenProblem | undefined {
  if (signal?.aborted === true) {
    return clientProblem("aborted", { traceId, cause: signal.reason });
  }
  if (performance.now() < deadlineAt) return undefined;
  return clientProblem("deadline_passed", { traceId });
}

/** What ended because its time was up, or its caller gone, is said to be that. */
function ended(
  told: Told & { readonly ok: false },
  deadlineAt: number,
  signal: AbortSignal | undefined,
): Told {
  const { problem } = told;
  if (problem.code !== "client.no_answer") return told;
  const { traceId } = problem;
  if (signal?.aborted === true) {
    return { ...told, problem: clientProblem("aborted", { traceId, cause: signal.reason }) };
  }
  if (performance.now() < deadlineAt) return told;
  return { ...told, problem: clientProblem("deadline_passed", { traceId, cause: problem }) };
}

const HEX = 16;

/** W3C trace context: of a trace of its own, or one that goes on. */
export function newTraceparent(traceId: string = randomHex(16)): string {
  return `00-${traceId}-${randomHex(8)}-01`;
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(HEX).padStart(2, "0"));
/** Drawn for many requests at once: each draw costs more than what is done with it. */
const drawn = { bytes: new Uint8Array(4_096), used: 4_096 };

function randomHex(count: number): string {
  if (drawn.used + count > drawn.bytes.length) {
    crypto.getRandomValues(drawn.bytes);
    drawn.used = 0;
  }
  let text = "";
  for (let i = 0; i < count; i++) text += PAIRS[drawn.bytes[drawn.used++] ?? 0] ?? "";
  return text;
}
