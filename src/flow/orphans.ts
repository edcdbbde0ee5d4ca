/**
 * Rows that are this node's and in no memory of it, twice in a row: whoever was to begin them broke down between
 * claim and memory, or never said that their start was committed. They are brought back like any other.
 */
import { ownedNow } from "./flow.sql.ts";
import type { Session } from "./session.ts";

/** Whoever is found was nobody's for as long, at least. */
export const ORPHANS_EVERY_MS = 10_000;
const OWNED_MAX = 20_000;

export class Orphans {
  private readonly isKnown: (runId: bigint) => boolean;
  private lookedAt = performance.now();
  private suspected: ReadonlySet<bigint> = new Set();

  /** `isKnown`: it is in memory, or on its way there. */
  constructor(isKnown: (runId: bigint) => boolean) {
    this.isKnown = isKnown;
  }

  /** Those to bring back; every ten seconds at most. */
  async find(session: Session): Promise<readonly bigint[]> {
    if (performance.now() - this.lookedAt < ORPHANS_EVERY_MS) return [];
    this.lookedAt = performance.now();
    const { owner, epoch } = session.owner;
    const asked = { owner, epoch, limit: OWNED_MAX };
    const rows = await session.database.run(ownedNow, asked);
    const unknown = rows.map(({ runId }) => runId).filter((runId) => !this.isKnown(runId));
    const found = unknown.filter((runId) => this.suspected.has(runId));
    this.suspected = new Set(unknown.filter((runId) => !this.suspected.has(runId)));
    return found;
  }
}
