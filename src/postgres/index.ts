/** The store: the only room that speaks to PostgreSQL. README.md says what it promises. */
export { arrayOf } from "./binary.ts";
export { arg, as, nullable, orNull, type Column, type Param } from "./columns.ts";
export { openDatabase, type Database, type OpenOptions, type PoolStats } from "./database.ts";
export { doctor, type DoctorOptions, type Finding } from "./doctor.ts";
export { startEmbedded, type Embedded, type EmbeddedOptions } from "./embedded/embedded.ts";
export type { RunAsKind, RunAsWish } from "./embedded/run-as.ts";
export type { StartStep } from "./embedded/start.ts";
export type { Executor } from "./executor.ts";
export { migrate, type MigrateReport } from "./migrate.ts";
export { migrationFolder, type MigrationFolder } from "./migration.ts";
export { postgresErrors } from "./postgres.errors.ts";
export {
  compareSchemas,
  describeSchema,
  type Drift,
  type SchemaManifest,
} from "./schema-manifest.ts";
export { fn, sql, table, type ParamValues, type RowIn, type RowOf, type Statement } from "./sql.ts";
export type { Transaction, TransactionOptions } from "./transaction.ts";
export { constraintOf, sqlStateOf, translateDatabaseError } from "./translate.ts";
