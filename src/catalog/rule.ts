/** Rules, as this room needs them: whoever opens the catalogue connects them. */

/** What a rule is asked; JSON, amounts and quantities as whole numbers that are exact. */
export interface RuleQuestion {
  readonly book: string;
  readonly rule: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** In which request a quote is asked for: the actor's. */
  readonly request?: string | undefined;
}

export interface RuleDecision {
  readonly output: unknown;
  readonly version: number | string;
  readonly hash: string;
  readonly decisionId: string;
}

/**
 * Decides a price or discounts. Of a price plan it answers `{ amount, per? }` (minor units for so many units)
 * or `{ total }` (of the line); of a discount rule `{ discounts: [{ code, amount, label?, sku?, token? }] }`, a token
 * (`{ asset, amount }`) being what the discount uses up. Amounts are whole minor units, as text, bigint or whole number.
 */
export type PriceRule = (question: RuleQuestion) => Promise<RuleDecision>;

/** Which decision it was: stands in the proof. */
export interface RuleProof {
  readonly rule: string;
  readonly version: number | string;
  readonly hash: string;
  readonly decisionId: string;
}
