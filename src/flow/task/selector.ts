/**
 * Lets held tasks through, off the claim path: right behind the end or start of one of the same group, and by
 * sweeps over all groups that have held ones, while there are some. Counts are made of what there is, in the
 * function of the database that does it (flow_promote).
 */
import { hasCode } from "../../base/index.ts";
import { repeatable, writing } from "../session.ts";
import type { Desk } from "./desk-parts.ts";
import { GroupNames } from "./group-names.ts";
import type { TaskQueue } from "./queue.ts";
import { readHeldGates } from "./task.sql.ts";
import { promoteTasks } from "./write-tasks.ts";

const THROUGH_MAX = 1_000;
const GATES_MAX = 200;
const SWEEP_MS = 200;
const LEAST = -(2n ** 63n);

export class Selector {
  private readonly desk: Desk;
  private readonly asked = new Map<TaskQueue, Set<bigint>>();
  private readonly cursors = new Map<TaskQueue, bigint>();
  private readonly sweeping = new Set<TaskQueue>();
  private readonly timers = new Map<TaskQueue, NodeJS.Timeout>();
  private readonly names = new GroupNames();
  private soon = false;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  /** There may be room in this group, or somebody who has just come. */
  letThrough(queue: TaskQueue, gate: bigint): void {
    const gates = this.asked.get(queue) ?? new Set<bigint>();
    gates.add(gate);
    this.asked.set(queue, gates);
    if (this.soon) return;
    this.soon = true;
    setImmediate(() => {
      this.soon = false;
      for (const [of, which] of this.asked) void this.promote(of, [...which]);
      this.asked.clear();
    });
  }

  private async promote(queue: TaskQueue, gates: readonly bigint[]): Promise<void> {
    if (queue.stopped) return;
    const { perGroup, rate } = queue.policy;
    const item = {
      flow: queue.flow,
      gates,
      perGroup,
      rateMost: rate.limit,
      rateMs: rate.perMs,
      rateOfAll: rate.ofAll,
      most: THROUGH_MAX,
    };
    try {
      const { session } = this.desk.parts;
      await session.commit(`promote/${queue.flow}`, [writing(promoteTasks, item)], repeatable);
      if (queue.room > 0) this.desk.parts.hurry();
      else this.desk.parts.nudgeAll();
      // Another node's selector may have been at it just then, with an older look.
      this.sweepSoon(queue);
    } catch (error) {
      this.told(error);
    }
  }

  private told(error: unknown): void {
    if (!hasCode(error, "flow.fenced")) {
      this.desk.parts.log.warn({ error }, "held tasks could not be let through");
    }
  }

  /** Somebody is held: all groups are gone through, some at a time, until none is. */
  sweepSoon(queue: TaskQueue): void {
    if (this.timers.has(queue) || queue.stopped) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(queue);
        void this.sweep(queue);
      },
      SWEEP_MS * (0.75 + Math.random() / 2),
    );
    timer.unref();
    this.timers.set(queue, timer);
  }

  private async sweep(queue: TaskQueue): Promise<void> {
    if (this.sweeping.has(queue)) return;
    this.sweeping.add(queue);
    try {
      const after = this.cursors.get(queue) ?? LEAST;
      const asked = { flow: queue.flow, after, limit: GATES_MAX };
      const rows = await this.desk.parts.session.database.run(readHeldGates, asked);
      const gates = rows.map(({ gate }) => gate);
      const last = gates.length === GATES_MAX ? gates.at(-1) : undefined;
      this.cursors.set(queue, last ?? LEAST);
      if (gates.length > 0) {
        await this.promote(queue, gates);
        await this.names.learn(this.desk.parts.session, queue, gates);
      }
      if (gates.length === 0 && after !== LEAST) this.sweepSoon(queue);
    } catch (error) {
      this.told(error);
    } finally {
      this.sweeping.delete(queue);
    }
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
