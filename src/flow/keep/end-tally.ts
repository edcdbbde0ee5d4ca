/**
 * What ended on this node, by flow, outcome and minute of the database's clock: counted in memory when an end is
 * committed, and written every two seconds while there is something new. A row of a minute is replaced by its
 * later count, so that a reply that was lost counts nothing twice. What a killed node had counted and not
 * written is not counted: two seconds' ends at most.
 */
import type { Logger } from "../../base/index.ts";
import { idAt, instantOf } from "../run-id.ts";
import { repeatable, type Session, writing } from "../session.ts";
import { saveTallies, type TallyRow } from "./write-keep.ts";

const WRITE_MS = 2_000;
const MINUTE_MS = 60_000;
const ROWS_MAX = 1_000;

interface Counter {
  readonly row: Omit<TallyRow, "n">;
  readonly at: number;
  n: number;
  written: number;
}

export class EndTally {
  private readonly counters = new Map<string, Counter>();
  private readonly session: () => Session;
  private readonly log: Logger;
  private timer: NodeJS.Timeout | undefined;
  private last: Counter | undefined;

  constructor(session: () => Session, log: Logger) {
    this.session = session;
    this.log = log;
  }

  /** An end is committed, by a node under that session. */
  count(session: Session, flow: number, outcome: number): void {
    const at = Math.floor(session.now() / MINUTE_MS) * MINUTE_MS;
    const { owner, epoch } = session.owner;
    // Mostly it is as the one before; a text for each end would be felt.
    const { last } = this;
    const isSame =
      last?.at === at &&
      last.row.flow === flow &&
      last.row.outcome === outcome &&
      last.row.epoch === epoch;
    const counter = isSame
      ? last
      : this.counterOf({ minute: idAt(at), flow, outcome, owner, epoch });
    this.last = counter;
    counter.n += 1;
    this.timer ??= setTimeout(() => void this.write(), WRITE_MS).unref();
  }

  private counterOf(row: Counter["row"]): Counter {
    const key = `${row.minute} ${row.flow} ${row.outcome} ${row.epoch}`;
    const known = this.counters.get(key);
    if (known !== undefined) return known;
    const counter = { row, at: instantOf(row.minute), n: 0, written: 0 };
    this.counters.set(key, counter);
    return counter;
  }

  /** Writes what is new. What can't be written now is written with the next. */
  async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const fresh = [...this.counters.values()]
      .filter(({ n, written }) => n > written)
      .slice(0, ROWS_MAX)
      .map((counter) => ({ counter, n: counter.n }));
    if (fresh.length === 0) return;
    try {
      const session = this.session();
      const rows = fresh.map(({ counter, n }) => writing(saveTallies, { ...counter.row, n }));
      await session.commit("tally", rows, repeatable);
      for (const { counter, n } of fresh) counter.written = Math.max(counter.written, n);
      this.forget(session.now());
    } catch (error) {
      this.log.debug({ error }, "ends were not tallied yet");
    }
    const isLeft = [...this.counters.values()].some(({ n, written }) => n > written);
    if (isLeft) this.timer ??= setTimeout(() => void this.write(), WRITE_MS).unref();
  }

  /** Of a minute that is over nothing comes any more. */
  private forget(now: number): void {
    this.last = undefined;
    for (const [key, { at, n, written }] of this.counters) {
      if (n === written && at + 2 * MINUTE_MS < now) this.counters.delete(key);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
