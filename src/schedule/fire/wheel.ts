/**
 * What falls due within the next seconds, in slots of a few milliseconds; everything later is the database's
 * to remember. One entry for each shard of a schedule: the newest said is the one that counts.
 */

/** What is put in: which shard, and nothing of what it is to do. */
export interface Entry {
  readonly scheduleId: number;
  readonly shard: number;
}

interface Slotted extends Entry {
  /** On the process's monotonic clock. */
  readonly at: number;
}

export const SLOT_MS = 20;
const SLOTS = 2_048;
/** Nothing later is taken in: 40 seconds. */
export const WHEEL_SPAN_MS = (SLOTS - 2) * SLOT_MS;
/** So many may be in there; the rest waits in the database. */
export const WHEEL_MAX = 200_000;

export const keyOf = ({ scheduleId, shard }: Entry): number => scheduleId * 1_024 + shard;

export class Wheel {
  private readonly slots: (Map<number, Slotted> | undefined)[] = Array.from({ length: SLOTS });
  private readonly slotOf = new Map<number, number>();
  private readonly onDue: (entries: readonly Entry[]) => void;
  /** The slot up to which everything was handed out; counted from the start of the process. */
  private done: number;
  private timer: NodeJS.Timeout | undefined;
  private timerSlot = Infinity;
  private stopped = false;

  constructor(onDue: (entries: readonly Entry[]) => void) {
    this.onDue = onDue;
    this.done = Math.floor(performance.now() / SLOT_MS) - 1;
  }

  get size(): number {
    return this.slotOf.size;
  }

  get isFull(): boolean {
    return this.slotOf.size >= WHEEL_MAX;
  }

  /** Takes it in, in place of what was said of it before; false where it is too far off, or all is full. */
  add(entry: Entry, inMs: number): boolean {
    const at = performance.now() + Math.max(0, inMs);
    const key = keyOf(entry);
    this.drop(key);
    if (inMs > WHEEL_SPAN_MS || this.isFull || this.stopped) return false;
    const slot = Math.max(Math.ceil(at / SLOT_MS), this.done + 1);
    let entries = this.slots[slot % SLOTS];
    if (entries === undefined) {
      entries = new Map();
      this.slots[slot % SLOTS] = entries;
    }
    entries.set(key, { ...entry, at });
    this.slotOf.set(key, slot);
    if (slot < this.timerSlot) this.arm(slot);
    return true;
  }

  has(entry: Entry): boolean {
    return this.slotOf.has(keyOf(entry));
  }

  private drop(key: number): void {
    const slot = this.slotOf.get(key);
    if (slot === undefined) return;
    this.slotOf.delete(key);
    this.slots[slot % SLOTS]?.delete(key);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.slotOf.clear();
    this.slots.fill(undefined);
  }

  private arm(slot: number): void {
    clearTimeout(this.timer);
    this.timerSlot = slot;
    this.timer = setTimeout(() => this.turn(), Math.max(0, slot * SLOT_MS - performance.now()));
    this.timer.unref();
  }

  private turn(): void {
    const until = Math.floor(performance.now() / SLOT_MS);
    const due: Slotted[] = [];
    for (; this.done < until; this.done++) {
      const at = (this.done + 1) % SLOTS;
      const entries = this.slots[at];
      if (entries === undefined) continue;
      this.slots[at] = undefined;
      for (const [key, entry] of entries) {
        this.slotOf.delete(key);
        due.push(entry);
      }
    }
    this.timerSlot = Infinity;
    const next = this.nextSlot();
    if (next !== undefined) this.arm(next);
    if (due.length > 0) this.onDue(due.sort((a, b) => a.at - b.at));
  }

  private nextSlot(): number | undefined {
    if (this.slotOf.size === 0) return undefined;
    for (let slot = this.done + 1; slot <= this.done + SLOTS; slot++) {
      const entries = this.slots[slot % SLOTS];
      if (entries !== undefined && entries.size > 0) return slot;
    }
    return undefined;
  }
}
