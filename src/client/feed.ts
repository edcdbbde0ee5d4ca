/** The feed: every change of a book after a seq, oldest first, as it comes. */
import type { Change } from "./answer.ts";
import { ask, digits, timeOf } from "./ask.ts";
import type { Wire } from "./attempt.ts";
import { pause } from "./back-off.ts";
import { changeOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";

export interface FeedOptions extends CallOptions {
  /** The last seq that you have; everything, when left out. */
  readonly after?: number | undefined;
  /** How long one look may wait for something to come: up to 30,000, which is also the default. */
  readonly waitMs?: number | undefined;
  /** 1 to 1,000 changes a look. */
  readonly limit?: number | undefined;
  /** False: ends at what is newest now, instead of waiting for more. */
  readonly follow?: boolean | undefined;
}

const WAIT_MS = 30_000;
const LIMIT = 1_000;
/** Between looks at a server that has no room for one more who waits: it answers at once. */
const NO_ROOM_PAUSE_MS = 500;

/**
 * Nothing is skipped or doubled: begin anew with the last `entry.seq` that you have dealt with. The
 * signal ends the iteration as if there were no more. Throws LongmenProblem when the server stays
 * away for longer than the deadline of one look.
 */
export async function* feed(
  wire: Wire,
  book: string,
  { after = 0, waitMs = WAIT_MS, limit = LIMIT, follow = true, deadlineMs, signal }: FeedOptions,
): AsyncGenerator<Change, void, undefined> {
  const wait = follow ? waitMs : 0;
  const patience = { deadlineMs: timeOf(deadlineMs ?? wire.deadlineMs) + wait, signal };
  const isOver = () => signal?.aborted === true;
  let last = after;
  while (!isOver()) {
    const askedAt = performance.now();
    const query = { after: digits(last), limit: digits(limit), waitMs: digits(wait) };
    const told = await ask(wire, "readChanges", { params: { book }, query }, patience).catch(
      (error: unknown) => {
        if (isOver()) return undefined;
        throw error;
      },
    );
    if (told === undefined) return;
    for (const change of told.items) {
      yield changeOf(change);
      if (isOver()) return;
    }
    last = told.after;
    if (told.items.length > 0) continue;
    if (!follow) return;
    const isEarly = performance.now() - askedAt < wait / 2;
    if (isEarly) await pause(NO_ROOM_PAUSE_MS * (1 + Math.random()), signal);
  }
}
