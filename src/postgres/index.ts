export { arrayOf } from "./binary.ts";
export { arg, as, nullable, orNull } from "./columns.ts";
export type { Column, Param } from "./columns.ts";
export { openDatabase } from "./database.ts";
export type { Database, OpenOptions, PoolStats } from "./database.ts";
export type { Executor } from "./executor.ts";
export { postgresErrors } from "./postgres.errors.ts";
export { fn, sql, table } from "./sql.ts";
export type { ParamValues, RowIn, RowOf, Statement } from "./sql.ts";
export type { Transaction, TransactionOptions } from "./transaction.ts";
export { constraintOf, sqlStateOf, translateDatabaseError } from "./translate.ts";
export type { Decided, EngineFailure, LaneEngine, LaneReader, SealedBatch } from "./lane/engine.ts";
export type { Work } from "./lane/item.ts";
export { Lane, LANE_LIMITS, type LaneLimits, type LaneOptions, type LaneStats } from "./lane/lane.ts";
export { laneErrors } from "./lane/lane.errors.ts";
export { takeLease, type Lease } from "./lane/lease.ts";
export { flushStatement } from "./lane/statements.ts";
export {
  unit,
  type Conflict,
  type FlushStatement,
  type Guard,
  type Qualify,
  type SubmitOptions,
  type Unit,
  type UnitAnswer,
  type UnitBuilder,
  type Writer,
} from "./lane/unit.ts";
