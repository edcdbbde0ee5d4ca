/** Which runs have not ended: asked for many at once, by whoever must not begin before another is over. */
import { type RunStatus, statusOf } from "./state.ts";
import { arg, as, type Database, sql, table } from "../postgres/index.ts";
import { readRunId, showRunId } from "./run-id.ts";

/** One that only has to be told of has ended. */
export const readLiving = sql.named("flow.readLiving", {
  params: { runs: arg.int8s },
  columns: { runId: as.int8, state: as.int2 },
})`select run_id, state from ${table("flow_live")} where run_id = any(${"runs"}) and state <> 7`;

export async function livingOf(
  database: Pick<Database, "run">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RunStatus>> {
  if (ids.length === 0) return new Map();
  const rows = await database.run(readLiving, { runs: ids.map(readRunId) });
  return new Map(rows.map(({ runId, state }) => [showRunId(runId), statusOf(state, null)]));
}
