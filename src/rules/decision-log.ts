/**
 * The log of decisions: rows collect while a unit of them is under way, and for some milliseconds where nobody waits for
 * them (a commit for each would cost more than deciding), and go through the node's lane by hundreds. The buffer is
 * bounded, and what can't be written down isn't decided.
 */
import { randomFillSync } from "node:crypto";
import { backoff, type Clock, fail, idSource, type Logger, systemClock } from "../base/index.ts";
import { type Database, unit } from "../postgres/index.ts";
import type { RulesLane } from "./rules-lane.ts";
import { rulesErrors } from "./rules.errors.ts";
import { dayIsThere } from "./rules.sql.ts";
import { type DecisionRow, dropDays, makeDays, saveDecisions } from "./write-decisions.ts";

const DAY_MS = 86_400_000;
const DROP_EVERY_MS = 3_600_000;
/** Tables are made for so many days ahead. */
const DAYS_AHEAD = 1;
export const LOG_WAITING_MAX = 20_000;
/** Of inputs and outputs, in characters: as good as as many rows, where the rows are long. */
export const LOG_LENGTH_MAX = 64 * 1024 * 1024;
const ROWS_AT_ONCE = 500;
const LENGTH_AT_ONCE = 8 * 1024 * 1024;
/** So long rows that nobody waits for may collect. */
const COLLECT_MS = 10;
/** Of an id, what tells its instant. */
const TIME_LENGTH = 10;
const ID_LENGTH = 26;

interface Waiting {
  readonly row: DecisionRow;
  readonly written: PromiseWithResolvers<void> | undefined;
}

export interface DecisionLogOptions {
  readonly database: Database;
  readonly lane: RulesLane;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
  /** 0: for ever. */
  readonly keepDays: number;
  readonly waitingMax: number;
  readonly lengthMax: number;
}

export class DecisionLog {
  private readonly options: DecisionLogOptions;
  private readonly nextId: () => string;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  /** In a unit that is under way. */
  private underWay = 0;
  /** Of all rows that are not written yet. */
  private length = 0;
  /** Ends the collecting. */
  private hurry: (() => void) | undefined;
  private readonly days = new Set<number>();
  private making: Promise<void> | undefined;
  private lookedAt = -Infinity;
  private closed = false;

  constructor(options: DecisionLogOptions) {
    this.options = options;
    const fillRandom = (block: Uint32Array) => void randomFillSync(block);
    this.nextId = idSource({ now: () => options.clock.now(), fillRandom });
  }

  /** Refuses: rules.log_full. */
  checkRoom(): void {
    const waiting = this.waiting.length + this.underWay;
    const { waitingMax, lengthMax } = this.options;
    if (waiting >= waitingMax || this.length >= lengthMax)
      throw fail(rulesErrors, "log_full", { waiting });
  }

  /** An id for a decision of now. There is a table for its day, or will be when what this answers resolves. */
  newId(): { readonly decisionId: string; readonly ready: Promise<void> | undefined } {
    const decisionId = this.nextId();
    // Not the clock's day: when that is set back, ids go on where they were.
    const day = Math.floor(instantOfId(decisionId) / DAY_MS);
    return { decisionId, ready: this.days.has(day) ? undefined : this.ensureDay(day) };
  }

  /** Takes a row; what is answered resolves when it is written. Nobody needs to wait for it. */
  add(row: DecisionRow, isAwaited: boolean): Promise<void> | undefined {
    const written = isAwaited ? Promise.withResolvers<void>() : undefined;
    this.waiting.push({ row, written });
    this.length += lengthOf(row);
    if (isAwaited || this.waiting.length >= ROWS_AT_ONCE) this.hurry?.();
    this.writing ??= this.writeAll();
    return written?.promise;
  }

