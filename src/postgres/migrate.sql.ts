import { arg, as } from "./columns.ts";
import { sql, table } from "./sql.ts";

/** What is in the schema, before anything of ours is trusted to be there. */
export const schemaState = sql.named("postgres.schemaState", {
  params: { schema: arg.text },
  columns: {
    schemaExists: as.bool,
    tableExists: as.bool,
    floorExists: as.bool,
    foreign: as.textNull,
  },
})`
  select
    exists (select from pg_namespace where nspname = ${"schema"}) as schema_exists,
    exists (
      select from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${"schema"} and c.relname = 'schema_migration' and c.relkind = 'r'
        and a.attname = 'sha256'
    ) as table_exists,
    exists (
      select from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${"schema"} and c.relname = 'schema_floor' and c.relkind = 'r'
    ) as floor_exists,
    (
      select c.relname::text from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${"schema"} order by c.relname limit 1
    ) as foreign`;

/** Every migration that was applied here. */
export const appliedMigrations = sql.named("postgres.appliedMigrations", {
  columns: {
    room: as.text,
    number: as.int4,
    name: as.text,
    sha256: as.text,
    breaking: as.bool,
    appliedAt: as.timestamptz,
  },
})`
  select room, number, name, sha256, breaking, applied_at
  from ${table("schema_migration")} order by room, number`;

/** Notes one as applied, in the transaction that applied it. */
export const recordMigration = sql.named("postgres.recordMigration", {
  params: {
    room: arg.text,
    number: arg.int4,
    name: arg.text,
    sha256: arg.text,
    breaking: arg.bool,
  },
})`
  insert into ${table("schema_migration")} (room, number, name, sha256, breaking)
  values (${"room"}, ${"number"}, ${"name"}, ${"sha256"}, ${"breaking"})`;

/** Waits for any other node that migrates this schema. Held to the end of the transaction. */
export const lockMigrations = sql.named("postgres.lockMigrations", {
  params: { schema: arg.text },
  columns: { locked: as.textNull },
})`
  select pg_advisory_xact_lock(hashtextextended('longmen migrate ' || ${"schema"}, 0))::text
    as locked`;

/** Who else is connected to this database as a Longmen, to say who may be shut out. */
export const otherNodes = sql.named("postgres.otherNodes", {
  columns: { sessions: as.int8, clients: as.int8 },
})`
  select count(*) as sessions, count(distinct client_addr) as clients
  from pg_stat_activity
  where datname = current_database() and application_name = current_setting('application_name')
    and pid <> pg_backend_pid()`;

/** Who holds tables of the schema just now, oldest transaction first. */
export const lockHolders = sql.named("postgres.lockHolders", {
  params: { schema: arg.text },
  columns: { pid: as.int4, application: as.text, seconds: as.int8 },
})`
  select holder.pid, coalesce(nullif(holder.application_name, ''), '?') as application,
    coalesce(extract(epoch from clock_timestamp() - holder.xact_start), 0)::int8 as seconds
  from pg_stat_activity as holder
  where holder.datname = current_database() and holder.pid <> pg_backend_pid() and exists (
    select from pg_locks as held
    join pg_class as c on c.oid = held.relation
    join pg_namespace as n on n.oid = c.relnamespace
    where held.pid = holder.pid and held.granted and n.nspname = ${"schema"}
  )
  order by holder.xact_start, holder.pid limit 5`;
