/** An exact fraction, and the one place where it becomes whole minor units. */
export type Rounding = "half_even" | "half_up" | "down" | "up";
export const roundings: readonly Rounding[] = ["half_even", "half_up", "down", "up"];

/** numerator / denominator; the denominator is above zero. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ZERO: Fraction = { numerator: 0n, denominator: 1n };

export function add(a: Fraction, b: Fraction): Fraction {
  if (a.denominator === b.denominator) {
    return { numerator: a.numerator + b.numerator, denominator: a.denominator };
  }
  return reduced({
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  });
}

/** In its lowest terms: a hundred tiers would else make a number of hundreds of digits. */
export function reduced({ numerator, denominator }: Fraction): Fraction {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b > 0n) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}

/**
 * Whole units of a fraction that is not negative. half_even: a half to the even neighbour; half_up: a half
 * up; down: cut off; up: to the next.
 */
export function round({ numerator, denominator }: Fraction, rounding: Rounding): bigint {
  const whole = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return whole;
  const half = rest * 2n - denominator;
  switch (rounding) {
    case "down":
      return whole;
    case "up":
      return whole + 1n;
    case "half_up":
      return half >= 0n ? whole + 1n : whole;
    case "half_even": {
      const isUp = half > 0n || (half === 0n && whole % 2n === 1n);
      return isUp ? whole + 1n : whole;
    }
  }
}
