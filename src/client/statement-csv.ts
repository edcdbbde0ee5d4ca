/** An account's statement as CSV, as the server streams it: for a file, not for memory. */
import { flag, timeOf } from "./ask.ts";
import { send, toldBy, unanswered, type Wire } from "./attempt.ts";
import type { StatementAsked } from "./book.ts";
import { newTraceparent } from "./exchange.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { clientProblem } from "./problem.ts";
import { timeText } from "./to-wire.ts";

/**
 * Answers once the first bytes are there; the deadline is for these. A statement that breaks off
 * breaks the stream, so a file that is whole is all of it. Asked once, and again by the caller.
 * Throws LongmenProblem, or the reason of the caller's signal.
 */
export async function statementCsv(
  wire: Wire,
  book: string,
  { path, asset, from, to, moves }: StatementAsked,
  options: CallOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { signal } = options;
  const deadlineMs = timeOf(options.deadlineMs ?? wire.deadlineMs);
  signal?.throwIfAborted();
  const query = {
    ...{ path, asset, moves: flag(moves), format: "csv" },
    from: from === undefined ? undefined : timeText(from, "from"),
    to: to === undefined ? undefined : timeText(to, "to"),
  };
  const question = { name: "readStatement", params: { book }, query, repeatable: true } as const;
  const traceparent = newTraceparent();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), deadlineMs);
  const either = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  try {
    const response = await send(wire, question, {
      traceparent,
      limitMs: deadlineMs,
      signal: either,
    });
    const isCsv = response.headers.get("content-type")?.startsWith("text/csv") === true;
    if (response.ok && isCsv && response.body !== null) return response.body;
    const told = toldBy(question, response, await response.text());
    throw told.ok ? clientProblem("answer_unreadable", { what: "no CSV" }) : told.problem;
  } catch (error) {
    signal?.throwIfAborted();
    if (late.signal.aborted) throw clientProblem("deadline_passed", { cause: error });
    const told = unanswered(error, traceparent);
    throw told.ok ? error : told.problem;
  } finally {
    clearTimeout(timer);
  }
}
