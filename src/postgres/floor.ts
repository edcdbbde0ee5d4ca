/**
 * The floor: the oldest nodes that may still write. One row per room in `schema_floor`, raised by
 * migrations that older nodes can't live with, never lowered; usually the table is empty. A node
 * knows itself by the newest migrations that it has. It is asked at its start, and in every commit:
 * reading the floor shares a lock that raising it does not, so that no commit of an older node comes
 * behind the migration that shuts it out.
 */
import { fail, LongmenError } from "../base/index.ts";
import { arg, as } from "./columns.ts";
import type { Database } from "./database.ts";
import { appliedMigrations, schemaState } from "./migrate.sql.ts";
import type { Migration, MigrationFolder } from "./migration.ts";
import { labelOf, readMigrations } from "./migration.ts";
import { postgresErrors } from "./postgres.errors.ts";
import { checkSchemaName, sql, table } from "./sql.ts";
import { sqlStateOf } from "./translate.ts";

/** Of each room the number of the newest migration that a node knows. */
export type Known = ReadonlyMap<string, number>;

/** Raised by lane_outdated in a commit of a node that is too old. */
const OUTDATED = "LM005";

export const readFloors = sql.named("postgres.readFloors", {
  columns: { room: as.text, oldest: as.int4, migration: as.text },
})`select room, oldest, migration from ${table("schema_floor")} order by room`;

/** Never lowers it: what an older migration needs is needed still. */
export const raiseFloor = sql.named("postgres.raiseFloor", {
  params: { room: arg.text, oldest: arg.int4, migration: arg.text },
})`insert into ${table("schema_floor")} as floor (room, oldest, migration)
  values (${"room"}, ${"oldest"}, ${"migration"})
  on conflict (room) do update set oldest = excluded.oldest, migration = excluded.migration
  where floor.oldest < excluded.oldest`;

/**
 * Asks whether a node on this database may still write to these rooms.
 * Refuses: postgres.schema_newer, schema_older.
 */
export async function demandCurrent(
  database: Database,
  folders: readonly MigrationFolder[],
): Promise<void> {
  const known = await knownOf(database, folders);
  const floors = await database.run(readFloors, {});
  const above = floors.find(({ room, oldest }) => oldest > (known.get(room) ?? oldest));
  if (above !== undefined) throw fail(postgresErrors, "schema_newer", above);
}

const knownTo = new WeakMap<Database, Map<string, number>>();

/** `migrate` has brought the schema to these: whoever works on this database knows them. */
export function learn(database: Database, migrations: readonly Migration[]): void {
  const known = knownTo.get(database) ?? new Map<string, number>();
  for (const { room, number } of migrations) {
    known.set(room, Math.max(number, known.get(room) ?? 0));
  }
  knownTo.set(database, known);
}

const looks = new WeakMap<Database, Map<string, Promise<void>>>();

/**
 * What a node on this database knows, the given rooms included. Rooms that nobody migrated through it
 * are looked at once: another process may have done it, or nobody has.
 * Refuses: postgres.schema_older, schema_missing.
 */
export async function knownOf(
  database: Database,
  folders: readonly MigrationFolder[],
): Promise<Known> {
  const looked = looks.get(database) ?? new Map<string, Promise<void>>();
  looks.set(database, looked);
  for (const folder of folders) {
    // A look under way began before this question: its yes stands, its no may be over by now.
    await looked.get(folder.room)?.catch(() => undefined);
    if (knownTo.get(database)?.has(folder.room) === true) continue;
    const looking = looked.get(folder.room) ?? look(database, folder);
    looked.set(folder.room, looking);
    looking.catch(() => looked.delete(folder.room));
    await looking;
  }
  return knownTo.get(database) ?? new Map<string, number>();
}

async function look(database: Database, folder: MigrationFolder): Promise<void> {
  const wanted = await readMigrations(folder);
  const { schema } = database;
  const { tableExists, floorExists } = await database.one(schemaState, { schema });
  const applied = tableExists ? await database.run(appliedMigrations, {}) : [];
  const missing = wanted.find(
    ({ room, number }) => !applied.some((one) => one.room === room && one.number === number),
  );
  if (missing !== undefined || !floorExists) {
    const label = missing === undefined ? "the table schema_floor" : labelOf(missing);
    throw fail(postgresErrors, "schema_older", { migration: label, schema });
  }
  learn(database, wanted);
}

/**
 * SQL that aborts a transaction of a node that knows no more than this: its first statement. Nothing
 * where nothing is known. Shares the floor's lock until the transaction ends.
 */
export function floorCheck(schema: string, known: Known): string {
  const prefix = `"${checkSchemaName(schema)}".`;
  const isAbove = [...known].map(([room, newest]) => `room = '${room}' and oldest > ${newest}`);
  if (isAbove.length === 0) return "";
  return `select ${prefix}lane_outdated(room, oldest, migration) from ${prefix}schema_floor
    where ${isAbove.join(" or ")}`;
}

/** The refusal behind such an error; undefined for any other. */
export function outdatedOf(error: unknown): LongmenError | undefined {
  if (sqlStateOf(error) !== OUTDATED) return undefined;
  const cause = error instanceof LongmenError ? error.cause : error;
  const detail = cause instanceof Error && "detail" in cause ? String(cause.detail) : "{}";
  return fail(postgresErrors, "schema_newer", JSON.parse(detail) as Record<string, unknown>, error);
}
