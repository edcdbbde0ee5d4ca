/**
 * Days that are older than asked go, by whole tables, once an hour and by one node at a time. A day of which a run
 * lives, or a task is dead, stays whole until that is over, and is named in the log. Keys stay: see the decision.
 */
import { fail, type Logger } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { DAY_MS, dayOf, idAt, instantOf, showRunId } from "../run-id.ts";
import { repeatable, type Session, writing } from "../session.ts";
import { analyzeDay, readOldDays } from "./keep.sql.ts";
import { dropDays } from "./write-keep.ts";

/** A quarter: disputes of payments and what finance asks about are over by then. */
export const KEEP_DAYS = 90;
export const KEEP_DAYS_MAX = 36_500;

const EVERY_MS = 3_600_000;
/** Somebody reads those tables for long: a backup, mostly. */
const BUSY_MS = 300_000;
/** When a day has begun, or this node has: so soon its tables have filled enough to be looked at. */
const ANALYZE_MS = [1_000, 4_000, 15_000, 60_000];
/** Days that go at once; the rest goes with the next turn. */
const DROPS_MAX = 400;

/** Refuses: flow.definition_malformed. */
export function checkKeepDays(node: string, keepDays: number): void {
  if (Number.isInteger(keepDays) && keepDays >= 0 && keepDays <= KEEP_DAYS_MAX) return;
  const why = `it would keep runs for ${String(keepDays)} days: whole days from 1 to ${KEEP_DAYS_MAX}, or 0 for ever`;
  throw fail(flowErrors, "definition_malformed", { name: node, why });
}

/** Drops what is older than so many days, a day a commit. Answers whether nothing is left to be dropped. */
export async function dropOldDays(
  session: Session,
  keepDays: number,
  log: Logger,
): Promise<boolean> {
  if (keepDays === 0) return true;
  const { database } = session;
  const before = dayOf(session.now()) - keepDays;
  const beforeId = idAt(instantOf(0n) + before * DAY_MS);
  const read = () => session.patiently(() => database.one(readOldDays, { before, beforeId }));
  let old = await read();
  let dropped = 0;
  for (let free = old.free ?? 0; free > 0 && dropped < DROPS_MAX; free = old.free ?? 0) {
    await session.commit("old days", [writing(dropDays, before)], repeatable);
    old = await read();
    if ((old.free ?? 0) >= free) break;
    dropped += 1;
  }
  if (dropped > 0) log.info({ days: dropped, keepDays }, "days of runs that are old are dropped");
  if ((old.held ?? 0) > 0) {
    const { held: days } = old;
    const [living, dead] = [old.living, old.dead].map((id) => (id === null ? "" : showRunId(id)));
    log.warn({ days, living, dead }, "days stay: of each a run has not ended, or a task is dead");
  }
  return (old.free ?? 0) === 0;
}

export class Keeping {
  private readonly keepDays: number;
  private readonly session: () => Session;
  private readonly log: Logger;
  private timer: NodeJS.Timeout | undefined;
  private analyzing: NodeJS.Timeout[] = [];
  private closed = false;

  constructor(keepDays: number, session: () => Session, log: Logger) {
    this.keepDays = keepDays;
    this.session = session;
    this.log = log;
  }

  begin(): void {
    if (this.keepDays > 0) this.turnIn(0);
    this.analyzeSoon();
  }

  private analyzeSoon(): void {
    if (this.closed) return;
    for (const timer of this.analyzing) clearTimeout(timer);
    const untilMidnightMs = DAY_MS - ((this.session().now() - instantOf(0n)) % DAY_MS);
    const inMs = ANALYZE_MS.map((ms) => ms * (0.75 + Math.random() / 2));
    const looks = inMs.map((ms) => setTimeout(() => void this.analyze(), ms).unref());
    const again = setTimeout(() => this.dayBegins(), untilMidnightMs).unref();
    this.analyzing = [...looks, again];
  }

  private dayBegins(): void {
    try {
      this.analyzeSoon();
    } catch {
      // No lease just now: whoever has one does it.
      this.analyzing = [setTimeout(() => this.dayBegins(), BUSY_MS).unref()];
    }
  }

  private async analyze(): Promise<void> {
    try {
      const session = this.session();
      await session.database.run(analyzeDay, { day: dayOf(session.now()) });
    } catch (error) {
      if (!this.closed) this.log.debug({ error }, "tables of today were not looked at");
    }
  }

  private turnIn(ms: number): void {
    if (this.closed) return;
    this.timer = setTimeout(() => void this.turn(), ms).unref();
  }

  private async turn(): Promise<void> {
    let isDone = false;
    try {
      isDone = await dropOldDays(this.session(), this.keepDays, this.log);
    } catch (error) {
      if (!this.closed) this.log.warn({ error }, "old days were not looked at");
    }
    this.turnIn((isDone ? EVERY_MS : BUSY_MS) * (0.75 + Math.random() / 2));
  }

  stop(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const timer of this.analyzing) clearTimeout(timer);
  }
}
