/** Which versions are in use, and by whom they are served: what tells when one may be retired. */
import { fail } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import { flowErrors } from "./flow.errors.ts";
import { State, statusOf } from "./state.ts";
import { insertServes, type ServesRow } from "./write-forks.ts";
import { repeatable, type Session, writing } from "./session.ts";
import { countLive, readServed, readServing } from "./versions.sql.ts";

/** Runs that have not ended, by what they are. */
export interface LiveCounts {
  readonly ready: number;
  readonly running: number;
  readonly waiting: number;
  readonly held: number;
  readonly parked: number;
  readonly paused: number;
}

export interface VersionView {
  readonly flow: string;
  readonly version: number;
  readonly firstSeen: number;
  /** Nodes that live and serve it. With none, its runs wait. */
  readonly nodes: readonly string[];
  readonly live: LiveCounts;
  /** Nothing of it lives: no node has to serve it any more, but to retry its failed runs. */
  readonly retirable: boolean;
}

export interface VersionsOptions {
  /** Rows counted so far; called after each page. */
  readonly onProgress?: ((counted: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 50_000;
const noneLive: LiveCounts = { ready: 0, running: 0, waiting: 0, held: 0, parked: 0, paused: 0 };

export async function listVersions(
  database: Database,
  { onProgress, signal }: VersionsOptions,
): Promise<readonly VersionView[]> {
  const counts = new Map<number, Record<keyof LiveCounts, number>>();
  let counted = 0;
  for (let after = -1n; ;) {
    signal?.throwIfAborted();
    const rows = await database.run(countLive, { after, limit: PAGE });
    for (const { flow, state, count } of rows) {
      const status = state === State.telling ? undefined : statusOf(state, null);
      if (status === undefined || !(status in noneLive)) continue;
      const known = counts.get(flow) ?? { ...noneLive };
      known[status as keyof LiveCounts] += count;
      counts.set(flow, known);
    }
    const [first] = rows;
    counted += first?.seen ?? 0;
    onProgress?.(counted);
    if (first === undefined || first.last === null || (first.seen ?? 0) < PAGE) break;
    after = first.last;
  }
  const known = await database.run(readServing, {});
  return known.map(({ flow, name, version, firstSeen, nodes }) => ({
    flow: name,
    version,
    firstSeen,
    nodes: JSON.parse(nodes) as string[],
    live: counts.get(flow) ?? noneLive,
    retirable: !counts.has(flow),
  }));
}

/** Says what this node serves under this epoch of its lease. */
export async function sayServes(session: Session, flows: Iterable<number>): Promise<void> {
  const { owner, epoch } = session.owner;
  const rows = [...flows].map((flow): ServesRow => ({ owner, epoch, flow }));
  if (rows.length === 0) return;
  const writes = rows.map((row) => writing(insertServes, row));
  await session.commit("serves", writes, repeatable);
}

/** What is said of a run that nobody can go on with. */
export interface Unserved {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** Which flows, of those that runs wait with, no node serves that lives. */
export async function unservedOf(
  database: Database,
  rows: readonly { readonly flow: number; readonly state: number | null }[],
): Promise<(row: { flow: number; state: number | null; name: string; version: number }) => object> {
  const waits = rows.some(({ state }) => state === State.ready || state === State.waiting);
  if (!waits) return () => ({});
  const served = new Set((await database.run(readServed, {})).map(({ flow }) => flow));
  return ({ flow, state, name, version }) => {
    const isWaiting = state === State.ready || state === State.waiting;
    if (!isWaiting || served.has(flow)) return {};
    const { code, message, advice } = fail(flowErrors, "unserved", { name, version });
    return { unserved: { code, message, advice } satisfies Unserved };
  };
}
