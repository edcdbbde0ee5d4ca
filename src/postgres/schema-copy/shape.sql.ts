import { arg, as } from "../columns.ts";
import { sql, table } from "../sql.ts";

/** What a copy of a schema is made of. Read only, but for `setSequence`. */

const params = { schema: arg.text } as const;

/** Every column that holds something of its own, of every table; partitions are part of their parent. */
export const copiedColumns = sql.named("postgres.copiedColumns", {
  params,
  columns: { table: as.text, kind: as.text, column: as.text },
})`
  select c.relname::text as "table", c.relkind::text as kind, a.attname::text as "column"
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid
  where n.nspname = ${"schema"} and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by c.relname, a.attnum`;

/** The tables that partitioned ones are made of, and what each holds, as `create table` would say it. */
export const partitionsOf = sql.named("postgres.partitionsOf", {
  params,
  columns: { table: as.text, name: as.text, bound: as.text },
})`
  select p.relname::text as "table", c.relname::text as name,
    pg_get_expr(c.relpartbound, c.oid)::text as bound
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  join pg_class p on p.oid = i.inhparent and p.relkind = 'p'
  join pg_namespace n on n.oid = p.relnamespace and n.oid = c.relnamespace
  where n.nspname = ${"schema"} and c.relispartition and not i.inhdetachpending
  order by p.relname, c.relname`;

/**
 * Ends the leases of a copy: what was held where it was made is held nowhere here. The epochs leave room, so
 * that no process of there, led here by mistake, finds one that it holds.
 */
export const endCopiedLeases = sql.named("postgres.endCopiedLeases", {
  columns: { epoch: as.int8 },
})`update ${table("lane_lease")} set epoch = epoch + 10000,
    lease_until = least(lease_until, clock_timestamp()) returning epoch`;

/** Which table refers to which. */
export const references = sql.named("postgres.references", {
  params,
  columns: { from: as.text, to: as.text },
})`
  select distinct c.relname::text as "from", r.relname::text as "to"
  from pg_constraint o
  join pg_class c on c.oid = o.conrelid
  join pg_class r on r.oid = o.confrelid
  join pg_namespace n on n.oid = c.relnamespace and n.oid = r.relnamespace
  where n.nspname = ${"schema"} and o.contype = 'f' and c.oid <> r.oid
    and not c.relispartition and not r.relispartition`;

/** Where every sequence stands; null: it was never asked. */
export const sequencePositions = sql.named("postgres.sequencePositions", {
  params,
  columns: { name: as.text, value: as.int8Null },
})`
  select c.relname::text as name, pg_sequence_last_value(c.oid) as value
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and c.relkind = 'S' order by c.relname`;

/** Not undone by a rollback: used on sequences that the same transaction made, or that are unused. */
export const setSequence = sql.named("postgres.setSequence", {
  params: { schema: arg.text, name: arg.text, value: arg.int8 },
  columns: { value: as.int8Null },
})`select setval(format('%I.%I', ${"schema"}, ${"name"})::regclass, ${"value"}) as value`;

/** By which a server is told from every other: when it was started, and where it listens. */
export const serverIdentity = sql.named("postgres.serverIdentity", {
  columns: { identity: as.textNull },
})`select concat_ws(' ', pg_postmaster_start_time(), current_setting('port')) as identity`;

/** How many rows there are about, from what vacuum and analyze last saw. */
export const estimatedRows = sql.named("postgres.estimatedRows", {
  params,
  columns: { rows: as.int8Null },
})`
  select sum(
    case when c.reltuples > 0 then c.reltuples else pg_relation_size(c.oid) / 200 end
  )::int8 as rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and c.relkind = 'r'`;

/** What a copy was marked with when it was made. */
export const copyMark = sql.named("postgres.copyMark", {
  params,
  columns: { mark: as.textNull },
})`
  select obj_description(c.oid, 'pg_class') as mark
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and c.relname = 'schema_migration'`;
