/** The amount of a line: walked through its scheme, exact to the end, rounded once. */
import { add, type Fraction, reduced, round, type Rounding, ZERO } from "./round.ts";
import type { Price, Scheme, Tier } from "./scheme.ts";

/** A part of the quantity, at one price: `units × amount / per`. */
export interface PriceStep extends Price {
  readonly units: bigint;
  /** The tier that it is, from 0. */
  readonly tier?: number | undefined;
}

export interface Priced {
  readonly amount: bigint;
  /** Before it was rounded. */
  readonly exact: Fraction;
  readonly rounding: Rounding;
  readonly steps: readonly PriceStep[];
}

/** What depends on who buys and when. */
export interface PriceContext {
  readonly at: number;
  readonly member?: string | undefined;
}

export interface Chosen {
  readonly scheme: Exclude<Scheme, { readonly kind: "phased" | "member" }>;
  /** How it was come to: `phase 1`, `member gold`. */
  readonly path: readonly string[];
}

/** The scheme that counts for this buyer at this instant. */
export function chooseScheme(
  scheme: Scheme,
  context: PriceContext,
  path: readonly string[] = [],
): Chosen {
  switch (scheme.kind) {
    case "phased": {
      const { phases } = scheme;
      const found = phases.findLastIndex(({ from }) => from <= context.at);
      const index = Math.max(0, found);
      const inner = phases[index]?.scheme;
      if (inner === undefined) return { scheme: { kind: "flat", amount: 0n, per: 1n }, path };
      return chooseScheme(inner, context, [...path, `phase ${index}`]);
    }
    case "member": {
      const { levels, otherwise } = scheme;
      const { member } = context;
      const own =
        member !== undefined && Object.hasOwn(levels, member) ? levels[member] : undefined;
      if (own === undefined) return chooseScheme(otherwise, context, [...path, "member none"]);
      return chooseScheme(own, context, [...path, `member ${member ?? ""}`]);
    }
    default:
      return { scheme, path };
  }
}

/** The steps of a quantity; a rule's price is not known here. */
export function stepsOf(
  scheme: Exclude<Chosen["scheme"], { readonly kind: "rule" }>,
  quantity: bigint,
): readonly PriceStep[] {
  switch (scheme.kind) {
    case "flat":
      return [{ units: quantity, amount: scheme.amount, per: scheme.per }];
    case "tiered":
      return tieredSteps(scheme.tiers, quantity);
    case "volume": {
      const { tiers } = scheme;
      const tier = tiers.findIndex(({ upTo }) => upTo === undefined || quantity <= upTo);
      const { amount = 0n, per = 1n } = tiers[tier] ?? {};
      return [{ units: quantity, amount, per, tier }];
    }
  }
}

function tieredSteps(tiers: readonly Tier[], quantity: bigint): PriceStep[] {
  const steps: PriceStep[] = [];
  let before = 0n;
  for (const [tier, { upTo, amount, per }] of tiers.entries()) {
    const end = upTo === undefined || upTo > quantity ? quantity : upTo;
    if (end <= before) break;
    steps.push({ units: end - before, amount, per, tier });
    before = end;
  }
  return steps;
}

/** The steps' sum, rounded once. */
export function amountOf(steps: readonly PriceStep[], rounding: Rounding): Priced {
  let exact = ZERO;
  for (const { units, amount, per } of steps) {
    exact = add(exact, { numerator: units * amount, denominator: per });
  }
  exact = reduced(exact);
  return { amount: round(exact, rounding), exact, rounding, steps };
}