  /** Resolves when everything taken so far is written. */
  async settled(): Promise<void> {
    while (this.writing !== undefined) {
      this.hurry?.();
      await this.writing;
    }
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.collect();
      const rows = this.waiting.splice(0, this.countAtOnce());
      this.underWay = rows.length;
      await this.write(rows);
      this.underWay = 0;
      for (const { row } of rows) this.length -= lengthOf(row);
    }
    // Before anybody else's turn: a row that comes from now on begins anew.
    this.writing = undefined;
    this.dropSometimes();
  }

  /** At least one. */
  private countAtOnce(): number {
    let count = 0;
    let length = 0;
    for (const { row } of this.waiting) {
      length += lengthOf(row);
      if (count > 0 && (count === ROWS_AT_ONCE || length > LENGTH_AT_ONCE)) break;
      count += 1;
    }
    return count;
  }

  /** Lets others put theirs in: of this turn always, of the next few milliseconds where nobody waits. */
  private async collect(): Promise<void> {
    await new Promise((resolve) => void setImmediate(resolve));
    const isAwaited = this.waiting.some(({ written }) => written !== undefined);
    if (isAwaited || this.closed || this.waiting.length >= ROWS_AT_ONCE) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, COLLECT_MS);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.hurry = undefined;
  }

  /** Until it is written, or this node stops: rows are keyed, so that sending them again does nothing more. */
  private async write(rows: readonly Waiting[]): Promise<void> {
    const first = rows[0]?.row.decisionId ?? "";
    const made = unit(`rules/log/${first}`).write(saveDecisions, ...rows.map(({ row }) => row));
    for (let attempt = 1; ; attempt++) {
      try {
        for (const { row } of rows) {
          const day = Math.floor(instantOfId(row.decisionId) / DAY_MS);
          if (!this.days.has(day)) await this.ensureDay(day);
        }
        await this.options.lane.submit({ ...made, context: undefined });
        for (const { written } of rows) written?.resolve();
        return;
      } catch (error) {
        // Known days may have gone since, by another node's keeping.
        this.days.clear();
        const isTold = (attempt & (attempt - 1)) === 0;
        const told = { error, attempt, rows: rows.length };
        if (isTold) this.options.log.warn(told, "decisions wait to be written down");
        if (this.closed) {
          for (const { written } of rows) written?.reject(error);
          this.options.log.error({ error, rows: rows.length }, "decisions were not written down");
          return;
        }
        await systemClock.sleep(
          backoff({ attempt: Math.min(attempt, 8), baseMs: 50, maxMs: 5_000 }),
        );
      }
    }
  }

  private async ensureDay(day: number): Promise<void> {
    while (this.making !== undefined && !this.days.has(day))
      await this.making.catch(() => undefined);
    if (this.days.has(day)) return;
    this.making = this.makeDays(day);
    try {
      await this.making;
    } finally {
      this.making = undefined;
    }
  }

  private async makeDays(from: number): Promise<void> {
    const { database, lane } = this.options;
    for (let day = from; day <= from + DAYS_AHEAD; day++) {
      const [first, behind] = [idBeginning(day * DAY_MS), idBeginning((day + 1) * DAY_MS)];
      const made = { day: dayText(day), first, behind };
      const name = `${database.schema}.rules_decision_${made.day.replaceAll("-", "")}`;
      const { found } = await database.one(dayIsThere, { name });
      const making = unit(`rules/day/${made.day}`).write(makeDays, made);
      if (!found) await lane.submit({ ...making, context: undefined });
      this.days.add(day);
    }
  }

  private dropSometimes(): void {
    const { keepDays, lane, log } = this.options;
    const now = performance.now();
    if (keepDays === 0 || now - this.lookedAt < DROP_EVERY_MS || this.closed) return;
    this.lookedAt = now;
    const dropping = unit("rules/drop-days").write(dropDays, keepDays);
    lane
      .submit({ ...dropping, context: undefined })
      .catch((error: unknown) => log.warn({ error }, "old days of decisions were not looked at"));
  }

  /** Writes what was taken; what can't be written now is given up and named in the log. */
  async close(): Promise<void> {
    this.closed = true;
    await this.settled();
  }
}

const lengthOf = ({ input, output }: DecisionRow): number => input.length + (output?.length ?? 0);

/** Such as 2026-11-21, in UTC. */
const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The least id of an instant. */
export function idBeginning(at: number): string {
  const id = idSource({ now: () => at, fillRandom: (block) => void block.fill(0) })();
  return id.slice(0, TIME_LENGTH).padEnd(ID_LENGTH, "0");
}

/** The instant in an id, which is when its decision was made. */
export function instantOfId(decisionId: string): number {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  let at = 0;
  for (const char of decisionId.slice(0, TIME_LENGTH))
    at = at * 32 + Math.max(0, digits.indexOf(char));
  return at;
}
