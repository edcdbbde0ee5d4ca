/** Asks a rule, and reads its answer strictly: what is no amount is no price. */
import { AMOUNT_MAX, assert, fail, isAssetCode, LongmenError } from "../base/index.ts";
import type { PriceStep } from "./amount.ts";
import { catalogErrors } from "./catalog.errors.ts";
import type { QuoteToken } from "./quote.ts";
import { isFields } from "./reading.ts";
import type { CatalogRoom } from "./room.ts";
import type { KeepDecision, RuleDecision, RuleProof, RuleQuestion } from "./rule.ts";
import type { Words } from "./words.ts";

/** Amounts may come as text, bigint or whole number; nothing else is one. */
export function ruleAmount(value: unknown): bigint | undefined {
  const isNumber = typeof value === "number" && Number.isSafeInteger(value);
  const isText = typeof value === "string" && /^(0|[1-9][0-9]{0,18})$/.test(value);
  const read = typeof value === "bigint" ? value : isNumber || isText ? BigInt(value) : undefined;
  return read !== undefined && read >= 0n && read <= AMOUNT_MAX ? read : undefined;
}

/**
 * An amount or a quantity as a rule is shown it: a number, since text in its place passes by every threshold of a
 * table and nobody hears of it. What is sold is bounded below 2^53, so none of them is another one.
 */
export function ruleNumber(value: bigint): number {
  const number = Number(value);
  assert(Number.isSafeInteger(number), "no more is sold at once than a number holds");
  return number;
}

/**
 * `kept` takes what writes the decision down; without it the rule does so itself.
 * Refuses: catalog.rule_failed, and what the rule itself refuses by a code.
 */
export async function askRule(
  rules: NonNullable<CatalogRoom["rules"]>,
  question: Omit<RuleQuestion, "isKept">,
  kept: KeepDecision[] | undefined,
): Promise<RuleDecision> {
  const { rule } = question;
  try {
    const decision = await rules({ ...question, isKept: kept !== undefined });
    if (decision.keep !== undefined) kept?.push(decision.keep);
    return decision;
  } catch (error) {
    if (error instanceof LongmenError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw fail(catalogErrors, "rule_failed", { rule, reason }, error);
  }
}

export function proofOf(rule: string, decision: RuleDecision): RuleProof {
  const { version, hash, decisionId } = decision;
  return { rule, version, hash, decisionId };
}

/** The step of a line whose price a rule decides. Refuses: catalog.rule_answer_malformed. */
export function ruleStep(rule: string, decision: RuleDecision, quantity: bigint): PriceStep {
  const { output, decisionId } = decision;
  const answer = isFields(output) ? output : {};
  const total = ruleAmount(answer["total"]);
  if (total !== undefined) return { units: 1n, amount: total, per: 1n };
  const amount = ruleAmount(answer["amount"]);
  const per = ruleAmount(answer["per"] ?? 1n);
  if (amount !== undefined && per !== undefined && per > 0n)
    return { units: quantity, amount, per };
  const expected = "{ amount, per } or { total } in whole minor units is expected";
  throw fail(catalogErrors, "rule_answer_malformed", { rule, expected, decisionId });
}

export interface RuleDiscount {
  readonly code: string;
  readonly label?: Words | undefined;
  readonly amount: bigint;
  /** Of this line alone. */
  readonly sku?: string | undefined;
  /** What it uses up if it takes anything off. */
  readonly token?: QuoteToken | undefined;
}

const DISCOUNTS_MAX = 50;

/** Refuses: catalog.rule_answer_malformed. */
export function ruleDiscounts(
  rule: string,
  { output, decisionId }: RuleDecision,
): readonly RuleDiscount[] {
  const list = isFields(output) ? output["discounts"] : undefined;
  const malformed = (expected: string) =>
    fail(catalogErrors, "rule_answer_malformed", { rule, expected, decisionId });
  if (!Array.isArray(list) || list.length > DISCOUNTS_MAX) {
    throw malformed(`{ discounts: […] } with at most ${DISCOUNTS_MAX} is expected`);
  }
  return list.map((given: unknown): RuleDiscount => {
    const { code, label, amount, sku, token } = isFields(given) ? given : {};
    const read = ruleAmount(amount);
    const isCode = typeof code === "string" && code.length > 0 && code.length <= 100;
    const isSku = sku === undefined || typeof sku === "string";
    if (!isCode || read === undefined || !isSku) {
      throw malformed("each discount has a code and an amount in whole minor units");
    }
    const used = token === undefined ? undefined : ruleToken(token);
    if (token !== undefined && used === undefined) {
      throw malformed("a token is { asset, amount }, an asset such as COUPON:SPRING/0 and above 0");
    }
    return { code, amount: read, sku, label: ruleLabel(label), token: used };
  });
}

function ruleToken(given: unknown): QuoteToken | undefined {
  const { asset, amount } = isFields(given) ? given : {};
  const read = ruleAmount(amount);
  return isAssetCode(asset) && read !== undefined && read > 0n
    ? { asset, amount: read }
    : undefined;
}

/** A label that is none is left out: the code says it, too. */
function ruleLabel(given: unknown): Words | undefined {
  const { en, zh } = isFields(given) ? given : {};
  if (typeof en !== "string") return undefined;
  return typeof zh === "string" ? { en, zh } : { en };
}
