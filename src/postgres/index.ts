/** The store: the only room that speaks to PostgreSQL, and the commit lane. README.md says what it promises. */
import { migrationFolder } from "./migration.ts";

export { arrayOf } from "./binary.ts";
export { column, type InsertColumn, insertInto, type InsertInto } from "./insert-writer.ts";
export { arg, as, nullable, orNull, type Column, type Param } from "./columns.ts";
export { binaryOf, copyRows, sendCopy, type Copy, type CopyColumn } from "./copy.ts";
export { openDatabase, type Database, type OpenOptions, type PoolStats } from "./database.ts";
export { DURABLE } from "./durable.ts";
export { doctor, type DoctorOptions, type Finding } from "./doctor.ts";
export {
  embeddedUrl,
  startEmbedded,
  type Embedded,
  type EmbeddedOptions,
} from "./embedded/embedded.ts";
export { type Move, noteMove, readMove } from "./embedded/moved.ts";
export type { RunAsKind, RunAsWish } from "./embedded/run-as.ts";
export type { StartStep } from "./embedded/start.ts";
export type { Executor } from "./executor.ts";
export { firstCheck, leaseCheck } from "./lane/admission.ts";
export type {
  Decided,
  EngineFailure,
  Holder,
  LaneEngine,
  LaneReader,
  SealedBatch,
} from "./lane/engine.ts";
export { isFenced, isSkewed, isStale } from "./lane/failure.ts";
export { LANE_LIMITS, type LaneLimits } from "./lane/intake.ts";
export type { Work } from "./lane/item.ts";
export { laneErrors } from "./lane/lane.errors.ts";
export { Lane } from "./lane/lane.ts";
export type { LaneOptions, LaneStats } from "./lane/lane-options.ts";
export { claimName, type Claimed } from "./lane/claim-name.ts";
export {
  endLease,
  handOverLease,
  keepLease,
  takeOverLease,
  type KeepLeaseOptions,
  type KeptLease,
} from "./lane/keep-lease.ts";
export { takeLease, type Lease } from "./lane/lease.ts";
export { flushCopy, flushStatement } from "./lane/statements.ts";
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
  type WireValue,
  type Writer,
  type WriteUse,
} from "./lane/unit.ts";
export { demandCurrent, outdatedOf } from "./floor.ts";
export { demandMigrated, migrate, type MigrateOptions, type MigrateReport } from "./migrate.ts";
export { migrationFolder, type MigrationFolder } from "./migration.ts";
export {
  planFromNothing,
  planMigrations,
  type MigrationPlan,
  type PlannedMigration,
} from "./plan-migrations.ts";
export { withScratch } from "./scratch.ts";
export { postgresErrors } from "./postgres.errors.ts";
export type { CopyPage } from "./schema-copy/copy-stream.ts";
export { fillSchema, type FillOptions } from "./schema-copy/fill.ts";
export {
  isBound,
  type MigrationShape,
  type PartitionShape,
  type SchemaShape,
  type TableShape,
} from "./schema-copy/shape.ts";
export {
  inSnapshot,
  isSameServer,
  type Snapshot,
  type SnapshotOptions,
} from "./schema-copy/snapshot.ts";
export {
  compareSchemas,
  describeSchema,
  type Drift,
  type SchemaManifest,
} from "./schema-manifest.ts";
export { fn, sql, table, type ParamValues, type RowIn, type RowOf, type Statement } from "./sql.ts";
export { sendInside, type Transaction, type TransactionOptions } from "./transaction.ts";
export { constraintOf, sqlStateOf, translateDatabaseError } from "./translate.ts";

/** The tables of this room: the first argument of `migrate`. */
export const postgresMigrations = migrationFolder(
  "postgres",
  new URL("./migrations/", import.meta.url),
);
