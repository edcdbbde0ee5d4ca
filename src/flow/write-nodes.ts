/** What a node writes of itself: its number, the versions it serves, tables for the days of its runs. */
import { arrayOf, type Writer } from "../postgres/index.ts";

const ROOM = "flow";
const LAYER = 2;

const noneAtFault = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

/** Tables for the days of new runs. */
export const makeDays: Writer<{ readonly first: number; readonly last: number }> = {
  room: ROOM,
  label: "flow.make_days",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ first }) => first)),
    arrayOf.int4(rows.map(({ last }) => last)),
  ],
  write: (q) => `select ${q("flow_make_days")}(first, last)
    from unnest($1::int4[], $2::int4[], $3::int4[]) as asked (ordinal, first, last)`,
  culprits: noneAtFault,
};

export const insertVersions: Writer<{ readonly name: string; readonly version: number }> = {
  room: ROOM,
  label: "flow.insert_version",
  layer: LAYER,
  values: (rows) => [
    arrayOf.text(rows.map(({ name }) => name)),
    arrayOf.int4(rows.map(({ version }) => version)),
  ],
  write: (q) => `insert into ${q("flow_version")} as known (name, version)
    select name, version from unnest($1::int4[], $2::text[], $3::int4[]) as made (ordinal, name, version)
    order by name, version
    on conflict (name, version) do update set first_seen = known.first_seen returning 1`,
  culprits: noneAtFault,
};

export const insertNodes: Writer<string> = {
  room: ROOM,
  label: "flow.insert_node",
  layer: LAYER,
  values: (names) => [arrayOf.text(names)],
  write: (q) => `insert into ${q("flow_node")} as known (node)
    select node from unnest($1::int4[], $2::text[]) as made (ordinal, node)
    on conflict (node) do update set node = known.node returning 1`,
  culprits: noneAtFault,
};
