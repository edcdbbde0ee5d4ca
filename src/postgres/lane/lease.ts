/**
 * A node's lease: one row, whose key is (node, epoch). Every flush of a lane with a lease locks that
 * row `for key share`: taking it over changes the epoch, and so waits for commits in flight and fences
 * every later one. Here it is taken and checked; `keep-lease.ts` renews it, which changes no key and so
 * waits for nobody.
 */
import type { Database } from "../database.ts";
import { arg, as } from "../columns.ts";
import { fn, sql, table } from "../sql.ts";

export interface Lease {
  readonly node: string;
  readonly epoch: number;
}

const lease = table("lane_lease");

/** Aborts the flush (lane.fenced) unless the lease is still held at this epoch. */
export const checkLease = sql.named("lane.checkLease", {
  params: { node: arg.text, epoch: arg.int4 },
  columns: { check: as.int4 },
})`with held as (
    select 1 from ${lease} where node = ${"node"} and epoch = ${"epoch"} for key share)
  select case when count(*) = 1 then 0 else ${fn("lane_fence")}(${"node"}) end from held`;

const take = sql.named("lane.takeLease", {
  params: { node: arg.text, ttlMs: arg.int4 },
  columns: { epoch: as.int8 },
})`insert into ${lease} as held (node, epoch, lease_until)
  values (${"node"}, 1, clock_timestamp() + ${"ttlMs"} * interval '1 millisecond')
  on conflict (node) do update set epoch = held.epoch + 1, lease_until = excluded.lease_until,
    holder = null, is_locked = false
  returning epoch`;

/** What the session that renews a lease locks, as long as it lives: where it is its own session's. */
export const lockWords = ({ schema }: Database, node: string): string =>
  `longmen node ${schema} ${node}`;

/**
 * Takes the lease of `node` at a new epoch, whoever has it; a node's start asks first, see claim-name.ts.
 * Waits for commits in flight under the old epoch; every later one is fenced. Locks: the lease row.
 */
export async function takeLease(database: Database, node: string, ttlMs: number): Promise<Lease> {
  const { epoch } = await database.transaction((tx) => tx.one(take, { node, ttlMs }));
  return { node, epoch: Number(epoch) };
}
