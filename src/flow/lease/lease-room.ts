/** What every verb of leases works with. */
import { fail, LongmenError, type Logger } from "../../base/index.ts";
import {
  type Database,
  type Lane,
  type Statement,
  postgresErrors,
  type Unit,
} from "../../postgres/index.ts";
import type { Steady } from "./steady-clock.ts";

/** A lane without an engine, of the leases alone: a renewal must not stand in anybody's line. */
export type LeaseLane = Pick<Lane<never, never>, "submit">;

export interface LeaseRoom {
  readonly database: Pick<Database, "run" | "schema">;
  readonly lane: LeaseLane;
  /** Who holds what this process takes. */
  readonly node: string;
  readonly clock: Steady;
  readonly log: Logger;
}

const DEADLINE_MS = 10_000;
const READ_TIMEOUT_MS = 5_000;

/** Commits a unit. Rejects with what left its outcome open, or kept it from having one. */
export async function commitUnit(
  { lane }: Pick<LeaseRoom, "lane">,
  unit: Unit<never>,
  deadlineMs = DEADLINE_MS,
): Promise<"committed" | "conflict"> {
  const { status } = await lane.submit({ ...unit, context: undefined }, { deadlineMs });
  return status === "conflict" ? "conflict" : "committed";
}

/** Reads rows, and doesn't wait for ever where the wire is silent. */
export async function readSoon<Values, Row>(
  { database, clock }: Pick<LeaseRoom, "database" | "clock">,
  statement: Statement<Values, Row>,
  values: Values,
): Promise<Row[]> {
  const over = new AbortController();
  const late = clock.sleep(READ_TIMEOUT_MS, over.signal).then(() => {
    const reason = `no reply for ${READ_TIMEOUT_MS} ms`;
    throw fail(postgresErrors, "connection_lost", { reason });
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([database.run(statement, values), late]);
  } finally {
    over.abort();
  }
}

/** Whether asking again may help. A bug does not go away. */
export const isPassing = (error: unknown): boolean =>
  error instanceof LongmenError && error.retry !== "never";

export const codeOf = (error: unknown): string =>
  error instanceof LongmenError ? error.code : String(error);
