/** All runs at a glance, for a page that many may look at: what it costs does not grow with the runs. */
import type { Database } from "../postgres/index.ts";
import type { ErrorRecord } from "./codec.ts";
import { countNewest, countStopped, readNewestEnds } from "./glance.sql.ts";
import { showRunId } from "./run-id.ts";
import { Outcome, type RunStatus, statusOf } from "./state.ts";
import type { LiveCounts } from "./versions.ts";

export interface RunsGlance {
  /** Of the newest runs that have not ended; parked and paused of all of them, up to `most`. */
  readonly live: LiveCounts;
  /** Tasks that have failed for good, up to `most`. */
  readonly dead: number;
  /** So many were looked at; as many as `most`: there are more, which were not. */
  readonly seen: number;
  readonly most: number;
  /** Of the newest runs those that ended last, the latest first. */
  readonly ends: readonly RunEnd[];
}

export interface RunEnd {
  readonly id: string;
  readonly flow: string;
  readonly status: RunStatus;
  readonly endedAt: number;
  readonly error?: string;
}

const MOST = 10_000;
const ENDS_LOOKED_AT = 100;
const ENDS = 8;

export async function glanceAtRuns(database: Database): Promise<RunsGlance> {
  const newest = await database.run(countNewest, { limit: MOST });
  const { parked, paused, dead } = await database.one(countStopped, { limit: MOST });
  const ends = await database.run(readNewestEnds, { limit: ENDS_LOOKED_AT });
  const counts: Partial<Record<RunStatus, number>> = {};
  for (const { state, count } of newest) counts[statusOf(state, null)] = count;
  const { ready = 0, running = 0, waiting = 0, held = 0 } = counts;
  return {
    live: { ready, running, waiting, held, parked, paused },
    dead,
    seen: newest.reduce((sum, { count }) => sum + count, 0),
    most: MOST,
    ends: ends.slice(0, ENDS).map(({ runId, name, outcome, result, endedAt }) => ({
      ...{ id: showRunId(runId), flow: name, status: statusOf(null, outcome), endedAt },
      ...(outcome === Outcome.failed ? { error: messageOf(result) } : {}),
    })),
  };
}

function messageOf(text: string | null): string {
  const { message = "it failed" } = JSON.parse(text ?? "{}") as Partial<ErrorRecord>;
  return message;
}
