/**
 * A node's lease: one row, whose key is (node, epoch). Every flush of a lane with a lease locks that
 * row `for key share`: renewing it changes no key and so waits for nobody, taking it over changes the
 * epoch and so waits for commits in flight and fences every later one.
 */
import type { FlushStatement, Qualify } from "./unit.ts";

export interface Lease {
  readonly node: string;
  readonly epoch: number;
}

interface Named {
  readonly qualify: Qualify;
  readonly nameSuffix?: string;
}

/** Refuses the flush (lane.fenced) unless the lease is still held at this epoch. */
export function leaseStatement(lease: Lease, { qualify: q, nameSuffix }: Named): FlushStatement {
  return {
    name: `lane.lease${nameSuffix ?? ""}`,
    text: `/* lane.lease */ with lease as (
      select 1 from ${q("lane_lease")} where node = $1::text and epoch = $2::int8 for key share)
      select case when count(*) = 1 then 0 else ${q("lane_fence")}($1::text) end from lease`,
    values: [lease.node, String(lease.epoch)],
  };
}

/** Takes the lease of `node` at a new epoch: for the node itself at its start, or for who takes over. */
export function takeLeaseStatement(
  node: string,
  ttlMs: number,
  { qualify: q, nameSuffix }: Named,
): FlushStatement {
  return {
    name: `lane.take_lease${nameSuffix ?? ""}`,
    text: `/* lane.take_lease */ insert into ${q("lane_lease")} as held (node, epoch, lease_until)
      values ($1::text, 1, clock_timestamp() + $2::int8 * interval '1 millisecond')
      on conflict (node) do update set epoch = held.epoch + 1, lease_until = excluded.lease_until
      returning epoch`,
    values: [node, String(ttlMs)],
  };
}
