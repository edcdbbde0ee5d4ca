/** Questions that are asked once, and again by the caller: files, which come and go as they are read. */
import { type Question, send, toldBy, unanswered, type Wire } from "./attempt.ts";
import { newTraceparent } from "./exchange.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { clientProblem } from "./problem.ts";

type Patience = CallOptions & { readonly deadlineMs: number };

/** The deadline is for what `read` waits for. Throws LongmenProblem, or the reason of the caller's signal. */
export async function askOnce<T>(
  wire: Wire,
  question: Question,
  { deadlineMs, signal }: Patience,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const traceparent = newTraceparent();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), deadlineMs);
  const either = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  try {
    const sending = { traceparent, limitMs: deadlineMs, signal: either };
    return await read(await send(wire, question, sending));
  } catch (error) {
    signal?.throwIfAborted();
    if (late.signal.aborted) throw clientProblem("deadline_passed", { cause: error });
    const told = unanswered(error, traceparent);
    throw told.ok ? error : told.problem;
  } finally {
    clearTimeout(timer);
  }
}

/** Answers once the first bytes are there. */
export function csvOf(
  wire: Wire,
  question: Question,
  patience: Patience,
): Promise<ReadableStream<Uint8Array>> {
  return askOnce(wire, question, patience, async (response) => {
    const isCsv = response.headers.get("content-type")?.startsWith("text/csv") === true;
    if (response.ok && isCsv && response.body !== null) return response.body;
    const told = toldBy(question, response, await response.text());
    throw told.ok ? clientProblem("answer_unreadable", { what: "no CSV" }) : told.problem;
  });
}
