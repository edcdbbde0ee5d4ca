/** The store: the only room that knows the database driver, and the commit lane. */
export { arrayOf } from "./binary.ts";
export { arg, as, nullable, orNull } from "./columns.ts";
export type { Column, Param } from "./columns.ts";
export { openDatabase } from "./database.ts";
export type { Database, OpenOptions, PoolStats } from "./database.ts";
export { startEmbedded } from "./embedded/embedded.ts";
export type { Embedded, EmbeddedOptions } from "./embedded/embedded.ts";
export type { Executor } from "./executor.ts";
export type { Decided, EngineFailure, LaneEngine, LaneReader, SealedBatch } from "./lane/engine.ts";
export type { Work } from "./lane/item.ts";
export { laneErrors } from "./lane/lane.errors.ts";
export { LANE_LIMITS, type LaneLimits } from "./lane/intake.ts";
export { Lane, type LaneOptions, type LaneStats } from "./lane/lane.ts";
export { takeLease, type Lease } from "./lane/lease.ts";
export { flushStatement } from "./lane/statements.ts";
export {
  unit,
  type Conflict,
  type FlushStatement,
  type Guard,
  type GuardUse,
  type Qualify,
  type SubmitOptions,
  type Unit,
  type UnitAnswer,
  type UnitBuilder,
  type Writer,
  type WriteUse,
} from "./lane/unit.ts";
export { migrate } from "./migrate.ts";
export type { MigrateReport } from "./migrate.ts";
export { migrationFolder } from "./migration.ts";
export type { MigrationFolder } from "./migration.ts";
export { postgresErrors } from "./postgres.errors.ts";
export { fn, sql, table } from "./sql.ts";
export type { ParamValues, RowIn, RowOf, Statement } from "./sql.ts";
export type { Transaction, TransactionOptions } from "./transaction.ts";
export { constraintOf, sqlStateOf, translateDatabaseError } from "./translate.ts";

import { migrationFolder } from "./migration.ts";

/** The tables of this room: the first argument of `migrate`. */
export const postgresMigrations = migrationFolder(
  "postgres",
  new URL("./migrations/", import.meta.url),
);
