/** Which runs have not ended: asked for many at once, by whoever must not begin before another is over. */
import { arg, as, type Database, sql, table } from "../postgres/index.ts";
import { readRunId, showRunId } from "./run-id.ts";

/** One that only has to be told of has ended. */
export const readLiving = sql.named("flow.readLiving", {
  params: { runs: arg.int8s },
  columns: { runId: as.int8 },
})`select run_id from ${table("flow_live")} where run_id = any(${"runs"}) and state <> 7`;

export async function livingOf(
  database: Pick<Database, "run">,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await database.run(readLiving, { runs: ids.map(readRunId) });
  return new Set(rows.map(({ runId }) => showRunId(runId)));
}
