import type { RetryPolicy } from "../retry-policy.ts";

/** How a task's queue works: checked, and with what was left out. */
export interface TaskPolicy {
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly group: ((input: never) => string | undefined) | undefined;
  readonly perGroup: number;
  readonly rate: { readonly limit: number; readonly perMs: number; readonly ofAll: boolean };
  readonly dedupeWindowMs: number | undefined;
  readonly batch: { readonly size: number; readonly waitMs: number } | undefined;
  readonly handle: (input: never, context: never) => unknown;
}
