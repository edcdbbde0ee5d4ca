import { arg, as } from "./columns.ts";
import { sql, table } from "./sql.ts";

/** What is in the schema, before anything of ours is trusted to be there. */
export const schemaState = sql.named("postgres.schemaState", {
  params: { schema: arg.text },
  columns: { schemaExists: as.bool, tableExists: as.bool, foreign: as.textNull },
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
