/** One look for work, as far as tasks are concerned: what it asks, what it finds, what of that is taken. */
import type { Place } from "./low-water.ts";
import type { TaskQueue } from "./queue.ts";

interface Part {
  readonly queue: TaskQueue;
  readonly from: Place;
  readonly most: number;
  readonly runs: bigint[];
  readonly places: string[];
}

export class Finding {
  /** For each flow: how many at most, and from where on. */
  readonly asked: {
    readonly mosts: readonly number[];
    readonly priorities: readonly number[];
    readonly sinces: readonly bigint[];
  };
  private readonly parts = new Map<number, Part>();
  private readonly beganAt = performance.now();

  constructor(flows: readonly number[], queues: ReadonlyMap<number, TaskQueue>, others: number) {
    const mosts: number[] = [];
    const priorities: number[] = [];
    const sinces: bigint[] = [];
    for (const flow of flows) {
      const queue = queues.get(flow);
      const from = queue?.lowWater.from();
      // Where there is no room one is asked for all the same: who gets room must know that more is there.
      const most = queue === undefined ? others : Math.max(queue.room, 1);
      mosts.push(most);
      priorities.push(from?.priority ?? -32_768);
      sinces.push(BigInt(from?.wakeMs ?? 0));
      if (queue !== undefined && from !== undefined) {
        this.parts.set(flow, { queue, from, most, runs: [], places: [] });
      }
    }
    this.asked = { mosts, priorities, sinces };
  }

  looked(): void {
    const tookMs = performance.now() - this.beganAt;
    for (const { queue, from } of this.parts.values()) queue.lowWater.looked(from, tookMs);
  }

  /** False: it is of no task. */
  keep(flow: number, runId: bigint, place: string): boolean {
    const part = this.parts.get(flow);
    part?.runs.push(runId);
    part?.places.push(place);
    return part !== undefined;
  }

  /** Nothing was found behind a mark: before it there may be more. */
  get isShort(): boolean {
    const parts = [...this.parts.values()];
    return parts.some(({ from, most, runs }) => from.wakeMs > 0 && runs.length < most);
  }

  /** What there is room for still, and whether more is behind it. */
  take(): bigint[] {
    return [...this.parts.values()].flatMap(({ queue, most, runs, places }) => {
      const taken = runs.slice(0, queue.room);
      const isMore = runs.length >= most || taken.length < runs.length;
      queue.backlog = isMore;
      if (isMore && taken.length > 0) queue.lowWater.taken(placeOf(places[taken.length - 1]));
      else if (!isMore) queue.lowWater.taken(undefined);
      return taken;
    });
  }
}

function placeOf(text = ""): Place | undefined {
  const [priority, wakeMs] = text.split(" ").map(Number);
  return priority === undefined || wakeMs === undefined ? undefined : { priority, wakeMs };
}
