/** Deciding a flush: its units in order, what fell due before them, and what must be read for it. */
import type { LaneConnection } from "./connection.ts";
import type { LaneEngine } from "./engine.ts";
import { DROPPED, type Flush } from "./flush.ts";
import type { Intake } from "./intake.ts";
import type { Item } from "./item.ts";

export interface Deciding<Posting, Answer> {
  readonly engine: LaneEngine<Posting, Answer> | undefined;
  readonly intake: Intake<Posting, Answer>;
  /** A flush before this one did not come back committed. */
  readonly failed: boolean;
}

/** Decides every unit in order. False when an earlier flush failed while this one was reading. */
export async function decideFlush<Posting, Answer>(
  lane: Deciding<Posting, Answer>,
  flush: Flush<Posting, Answer>,
  connection: LaneConnection,
): Promise<boolean> {
  const { engine } = lane;
  if (engine === undefined) return true;
  engine.open();
  if (!(await prepare(lane, flush, connection))) return false;
  const { items, decided } = flush;
  while (decided.length < items.length) {
    const item = items[decided.length];
    if (item?.done === true) {
      decided.push(DROPPED);
      continue;
    }
    const posting = item?.posting;
    const answer = posting === undefined ? undefined : engine.decide(posting, item?.context);
    if (posting === undefined || answer !== undefined) decided.push(answer);
    else if (!(await load(lane, items.slice(decided.length), connection))) return false;
  }
  return true;
}

/** What fell due comes first; if that fills the flush, its units wait for the next one. */
async function prepare<Posting, Answer>(
  lane: Deciding<Posting, Answer>,
  flush: Flush<Posting, Answer>,
  connection: LaneConnection,
): Promise<boolean> {
  for (;;) {
    const state = lane.engine?.prepare();
    if (state === "full") lane.intake.queue.unshiftAll(flush.items.splice(0));
    if (state !== "load") return true;
    if (!(await load(lane, flush.items, connection))) return false;
  }
}

async function load<Posting, Answer>(
  lane: Deciding<Posting, Answer>,
  items: readonly Item<Posting, Answer>[],
  connection: LaneConnection,
): Promise<boolean> {
  const postings: Posting[] = [];
  for (const { posting } of items) if (posting !== undefined) postings.push(posting);
  await lane.engine?.load(postings, connection.reader);
  return !lane.failed;
}
