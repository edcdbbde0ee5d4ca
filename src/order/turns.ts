/**
 * Acts on one order take turns within a node: each is decided on what the one before it left, instead of all on one
 * version, of which one wins. Turns go in the order of asking. Between nodes the step decides who was first; whoever
 * just was first is so again, since he knows the order already. So a node that many turns follow each other in
 * gives way now and then.
 */
import { performance } from "node:perf_hooks";
import { systemClock } from "../base/index.ts";

/** Of one order: past it whoever asks is refused at once, and comes again. */
const WAITING_MAX = 1_000;
const IN_A_ROW_MAX = 16;
/** Longer than the pause of who was not first (do-act.ts) and its looking anew. */
const GIVE_WAY_MS = 25;

type Come = () => void;

interface Queue {
  readonly waiting: Come[];
  inARow: number;
}

export class Turns {
  /** Orders that are acted on just now, with who waits behind. */
  private readonly queues = new Map<string, Queue>();

  /**
   * Waits for its turn, and answers what ends it; undefined: too many wait, or it has not come by then
   * (of performance.now()).
   */
  async take(bookId: number, orderId: string, until: number): Promise<(() => void) | undefined> {
    const key = `${bookId}/${orderId}`;
    const queue = this.queues.get(key);
    if (queue === undefined) this.queues.set(key, { waiting: [], inARow: 1 });
    else if (queue.waiting.length >= WAITING_MAX || !(await comes(queue.waiting, until))) return;
    return () => void this.next(key);
  }

  private async next(key: string): Promise<void> {
    const queue = this.queues.get(key);
    if (queue === undefined) return;
    if (queue.waiting.length > 0 && queue.inARow++ % IN_A_ROW_MAX === 0) {
      await systemClock.sleep(GIVE_WAY_MS);
    }
    const first = queue.waiting.shift();
    if (first === undefined) this.queues.delete(key);
    else first();
  }
}

/** True when it is one's turn; who gives up leaves the queue. */
function comes(waiting: Come[], until: number): Promise<boolean> {
  return new Promise((tell) => {
    const come = () => {
      clearTimeout(timer);
      tell(true);
    };
    const timer = setTimeout(() => {
      const place = waiting.indexOf(come);
      if (place >= 0) waiting.splice(place, 1);
      tell(false);
    }, until - performance.now());
    waiting.push(come);
  });
}
