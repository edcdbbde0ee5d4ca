/** Tables for the days to come, made before anything is written to them. */
import type { Database } from "../postgres/index.ts";
import { daysMissing } from "./flow.sql.ts";
import { dayOf, idAt, instantOf } from "./run-id.ts";
import { repeatable, type Session, writing } from "./session.ts";
import { makeDays } from "./write-runs.ts";

/** Tables are made for so many days ahead. */
const DAYS_AHEAD = 2;
const LOOK_MS = 3_600_000;

export class Days {
  private readonly database: Database;
  private lookedAt = -Infinity;
  private lookedDay = NaN;

  constructor(database: Database) {
    this.database = database;
  }

  /** Once an hour, and whenever it is another day than it was, by the database's clock. */
  async makeWhenDue(session: Session): Promise<void> {
    const today = dayOf(session.now());
    const isDue = performance.now() - this.lookedAt > LOOK_MS;
    if (!isDue && today === this.lookedDay) return;
    const lastDay = new Date(instantOf(idAt(0)) + (today + DAYS_AHEAD) * 86_400_000);
    const suffix = lastDay.toISOString().slice(0, 10).replaceAll("-", "");
    const name = `${this.database.schema}.flow_event_${suffix}`;
    if ((await this.database.one(daysMissing, { name })).missing) {
      const days = { first: today - 1, last: today + DAYS_AHEAD };
      await session.commit("days", [writing(makeDays, days)], repeatable);
    }
    this.lookedAt = performance.now();
    this.lookedDay = today;
  }
}
