/**
 * Rows of many tasks as one unit: what is said within one turn of the event loop goes out together, so that a
 * flush of hundreds of ends is one unit and not hundreds. If such a unit is refused, each goes alone, so that
 * one that can't be written keeps nobody else from being.
 */
import type { WriteUse } from "../../postgres/index.ts";
import { type CommitOptions, isPassing, type Session } from "../session.ts";

export interface Gathered {
  readonly session: Session;
  /** Names the unit, and resolves its unknown outcome: all of a unit are there, or none. */
  readonly key: string;
  readonly rows: readonly WriteUse[];
  readonly stands: () => Promise<boolean>;
  /** Undefined: committed. */
  readonly settle: (error: unknown) => void;
}

const TOGETHER_MAX = 1_000;

export class Gathering {
  private readonly impatient: boolean;
  private waiting: Gathered[] = [];
  private soon = false;
  /** Sent, and not settled. */
  private inFlight = 0;

  constructor(options: { readonly impatient: boolean }) {
    this.impatient = options.impatient;
  }

  get size(): number {
    return this.waiting.length + this.inFlight;
  }

  add(gathered: Gathered): void {
    this.waiting.push(gathered);
    if (this.soon) return;
    this.soon = true;
    setImmediate(() => this.send());
  }

  private send(): void {
    this.soon = false;
    const { waiting } = this;
    this.waiting = [];
    for (let from = 0; from < waiting.length;) {
      const first = waiting[from];
      let to = from + 1;
      while (to < waiting.length && to - from < TOGETHER_MAX) {
        if (waiting[to]?.session !== first?.session) break;
        to += 1;
      }
      const together = from === 0 && to === waiting.length ? waiting : waiting.slice(from, to);
      void this.commit(together);
      from = to;
    }
  }

  private async commit(together: readonly Gathered[]): Promise<void> {
    const [first] = together;
    if (first === undefined) return;
    const { session, key, stands } = first;
    const options: CommitOptions = { stands, impatient: this.impatient };
    this.inFlight += together.length;
    try {
      const rows = together.length === 1 ? first.rows : together.flatMap((one) => one.rows);
      await session.commit(key, rows, options);
      this.settleAll(together, undefined);
    } catch (error) {
      const passes = this.impatient && isPassing(error);
      if (together.length > 1 && !session.signal.aborted && !passes) {
        this.inFlight -= together.length;
        await Promise.all(together.map((one) => this.commit([one])));
      } else this.settleAll(together, error);
    }
  }

  private settleAll(together: readonly Gathered[], error: unknown): void {
    this.inFlight -= together.length;
    for (const one of together) one.settle(error);
  }
}
