/** Feeds: what came after a seq, oldest first, as it comes; and that of a book's changes. */
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

export interface FeedPage<T> {
  readonly items: readonly T[];
  readonly after: number;
  /** There was more to look at than the look looked at. */
  readonly more?: boolean | undefined;
}

export interface FeedLook {
  readonly query: {
    readonly after: string | undefined;
    readonly limit: string | undefined;
    readonly waitMs: string | undefined;
  };
  readonly patience: CallOptions;
}

/**
 * Nothing is skipped or doubled: begin anew with the last seq that you have dealt with. The signal ends the
 * iteration as if there were no more. Throws LongmenProblem when the server stays away for longer than the
 * deadline of one look.
 */
export async function* followed<T>(
  wire: Wire,
  { after = 0, waitMs = WAIT_MS, limit = LIMIT, follow = true, deadlineMs, signal }: FeedOptions,
  look: (asked: FeedLook) => Promise<FeedPage<T>>,
): AsyncGenerator<T, void, undefined> {
  const wait = follow ? waitMs : 0;
  const patience = { deadlineMs: timeOf(deadlineMs ?? wire.deadlineMs) + wait, signal };
  const isOver = () => signal?.aborted === true;
  let last = after;
  while (!isOver()) {
    const askedAt = performance.now();
    const query = { after: digits(last), limit: digits(limit), waitMs: digits(wait) };
    const told = await look({ query, patience }).catch((error: unknown) => {
      if (isOver()) return undefined;
      throw error;
    });
    if (told === undefined) return;
    for (const item of told.items) {
      yield item;
      if (isOver()) return;
    }
    const hasMoved = told.after > last;
    last = told.after;
    if (told.items.length > 0 || told.more === true) continue;
    if (!follow) return;
    // Entries of the book that are nothing of this feed wake us, too.
    const isEarly = !hasMoved && performance.now() - askedAt < wait / 2;
    if (isEarly) await pause(NO_ROOM_PAUSE_MS * (1 + Math.random()), signal);
  }
}

/** What `followed` promises, of a book's changes: begin anew with the last `entry.seq`. */
export function feed(
  wire: Wire,
  book: string,
  options: FeedOptions,
): AsyncGenerator<Change, void, undefined> {
  return followed(wire, options, async ({ query, patience }) => {
    const { items, after } = await ask(wire, "readChanges", { params: { book }, query }, patience);
    return { items: items.map(changeOf), after };
  });
}
