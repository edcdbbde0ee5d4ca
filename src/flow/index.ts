/** Work that goes on over crashes, and who may do it. So far: leases. README.md says what it promises. */
export { flowErrors } from "./flow.errors.ts";
export type { Lent } from "./lease/check-lease.ts";
export type { Held } from "./lease/held.ts";
export {
  type BreakOptions,
  type LeaseBreak,
  type LeaseListOptions,
  type LeaseRef,
  type LeaseView,
  NOTE_MAX_LENGTH,
  type TakeOptions,
  TTL_MAX_MS,
  TTL_MIN_MS,
  WAIT_MAX_MS,
} from "./lease/lease.ts";
export { type Leases, LEASES_MAX, type LeasesOptions, openLeases } from "./lease/open-leases.ts";
export { leaseHeld } from "./lease/write-leases.ts";
export { flowMigrations } from "./migrations.ts";
