/** What falls due within the next minute; everything later is the database's to remember. */
const ROUND_MS = 10;

export class Wheel {
  private readonly dueAt = new Map<bigint, number>();
  private readonly onDue: (runs: readonly bigint[]) => void;
  private timer: NodeJS.Timeout | undefined;
  private firesAt = Infinity;

  constructor(onDue: (runs: readonly bigint[]) => void) {
    this.onDue = onDue;
  }

  get size(): number {
    return this.dueAt.size;
  }

  add(runId: bigint, inMs: number): void {
    const at = performance.now() + Math.max(0, inMs);
    this.dueAt.set(runId, at);
    if (at < this.firesAt) this.arm(at);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.dueAt.clear();
  }

  private arm(at: number): void {
    clearTimeout(this.timer);
    this.firesAt = at;
    const inMs = Math.max(ROUND_MS, at - performance.now());
    this.timer = setTimeout(() => this.fire(), inMs);
    this.timer.unref();
  }

  private fire(): void {
    const now = performance.now();
    const due: bigint[] = [];
    let next = Infinity;
    for (const [runId, at] of this.dueAt) {
      if (at <= now) due.push(runId);
      else if (at < next) next = at;
    }
    for (const runId of due) this.dueAt.delete(runId);
    this.firesAt = Infinity;
    if (next < Infinity) this.arm(next);
    if (due.length > 0) this.onDue(due);
  }
}
