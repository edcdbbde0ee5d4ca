/** How rule sets, versions and what was done to them are written: what units of this room carry. */
import { arrayOf, column, type Guard, insertInto, type Writer } from "../postgres/index.ts";
import type { Actor } from "./version.ts";

const ROOM = "rules";
const LAYER = 2;

export interface Place {
  readonly book: string;
  readonly name: string;
}

const place = {
  book: column.text(({ book }: Place) => book),
  name: column.text(({ name }: Place) => name),
};

const placeArrays = (items: readonly Place[]) => [
  arrayOf.text(items.map(({ book }) => book)),
  arrayOf.text(items.map(({ name }) => name)),
];

export interface SeenSet extends Place {
  readonly revision: number;
}

/** The set is as it was read: whatever is done to one of its versions counts as a change of it. */
export const setAsRead: Guard<SeenSet> = {
  room: ROOM,
  label: "rules.set_as_read",
  table: "rules_set",
  key: ({ book, name }) => JSON.stringify([book, name]),
  values: (items) => [...placeArrays(items), arrayOf.int4(items.map(({ revision }) => revision))],
  holds: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[]) as asked (ordinal, book, name, revision)
    join ${q("rules_set")} as seen using (book, name, revision) for no key update of seen skip locked`,
};

/** A set with its first version, where there is none of its name. */
export const insertSets = insertInto<Place>({
  ...{ room: ROOM, layer: LAYER, label: "rules.insert_set", table: "rules_set" },
  columns: { ...place, last_version: column.int4(() => 1) },
  key: ["book", "name"],
});

export interface SetChange extends Place {
  readonly lastVersion: number;
  readonly liveVersion: number | null;
}

export const changeSets: Writer<SetChange> = {
  room: ROOM,
  label: "rules.change_set",
  layer: LAYER,
  values: (items) => [
    ...placeArrays(items),
    arrayOf.int4(items.map(({ lastVersion }) => lastVersion)),
    arrayOf.int4(items.map(({ liveVersion }) => liveVersion)),
  ],
  write: (q) => `update ${q("rules_set")} as known
    set last_version = asked.last_version, live_version = asked.live_version,
      revision = known.revision + 1
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[], $5::int4[])
      as asked (ordinal, book, name, last_version, live_version)
    where known.book = asked.book and known.name = asked.name returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::text[]) as asked (ordinal, book, name)
    where not exists (select 1 from ${q("rules_set")} as known
      where known.book = asked.book and known.name = asked.name)`,
};

export interface VersionRow extends Place {
  readonly version: number;
  readonly hash: string;
  readonly jdm: Uint8Array;
  readonly tests: string;
  readonly contract: string;
  readonly uses: string;
  readonly note: string | null;
  readonly madeBy: string;
  readonly madeByKind: string;
}

const versionColumns =
  "book, name, version, hash, jdm, tests, contract, uses, note, made_by, made_by_kind";

export const insertVersions: Writer<VersionRow> = {
  room: ROOM,
  label: "rules.insert_version",
  layer: LAYER,
  values: (rows) => [
    ...placeArrays(rows),
    arrayOf.int4(rows.map(({ version }) => version)),
    arrayOf.text(rows.map(({ hash }) => hash)),
    arrayOf.bytea(rows.map(({ jdm }) => jdm)),
    arrayOf.text(rows.map(({ tests }) => tests)),
    arrayOf.text(rows.map(({ contract }) => contract)),
    arrayOf.text(rows.map(({ uses }) => uses)),
    arrayOf.text(rows.map(({ note }) => note)),
    arrayOf.text(rows.map(({ madeBy }) => madeBy)),
    arrayOf.text(rows.map(({ madeByKind }) => madeByKind)),
  ],
  write: (q) => `insert into ${q("rules_version")} (${versionColumns})
    select ${versionColumns}
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[], $5::text[], $6::bytea[], $7::text[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) as made (ordinal, ${versionColumns})
    on conflict (book, name, hash) do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[], $5::text[])
      as asked (ordinal, book, name, version, hash)
    join ${q("rules_version")} as known on known.book = asked.book and known.name = asked.name
      and (known.version = asked.version or known.hash = asked.hash)`,
};

export interface VersionChange extends Place {
  readonly version: number;
  readonly from: number;
  readonly to: number;
  /** What is null stays as it is. */
  readonly report: string | null;
  readonly approvedBy: string | null;
}

export const changeVersions: Writer<VersionChange> = {
  room: ROOM,
  label: "rules.change_version",
  layer: LAYER,
  values: (items) => [
    ...placeArrays(items),
    arrayOf.int4(items.map(({ version }) => version)),
    arrayOf.int2(items.map(({ from }) => from)),
    arrayOf.int2(items.map(({ to }) => to)),
    arrayOf.text(items.map(({ report }) => report)),
    arrayOf.text(items.map(({ approvedBy }) => approvedBy)),
  ],
  write: (q) => `update ${q("rules_version")} as known
    set state = asked.after, report = coalesce(asked.report, known.report),
      approved_by = coalesce(asked.approved_by, known.approved_by),
      approved_at = case when asked.approved_by is null then known.approved_at
        else clock_timestamp() end
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[], $5::int2[], $6::int2[], $7::text[],
      $8::text[]) as asked (ordinal, book, name, version, before, after, report, approved_by)
    where known.book = asked.book and known.name = asked.name and known.version = asked.version
      and known.state = asked.before returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[], $5::int2[])
      as asked (ordinal, book, name, version, before)
    where not exists (select 1 from ${q("rules_version")} as known
      where known.book = asked.book and known.name = asked.name
        and known.version = asked.version and known.state = asked.before)`,
};

export type RuleAct =
  "imported" | "tested" | "failed_tests" | "approved" | "live" | "rolled_back" | "withdrawn";

export interface EventRow extends Place {
  readonly changeId: string;
  readonly version: number;
  readonly what: RuleAct;
  /** Which version was live before. */
  readonly before: number | null;
  readonly by: Actor;
  readonly why: string | null;
}

export const insertEvents = insertInto<EventRow>({
  ...{ room: ROOM, layer: LAYER, label: "rules.insert_event", table: "rules_event" },
  columns: {
    ...place,
    change_id: column.text(({ changeId }) => changeId),
    version: column.int4(({ version }) => version),
    what: column.text(({ what }) => what),
    before: column.int4(({ before }) => before),
    by_whom: column.text(({ by }) => by.owner),
    by_kind: column.text(({ by }) => by.kind),
    came_from: column.text(({ by }) => by.from),
    request: column.text(({ by }) => by.request),
    why: column.text(({ why }) => why),
  },
  key: ["change_id"],
});
