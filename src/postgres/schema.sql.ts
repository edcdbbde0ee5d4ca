import { arg, as } from "./columns.ts";
import { sql } from "./sql.ts";

/** Everything of a schema that a migration can make, as one line each. Read only. */

const line = { line: as.text, value: as.text } as const;
const params = { schema: arg.text } as const;

/** Tables and views with their storage options; partitions are named after their parent. */
export const schemaRelations = sql.named("postgres.schemaRelations", { params, columns: line })`
  select
    case c.relkind when 'r' then 'table ' when 'p' then 'table ' when 'v' then 'view '
      when 'm' then 'materialized view ' when 'S' then 'sequence ' end || c.relname as line,
    concat_ws(' ',
      case when c.relkind = 'p' then 'partitioned by ' || pg_get_partkeydef(c.oid) end,
      case when c.relpersistence = 'u' then 'unlogged' end,
      (select string_agg(o, ', ' order by o) from unnest(c.reloptions) as o)
    ) as value
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and c.relkind in ('r', 'p', 'v', 'm', 'S')
    and not c.relispartition`;

/** Columns: type, collation, null, default, generated. Of views only name and type. */
export const schemaColumns = sql.named("postgres.schemaColumns", { params, columns: line })`
  select
    'column ' || c.relname || '.' || a.attname as line,
    concat_ws(' ',
      format_type(a.atttypid, a.atttypmod),
      case when a.attcollation <> t.typcollation
        then 'collate ' || (select collname from pg_collation where oid = a.attcollation) end,
      case when a.attnotnull then 'not null' end,
      case when a.attidentity <> '' then 'identity' end,
      case when a.attgenerated <> '' then 'generated' end,
      'default ' || pg_get_expr(d.adbin, d.adrelid)
    ) as value
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where n.nspname = ${"schema"} and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped`;

/** Constraints but for not null, which is the column's. */
export const schemaConstraints = sql.named("postgres.schemaConstraints", { params, columns: line })`
  select
    'constraint ' || c.relname || ' ' || o.conname as line,
    pg_get_constraintdef(o.oid) as value
  from pg_constraint o
  join pg_class c on c.oid = o.conrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and o.contype <> 'n' and not c.relispartition`;

/** Indexes that are no constraint's. */
export const schemaIndexes = sql.named("postgres.schemaIndexes", { params, columns: line })`
  select 'index ' || i.relname as line, pg_get_indexdef(i.oid) as value
  from pg_index x
  join pg_class i on i.oid = x.indexrelid
  join pg_class c on c.oid = x.indrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and not c.relispartition
    and not exists (select from pg_constraint where conindid = i.oid and contype in ('p', 'u', 'x'))`;

/** Functions: what they answer, their settings, and their body. */
export const schemaFunctions = sql.named("postgres.schemaFunctions", {
  params,
  columns: { ...line, body: as.text },
})`
  select
    'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as line,
    concat_ws(' ',
      'returns ' || pg_get_function_result(p.oid),
      'language ' || l.lanname,
      case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end,
      (select string_agg(s, ', ' order by s) from unnest(p.proconfig) as s)
    ) as value,
    coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) as body
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  where n.nspname = ${"schema"}`;

/** Triggers that somebody wrote. */
export const schemaTriggers = sql.named("postgres.schemaTriggers", { params, columns: line })`
  select 'trigger ' || c.relname || ' ' || t.tgname as line, pg_get_triggerdef(t.oid) as value
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and not t.tgisinternal and not c.relispartition`;

/** Domains and enumerations. */
export const schemaTypes = sql.named("postgres.schemaTypes", { params, columns: line })`
  select
    case t.typtype when 'd' then 'domain ' else 'enum ' end || t.typname as line,
    case t.typtype when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
        (select string_agg(pg_get_constraintdef(oid), ' ' order by conname)
         from pg_constraint where contypid = t.oid and contype = 'c'))
      else (select string_agg(enumlabel, ', ' order by enumsortorder)
         from pg_enum where enumtypid = t.oid) end as value
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname = ${"schema"} and t.typtype in ('d', 'e')`;
