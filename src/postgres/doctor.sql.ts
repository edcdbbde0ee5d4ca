import { arg, as } from "./columns.ts";
import { sql } from "./sql.ts";

/** Settings that decide whether an acknowledged commit survives, and some that decide speed. */
export const doctorSettings = sql.named("postgres.doctorSettings", {
  params: { names: arg.texts },
  columns: { name: as.text, setting: as.text, unit: as.textNull },
})`
  select name, setting, unit from pg_settings where name = any(${"names"}) order by name`;

/** Indexes that a failed `create index concurrently` left: written, never read. */
export const invalidIndexes = sql.named("postgres.invalidIndexes", {
  params: { schema: arg.text },
  columns: { name: as.text },
})`
  select i.relname::text as name
  from pg_index x
  join pg_class i on i.oid = x.indexrelid
  join pg_namespace n on n.oid = i.relnamespace
  where n.nspname = ${"schema"} and not (x.indisvalid and x.indisready)
  order by name`;

/** Transactions that have been open for long, oldest first: they keep vacuum from cleaning. */
export const longTransactions = sql.named("postgres.longTransactions", {
  params: { seconds: arg.int4, limit: arg.int4 },
  columns: { pid: as.int4, application: as.text, state: as.text, seconds: as.int4 },
})`
  select pid, application_name as application, coalesce(state, '') as state,
    extract(epoch from clock_timestamp() - xact_start)::int4 as seconds
  from pg_stat_activity
  where xact_start < clock_timestamp() - make_interval(secs => ${"seconds"})
    and backend_type = 'client backend'
  order by xact_start limit ${"limit"}`;

/** Tables with more rows waiting for vacuum than they should have. */
export const deadRows = sql.named("postgres.deadRows", {
  params: { schema: arg.text, least: arg.int8 },
  columns: { name: as.text, dead: as.int8, live: as.int8 },
})`
  select relname::text as name, n_dead_tup as dead, n_live_tup as live
  from pg_stat_user_tables
  where schemaname = ${"schema"} and n_dead_tup > ${"least"} and n_dead_tup > n_live_tup
  order by n_dead_tup desc, relname`;

/** Transactions prepared for a commit that nobody has sent: they hold locks for ever. */
export const preparedTransactions = sql.named("postgres.preparedTransactions", {
  columns: { id: as.text, seconds: as.int4 },
})`
  select gid as id, extract(epoch from clock_timestamp() - prepared)::int4 as seconds
  from pg_prepared_xacts where database = current_database() order by prepared, gid`;

/** Replication slots that keep log for a reader that does not read. */
export const heldSlots = sql.named("postgres.heldSlots", {
  params: { bytes: arg.int8 },
  columns: { name: as.text, heldBytes: as.int8 },
})`
  select name, held_bytes from (
    select slot_name::text as name,
      pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8 as held_bytes
    from pg_replication_slots where not active and restart_lsn is not null
  ) as slot
  where held_bytes > ${"bytes"} order by name`;

/** How near the server is to two of its limits. */
export const serverPressure = sql.named("postgres.serverPressure", {
  columns: { connections: as.int4, maxConnections: as.int4, oldestTransactionAge: as.int4 },
})`
  select
    (select count(*)::int4 from pg_stat_activity where backend_type = 'client backend')
      as connections,
    current_setting('max_connections')::int4 as max_connections,
    (select max(age(datfrozenxid)) from pg_database) as oldest_transaction_age`;
