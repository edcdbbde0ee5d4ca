/** An account's statement as CSV, as the server streams it: for a file, not for memory. */
import { flag, timeOf } from "./ask.ts";
import { csvOf } from "./ask-once.ts";
import type { Wire } from "./attempt.ts";
import type { StatementAsked } from "./book.ts";
import type { CallOptions } from "./outcome-unknown.ts";
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
  const deadlineMs = timeOf(options.deadlineMs ?? wire.deadlineMs);
  const query = {
    ...{ path, asset, moves: flag(moves), format: "csv" },
    from: from === undefined ? undefined : timeText(from, "from"),
    to: to === undefined ? undefined : timeText(to, "to"),
  };
  const question = { name: "readStatement", params: { book }, query, repeatable: true } as const;
  return await csvOf(wire, question, { ...options, deadlineMs });
}
