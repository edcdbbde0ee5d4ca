/** A statement for each customer: a flow on the node, started over the API and waited for. */
import { type Head, LongmenProblem, type Longmen } from "../../client/index.ts";

export interface StatementsMade {
  /** The run that made them: `longmen runs show`. */
  readonly run: string;
  readonly count: number;
  readonly owedMinor: bigint;
  /** Together they are what the accounts say. */
  readonly agrees: boolean;
}

interface Made {
  readonly statements: number;
  readonly owedMinor: bigint;
  readonly agrees: boolean;
}

/** Who books from elsewhere may lack the right, or ask a node that serves no such flow. */
const WITHOUT = [
  "access.not_permitted",
  "http.no_flows",
  "http.route_missing",
  "flow.unknown_flow",
];

/**
 * Safe to repeat: the books' head is the key, so a second start of the job, or one after a kill, finds the
 * run that is under way or done. Undefined: they can't be had there.
 */
export async function makeStatements(
  { runs }: Longmen,
  head: Pick<Head, "hash">,
  signal: AbortSignal,
): Promise<StatementsMade | undefined> {
  try {
    const { id } = await runs.start("retail.statements", undefined, { key: head.hash, signal });
    const { statements: count, ...made } = await runs.result<Made>(id, { signal });
    return { run: id, count, ...made };
  } catch (error) {
    if (error instanceof LongmenProblem && WITHOUT.includes(error.code)) return undefined;
    throw error;
  }
}
