/** How often and how soon something is tried again. */
export interface RetryPolicy {
  /** How often it is tried at most, the first time included; 5 when left out, 1 is "not again". */
  readonly attempts?: number | undefined;
  /** The first pause is up to this long, each next up to twice as long; 200 ms when left out. */
  readonly baseMs?: number | undefined;
  /** No pause is longer; 30 s when left out. */
  readonly maxMs?: number | undefined;
  /** Which errors are worth another try. All but refusals whose row says "never" when left out. */
  readonly when?: ((error: unknown) => boolean) | undefined;
  /** How long to wait at least behind this error, as its callee asked for; at most an hour counts. */
  readonly waitMs?: ((error: unknown) => number | undefined) | undefined;
}
