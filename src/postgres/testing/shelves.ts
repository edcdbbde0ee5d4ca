import { arg, as } from "../columns.ts";
import { arrayOf } from "../binary.ts";
import type { Database } from "../database.ts";
import { unit } from "../lane/unit.ts";
import type { Guard, Unit, Writer } from "../lane/unit.ts";
import { migrationFolder } from "../migration.ts";
import { sql, table } from "../sql.ts";

/** The tiny room of the lane's tests: what a later room writes to use the lane, and nothing else. */

export const shelfMigrations = migrationFolder("test", new URL("./migrations/", import.meta.url));

export interface SeenShelf {
  readonly name: string;
  readonly version: number;
}

/** The shelf is there, at the version at which it was read. */
export const shelfStillThere: Guard<SeenShelf> = {
  room: "shelf",
  label: "shelf.still_there",
  table: "test_shelf",
  key: ({ name }) => name,
  values: (items) => [
    arrayOf.text(items.map(({ name }) => name)),
    arrayOf.int4(items.map(({ version }) => version)),
  ],
  holds: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::int4[]) as asked (ordinal, name, version)
    join ${q("test_shelf")} as shelf on shelf.name = asked.name and shelf.version = asked.version
    for no key update of shelf skip locked`,
};

export interface NewShelf {
  readonly name: string;
  readonly quantity: bigint;
}

export const insertShelves: Writer<NewShelf> = {
  room: "shelf",
  label: "shelf.insert",
  layer: 3,
  values: (items) => [
    arrayOf.text(items.map(({ name }) => name)),
    arrayOf.int8(items.map(({ quantity }) => quantity)),
  ],
  write: (q) => `insert into ${q("test_shelf")} (name, quantity, version)
    select made.name, made.quantity, 1
    from unnest($1::int4[], $2::text[], $3::int8[]) as made (ordinal, name, quantity)
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[]) as asked (ordinal, name)
    join ${q("test_shelf")} as shelf on shelf.name = asked.name`,
};

export interface ShelfChange {
  readonly name: string;
  readonly by: bigint;
}

/** One row for each change: two changes of one shelf in one flush make one row, which is too few. */
export const updateShelves: Writer<ShelfChange> = {
  room: "shelf",
  label: "shelf.update",
  layer: 3,
  values: (items) => [
    arrayOf.text(items.map(({ name }) => name)),
    arrayOf.int8(items.map(({ by }) => by)),
  ],
  write: (q) => `update ${q("test_shelf")} as shelf
    set quantity = shelf.quantity + asked.by, version = shelf.version + 1
    from unnest($1::int4[], $2::text[], $3::int8[]) as asked (ordinal, name, by)
    where shelf.name = asked.name returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[]) as asked (ordinal, name)
    where not exists (select 1 from ${q("test_shelf")} as shelf where shelf.name = asked.name)`,
};

export function putUp(name: string, quantity = 0n): Unit<never> {
  return unit(`put-up-${name}`).write(insertShelves, { name, quantity });
}

/** Changes a shelf that was seen at a version; its key is the shelf, the version and the change. */
export function change(name: string, version: number, by: bigint): Unit<never> {
  return unit(`${name}@${version}${by < 0n ? "" : "+"}${by}`)
    .guard(shelfStillThere, { name, version })
    .write(updateShelves, { name, by });
}

const readShelves = sql.named("test.readShelves", {
  columns: { name: as.text, quantity: as.int8, version: as.int4 },
})`select name, quantity, version from ${table("test_shelf")} order by name`;

const addShelves = sql.named("test.addShelves", { params: { names: arg.texts } })`
  insert into ${table("test_shelf")} (name, quantity, version)
  select name, 0, 1 from unnest(${"names"}) as made (name)`;

/** All shelves by name, as they are: "12 at version 3" is [12n, 3]. */
export async function shelvesOf(
  database: Database,
): Promise<Record<string, readonly [quantity: bigint, version: number]>> {
  const rows = await database.run(readShelves, {});
  return Object.fromEntries(rows.map((row) => [row.name, [row.quantity, row.version] as const]));
}

/** Puts empty shelves up beside the lane, for a test to begin with. */
export async function startWith(database: Database, names: readonly string[]): Promise<void> {
  await database.run(addShelves, { names });
}
