/** How many runs ended how, by flow and time: from counters, whatever there is of runs. */
import { fail } from "../../base/index.ts";
import type { Database } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { idAt } from "../run-id.ts";
import { readTally } from "./keep.sql.ts";

export interface TallyOptions {
  /** Of this flow or task only, in all its versions. */
  readonly flow?: string | undefined;
  /** From the minute of this instant on: in ms, or a Date. An hour ago when left out. */
  readonly since?: number | Date | undefined;
  /** Before this instant; now when left out. By the clock of whoever asks. */
  readonly until?: number | Date | undefined;
  /** How long one stretch is: whole minutes, in ms. Everything together when left out. */
  readonly everyMs?: number | undefined;
}

/** Ends within one stretch of time. A run that was retried, and ended again, counts each of its ends. */
export interface TallyView {
  readonly flow: string;
  /** When the stretch begins. */
  readonly at: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const FIRST_MS = Date.UTC(2026, 0, 1);
const STRETCHES_MAX = 1_500;
const ROWS_MAX = 20_000;

/**
 * In the order of time, then by name; a stretch in which nothing of a flow ended has no row. Twenty thousand rows at
 * most: ask for one flow. What ended within the last two seconds may be missing.
 * Refuses: flow.tally_malformed.
 */
export async function tallyOf(
  database: Database,
  options: TallyOptions = {},
): Promise<readonly TallyView[]> {
  const now = Date.now();
  const until = instant("until", options.until, now);
  const asked = instant("since", options.since, until - HOUR_MS);
  const since = Math.max(Math.floor(asked / MINUTE_MS) * MINUTE_MS, FIRST_MS);
  if (until <= since) throw malformed("until", "an instant behind `since`");
  const wholeMs = Math.ceil((until - since) / MINUTE_MS) * MINUTE_MS;
  const { everyMs = wholeMs, flow } = options;
  if (!Number.isSafeInteger(everyMs) || everyMs < MINUTE_MS || everyMs % MINUTE_MS !== 0) {
    throw malformed("everyMs", "whole minutes, in milliseconds");
  }
  if (wholeMs / everyMs > STRETCHES_MAX) {
    throw malformed("everyMs", `long enough for ${STRETCHES_MAX} stretches to do`);
  }
  const rows = await database.run(readTally, {
    name: flow ?? null,
    since: idAt(since),
    until: idAt(Math.ceil(until)),
    everyMs: BigInt(everyMs),
    limit: ROWS_MAX,
  });
  return rows.map((row) => ({
    flow: row.name,
    at: since + Number(row.stretch ?? 0n) * everyMs,
    done: Number(row.done),
    failed: Number(row.failed),
    cancelled: Number(row.cancelled),
  }));
}

function instant(field: string, at: number | Date | undefined, otherwise: number): number {
  const ms = at instanceof Date ? at.getTime() : (at ?? otherwise);
  if (Number.isSafeInteger(ms) && ms >= 0 && ms < Date.UTC(2095, 0, 1)) return ms;
  throw malformed(field, "an instant, in milliseconds or as a Date");
}

const malformed = (field: string, expected: string): Error =>
  fail(flowErrors, "tally_malformed", { field, expected });
