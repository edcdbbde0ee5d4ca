/** Rules, as this room needs them: whoever opens the catalogue connects them. */
import type { UnitBuilder } from "../postgres/index.ts";

/** What a rule is asked; JSON, amounts and quantities as whole numbers that are exact. */
export interface RuleQuestion {
  readonly book: string;
  readonly rule: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** In which request a quote is asked for: the actor's. */
  readonly request?: string | undefined;
  /** Whoever asks writes the decision down, by its `keep`; otherwise the rule does so itself. */
  readonly isKept?: boolean | undefined;
}

/** Writes a decision down in the commit of what was decided by it. */
export type KeepDecision = (building: UnitBuilder<never>) => UnitBuilder<never>;

export interface RuleDecision {
  readonly output: unknown;
  readonly version: number | string;
  readonly hash: string;
  readonly decisionId: string;
  /** Left out: it needn't be, or the question didn't ask for it. */
  readonly keep?: KeepDecision | undefined;
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
