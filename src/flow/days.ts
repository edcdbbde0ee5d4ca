/**
 * The days for which there are tables. Numbers are given within them only: where the database's clock jumps by
 * days (a machine that slept), runs get numbers of the nearest day that is there until more are made.
 */
import type { Database } from "../postgres/index.ts";
import { daysMissing } from "./flow.sql.ts";
import { DAY_MS, dayOf, idAt, instantOf, tableOfDay } from "./run-id.ts";
import { repeatable, type Session, writing } from "./session.ts";
import { makeDays } from "./write-nodes.ts";

/** Tables are made for so many days ahead, and one back. */
const DAYS_AHEAD = 2;
const LOOK_MS = 3_600_000;

/** When a day begins, counted from 2026-01-01. */
const startOf = (day: number): number => instantOf(0n) + day * DAY_MS;

export class Days {
  private first = 0;
  private last = -1;
  private lookedAt = -Infinity;

  /** The instant, or the nearest that has tables. */
  within(now: number): number {
    if (this.last < this.first) return now;
    return Math.min(Math.max(now, startOf(this.first)), startOf(this.last + 1) - 1);
  }

  private isOutside(day: number): boolean {
    return day < this.first || day >= this.last;
  }

  /** It is time to look again, or the clock is where nobody has looked. */
  isDue(now: number): boolean {
    return performance.now() - this.lookedAt > LOOK_MS || this.isOutside(dayOf(now));
  }

  async make(database: Database, session: Session): Promise<void> {
    const today = dayOf(session.now());
    const days = { first: today - 1, last: today + DAYS_AHEAD };
    const missing = await Promise.all(
      [days.first, days.last].map(async (day) => {
        const name = `${database.schema}.${tableOfDay("flow_event", idAt(startOf(day)))}`;
        return (await database.one(daysMissing, { name })).missing;
      }),
    );
    if (missing.includes(true)) await session.commit("days", [writing(makeDays, days)], repeatable);
    this.first = days.first;
    this.last = days.last;
    this.lookedAt = performance.now();
  }
}
