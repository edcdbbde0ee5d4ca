/** The tables of days in which ticks lie: made before they are needed, dropped when nobody asks any more. */
import type { Instant } from "../../base/index.ts";

export const DAY_MS = 86_400_000;
/** Tables are made for so many days ahead. */
export const DAYS_AHEAD = 2;

/** Such as 2026-11-21, in UTC. */
export const dayText = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

export const dayNumber = (at: Instant): number => Math.floor(at / DAY_MS);

/** Which days are known to have a table. */
export class Days {
  private readonly known = new Set<number>();
  private readonly keepDays: number;
  private readonly make: (first: Instant, last: Instant) => Promise<unknown>;
  private making: Promise<unknown> | undefined;

  constructor(keepDays: number, make: (first: Instant, last: Instant) => Promise<unknown>) {
    this.keepDays = keepDays;
    this.make = make;
  }

  /** Resolves when all these ticks have a table. What is old enough to be dropped is looked at each time. */
  async ensure(ticks: readonly Instant[], now: Instant): Promise<void> {
    const missing = [...new Set(ticks.map(dayNumber))].filter((day) => !this.known.has(day));
    for (const day of missing.sort((a, b) => a - b)) {
      if (this.known.has(day)) continue;
      while (this.making !== undefined) await this.making.catch(() => undefined);
      if (this.known.has(day)) continue;
      await this.makeFrom(day, now);
    }
  }

  private async makeFrom(day: number, now: Instant): Promise<void> {
    const today = dayNumber(now);
    const last = day >= today ? Math.max(day, today + DAYS_AHEAD) : day;
    this.making = this.make(day * DAY_MS, last * DAY_MS);
    try {
      await this.making;
    } finally {
      this.making = undefined;
    }
    const isKept = (one: number) => one > today - this.keepDays;
    for (let one = day; one <= last; one++) if (isKept(one)) this.known.add(one);
  }
}
