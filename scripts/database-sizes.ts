/** How many bytes each table of a schema takes, its indexes and what is stored aside included. */
import { arg, as, type Database, sql } from "../src/postgres/index.ts";

const sizes = sql.named("measure.sizes", {
  params: { schema: arg.text },
  columns: { name: as.text, bytes: as.int8 },
})`select c.relname::text as name, pg_total_relation_size(c.oid) as bytes
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = ${"schema"} and c.relkind = 'r'
  order by c.relname`;

export async function bytesByTable(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.run(sizes, { schema: database.schema });
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
}
