import { fail } from "../base/index.ts";
import { flowErrors } from "./flow.errors.ts";

/** How often and how soon something is tried again. */
export interface RetryPolicy {
  /** How often it is tried at most, the first time included; 5 when left out, 1 is "not again". */
  readonly attempts?: number | undefined;
  /** The first pause is up to this long, each next up to twice as long; 200 ms when left out. */
  readonly baseMs?: number | undefined;
  /** No pause is longer, where there are retries left (`retry-budget.ts`); 30 s when left out. */
  readonly maxMs?: number | undefined;
  /** Which errors are worth another try (who throws says no). All but refusals whose row says "never" when left out. */
  readonly when?: ((error: unknown) => boolean) | undefined;
  /** How long to wait at least behind this error, as its callee asked for; at most an hour counts. */
  readonly waitMs?: ((error: unknown) => number | undefined) | undefined;
}

/** Refuses: flow.definition_malformed. `what` is whose policy it is: "it", "the step "charge"". */
export function checkRetry(name: string, what: string, retry: RetryPolicy | undefined): void {
  const { attempts = 1, baseMs = 0, maxMs = 0, when } = retry ?? {};
  const refuse = (why: string): never => {
    throw fail(flowErrors, "definition_malformed", { name, why: `${what} ${why}` });
  };
  if (!(attempts >= 1 && (Number.isInteger(attempts) || attempts === Infinity)))
    refuse(`is to be tried ${String(attempts)} times`);
  if (!(baseMs >= 0 && maxMs >= 0))
    refuse(`is to pause for ${String(baseMs)} to ${String(maxMs)} ms`);
  if (when !== undefined && typeof when !== "function") refuse(`has a "when" that is no function`);
}

/** Refuses: flow.definition_malformed. */
export function checkTimeout(name: string, what: string, timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs > 0)) return;
  const why = `${what} may take ${String(timeoutMs)} ms`;
  throw fail(flowErrors, "definition_malformed", { name, why });
}
