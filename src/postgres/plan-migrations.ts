/** What `migrate` would do, and who may stay while it does: looked up, nothing is changed. */
import type { Database } from "./database.ts";
import {
  missingMigrations,
  NOTHING_YET,
  readAll,
  readHistory,
  type SchemaHistory,
} from "./migrate.ts";
import { otherNodes } from "./migrate.sql.ts";
import { labelOf, type Migration, type MigrationFolder } from "./migration.ts";

export interface PlannedMigration {
  /** `ledger/0003-archive`. */
  readonly migration: string;
  /** Nodes of the version that brought the schema to where it is may go on beside it. */
  readonly currentNodesMayStay: boolean;
  /** The migration that a node must know to stay; undefined where every older node may. */
  readonly needs?: string | undefined;
}

export interface MigrationPlan {
  /** False: nothing was ever migrated here. */
  readonly schemaExists: boolean;
  /** In the order in which they would be applied. */
  readonly pending: readonly PlannedMigration[];
  readonly currentNodesMayStay: boolean;
  /** Sessions of other Longmen processes on this database, of this role, and from how many addresses. */
  readonly otherSessions: number;
  readonly otherAddresses: number;
}

/**
 * Says what `migrate` would apply and whether the nodes that run now may stay. Changes nothing, takes
 * no lock. Refuses: what `migrate` refuses before it applies anything.
 */
export async function planMigrations(
  database: Database,
  folders: readonly MigrationFolder[],
): Promise<MigrationPlan> {
  const history = await readHistory(database);
  const { sessions, clients } = await database.one(otherNodes, {});
  const plan = await planOn(history, folders);
  return { ...plan, otherSessions: Number(sessions), otherAddresses: Number(clients) };
}

/** The plan for a database that is not there yet. */
export async function planFromNothing(folders: readonly MigrationFolder[]): Promise<MigrationPlan> {
  return { ...(await planOn(undefined, folders)), otherSessions: 0, otherAddresses: 0 };
}

async function planOn(history: SchemaHistory | undefined, folders: readonly MigrationFolder[]) {
  const wanted = await readAll(folders);
  const missing = missingMigrations(wanted, history ?? NOTHING_YET);
  const newest = new Map<string, number>();
  for (const { room, number } of history?.applied ?? []) {
    newest.set(room, Math.max(number, newest.get(room) ?? 0));
  }
  const pending = missing.map((one) => planned(one, wanted, newest));
  return {
    schemaExists: history !== undefined,
    pending,
    currentNodesMayStay: pending.every((one) => one.currentNodesMayStay),
  };
}

function planned(
  { room, number, name, oldest }: Migration,
  wanted: readonly Migration[],
  newest: ReadonlyMap<string, number>,
): PlannedMigration {
  const needed = wanted.find((one) => one.room === room && one.number === oldest);
  // A node that has never heard of a room does nothing in it.
  const known = newest.get(room) ?? oldest;
  return {
    migration: labelOf({ room, number, name }),
    currentNodesMayStay: known >= oldest,
    needs: needed === undefined ? undefined : labelOf(needed),
  };
}
