/** Exact decimal arithmetic on text and bigint. A float never comes near money. */
import { baseErrors } from "./base.errors.ts";
import { fail } from "./errors.ts";

/** The largest amount, in minor units; the least is its negative. Both fit PostgreSQL's int8. */
export const AMOUNT_MAX = 2n ** 63n - 1n;
/**
 * What is sold at once comes to this at most, in minor units or pieces: quotes and orders agree on it, and sums of many
 * stay far from the end of what can be booked.
 */
export const SALE_MAX = 10n ** 15n;
/** The largest number of decimals an asset may have. */
export const SCALE_MAX = 18;
/** The longest decimal text that is read, so that a stranger's megabyte of digits costs nothing. */
export const DECIMAL_MAX_LENGTH = 64;

/** A decimal number, exactly: its value is `digits` divided by ten to the `scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

// JSON's number grammar without the exponent.
const DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** Reads a plain decimal number. Refuses: base.amount_malformed. */
export function parseDecimal(text: string): Decimal {
  if (typeof text !== "string" || text.length > DECIMAL_MAX_LENGTH || !DECIMAL.test(text)) {
    throw fail(baseErrors, "amount_malformed", { text });
  }
  const point = text.indexOf(".");
  if (point < 0) return { digits: BigInt(text), scale: 0 };
  return {
    digits: BigInt(text.slice(0, point) + text.slice(point + 1)),
    scale: text.length - point - 1,
  };
}

/**
 * Rounds a decimal number to `scale` decimals, a half away from zero (2.555 to 2.56, -2.555 to
 * -2.56), and gives it in minor units: `roundHalfAwayFromZero("2.555", 2)` is `256n`.
 * Refuses: base.amount_malformed, base.amount_out_of_range, base.scale_out_of_range.
 */
export function roundHalfAwayFromZero(decimal: string, scale: number): bigint {
  checkScale(scale);
  return checkRange(roundTo(parseDecimal(decimal), scale), decimal);
}

/**
 * Multiplies a whole quantity by a unit price and rounds once, a half away from zero, to minor
 * units: `multiplyRounded(3n, "0.335", 2)` is `101n`. Rounding is per call, that is per line.
 * Refuses: base.amount_malformed, base.amount_out_of_range, base.scale_out_of_range.
 */
export function multiplyRounded(quantity: bigint, unitPrice: string, scale: number): bigint {
  checkScale(scale);
  const price = parseDecimal(unitPrice);
  const product = { digits: price.digits * quantity, scale: price.scale };
  return checkRange(roundTo(product, scale), `${quantity} × ${unitPrice}`);
}

/** Gives the amount back if it can be stored. Refuses: base.amount_out_of_range. */
export function checkRange(minor: bigint, text: string): bigint {
  if (minor > AMOUNT_MAX || minor < -AMOUNT_MAX) {
    throw fail(baseErrors, "amount_out_of_range", { text });
  }
  return minor;
}

/** Ten to a power from 0 to `DECIMAL_MAX_LENGTH`. */
export function tenTo(power: number): bigint {
  return POWERS[power] ?? 10n ** BigInt(power);
}

const POWERS: readonly bigint[] = Array.from({ length: SCALE_MAX + 1 }, (_, i) => 10n ** BigInt(i));

function checkScale(scale: number): void {
  if (!Number.isInteger(scale) || scale < 0 || scale > SCALE_MAX) {
    throw fail(baseErrors, "scale_out_of_range", { scale });
  }
}

function roundTo(value: Decimal, scale: number): bigint {
  if (value.scale <= scale) return value.digits * tenTo(scale - value.scale);
  const divisor = tenTo(value.scale - scale);
  const whole = value.digits / divisor; // bigint division cuts towards zero
  const rest = value.digits % divisor;
  const restSize = rest < 0n ? -rest : rest;
  if (restSize * 2n < divisor) return whole;
  return value.digits < 0n ? whole - 1n : whole + 1n;
}
