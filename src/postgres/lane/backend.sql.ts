/**
 * Server processes, and their end. A process behind a wire that broke goes on with what it was sent,
 * and may commit it long after; one whose client froze may hold a lock for ever.
 */
import { arg, as } from "../columns.ts";
import { sql } from "../sql.ts";

/** A process of this server: its id, and when it began (in µs), since ids are used again. */
export interface Backend {
  readonly pid: number;
  readonly startedAt: bigint;
}

/** The process behind this connection. */
export const readBackend = sql.named("lane.readBackend", {
  columns: { pid: as.int4, startedAt: as.int8 },
})`select pid, (extract(epoch from backend_start) * 1000000)::int8 as started_at
  from pg_stat_activity where pid = pg_backend_pid()`;

/**
 * Ends that very process and waits until it is gone. No row: it is. False: it may still be there.
 * A role may end its own sessions; another's are not seen whole (`backend_start` is null then), or
 * the server refuses.
 */
export const endBackend = sql.named("lane.endBackend", {
  params: { pid: arg.int4, startedAt: arg.int8, waitMs: arg.int8 },
  columns: { gone: as.bool },
})`select case
    when backend_start is null then false
    when (extract(epoch from backend_start) * 1000000)::int8 <> ${"startedAt"} then true
    else pg_terminate_backend(pid, ${"waitMs"}) end as gone
  from pg_stat_activity where pid = ${"pid"}`;
