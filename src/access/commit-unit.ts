/** How this room commits: through a lane, and never with an outcome left open that a look can settle. */
import { backoff, hasCode, systemClock } from "../base/index.ts";
import type { Lane, Unit } from "../postgres/index.ts";

/** A lane without an engine: what a node commits rows through that belong to no book. */
export type AccessLane = Pick<Lane<never, never>, "submit">;

const LOOKS_MAX = 6;

/**
 * Submits the unit. When the lane can't say whether it was committed, `stands` looks, a few times: the
 * server may be working on it yet. If nothing of it comes the error stays, since it still might.
 * Answers `conflict` when something else was there first.
 */
export async function commitUnit(
  lane: AccessLane,
  unit: Unit<never>,
  stands: () => Promise<boolean>,
): Promise<"committed" | "conflict"> {
  try {
    const { status } = await lane.submit({ ...unit, context: undefined });
    return status === "conflict" ? "conflict" : "committed";
  } catch (error) {
    if (hasCode(error, "lane.outcome_unknown") && (await standsSoon(stands))) return "committed";
    throw error;
  }
}

async function standsSoon(stands: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 1; attempt <= LOOKS_MAX; attempt++) {
    if (await stands()) return true;
    await systemClock.sleep(backoff({ attempt, baseMs: 20, maxMs: 400 }));
  }
  return false;
}
