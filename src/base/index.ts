/** The ground everything stands on: pure, and below every other room. */
export { allocate } from "./allocate.ts";
export {
  asset,
  ASSET_NAME_MAX_LENGTH,
  formatAmount,
  isAssetCode,
  money,
  parseMinor,
  type Asset,
} from "./amounts.ts";
export { baseErrors } from "./base.errors.ts";
export {
  AMOUNT_MAX,
  multiplyRounded,
  roundHalfAwayFromZero,
  SALE_MAX,
  SCALE_MAX,
} from "./decimals.ts";
export {
  assert,
  defineErrors,
  fail,
  fillPlaces,
  hasCode,
  httpStatusOf,
  LongmenError,
  type ErrorKind,
  type ErrorRow,
  type ErrorTable,
  type Retry,
} from "./errors.ts";
export {
  FAULT_EXIT_CODE,
  faultPoint,
  FaultPlan,
  faultsFromText,
  InjectedFault,
  listFaultPoints,
  noFaults,
  type ArmOptions,
  type FaultAction,
  type Faults,
} from "./fault.ts";
export { histogram, sumOf, type Histogram, type HistogramRead } from "./histogram.ts";
export {
  ID_MAX_LENGTH,
  idSource,
  isId,
  isPath,
  newId,
  PATH_MAX_LENGTH,
  PATH_SEGMENTS_MAX,
  type IdSourceInput,
} from "./ids.ts";
export type { LogFields } from "./log-fields.ts";
export {
  logLevels,
  pinoLogger,
  silentLogger,
  type Logger,
  type LogLevel,
  type PinoLoggerInput,
} from "./log.ts";
export type { LogDestination } from "./log-lines.ts";
export { isSecretKey, MASK, maskSecrets, maskUrlPasswords } from "./mask.ts";
export { backoff, isRetryable, retry, type BackoffInput, type RetryPolicy } from "./retry.ts";
export {
  manualClock,
  parseRfc3339,
  systemClock,
  toRfc3339,
  type Clock,
  type Instant,
  type ManualClock,
} from "./time.ts";
