/** How this room commits: through a lane, and never with an outcome left open that a look can settle. */
import { hasCode } from "../base/index.ts";
import type { Lane, Unit } from "../postgres/index.ts";

/** A lane without an engine: what a node commits rows through that belong to no book. */
export type AccessLane = Pick<Lane<never, never>, "submit">;

/**
 * Submits the unit. When the lane can't say whether it was committed, `stands` looks; if nothing of it
 * is there it may still come, so the error stays. Answers `conflict` when something else was there
 * first.
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
    if (hasCode(error, "lane.outcome_unknown") && (await stands())) return "committed";
    throw error;
  }
}
