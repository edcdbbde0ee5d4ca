/** Assets, and amounts of them in minor units: 1999n of CNY/2 is 19.99 yuan. */
import { baseErrors } from "./base.errors.ts";
import { checkRange, parseDecimal, tenTo } from "./decimals.ts";
import { fail } from "./errors.ts";

/** The longest name of an asset, before the slash. */
export const ASSET_NAME_MAX_LENGTH = 63;

/** Something that can run out. `code` is its identity, scale included; the scale never changes. */
export interface Asset {
  readonly code: string;
  readonly name: string;
  /** How many decimals one unit has: 2 for yuan and cents, 0 for pieces. */
  readonly scale: number;
}

// A space may stand inside a name (real stock codes: "BANK CHARGES") but not end it.
const NAME_AND_SCALE = /^([A-Za-z0-9](?:[A-Za-z0-9:._ -]*[A-Za-z0-9:._-])?)\/([0-9]|1[0-8])$/;

/** Whether `asset` would read it. */
export function isAssetCode(code: unknown): code is string {
  if (typeof code !== "string") return false;
  const name = NAME_AND_SCALE.exec(code)?.[1];
  return name !== undefined && name.length <= ASSET_NAME_MAX_LENGTH;
}

/**
 * Reads an asset code: `CNY/2`, `POINT/0`, `SKU:85123A/0`. Case matters, and so does the scale:
 * `CNY/2` and `CNY/3` are two assets. Refuses: base.asset_malformed.
 */
export function asset(code: string): Asset {
  const parts = typeof code === "string" ? NAME_AND_SCALE.exec(code) : null;
  const name = parts?.[1];
  if (name === undefined || name.length > ASSET_NAME_MAX_LENGTH) {
    throw fail(baseErrors, "asset_malformed", { code });
  }
  return { code, name, scale: Number(parts?.[2]) };
}

/**
 * Reads an amount as people write it into minor units of an asset: `money("CNY/2", "12.34")` is
 * `1234n`. Never rounds: more decimals than the asset has are refused, zeros too.
 * Refuses: base.asset_malformed, base.amount_malformed, base.amount_too_precise,
 * base.amount_out_of_range.
 */
export function money(assetCode: string, decimal: string): bigint {
  const { scale } = asset(assetCode);
  const value = parseDecimal(decimal);
  if (value.scale > scale) {
    throw fail(baseErrors, "amount_too_precise", { text: decimal, scale, asset: assetCode });
  }
  return checkRange(value.digits * tenTo(scale - value.scale), decimal);
}

/**
 * Writes minor units as people read them, with all decimals of the asset: `formatAmount("CNY/2",
 * -5n)` is `-0.05`. Any size is written; `money` reads it back. Refuses: base.asset_malformed.
 */
export function formatAmount(assetCode: string, minor: bigint): string {
  const { scale } = asset(assetCode);
  if (scale === 0) return minor.toString();
  const sign = minor < 0n ? "-" : "";
  const digits = (minor < 0n ? -minor : minor).toString().padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const MINOR_MAX_LENGTH = 20; // a sign and the 19 digits of 2^63 - 1

/**
 * Reads an amount off the wire: minor units, a whole number in its one canonical spelling (no
 * leading zeros, no `-0`), so that equal amounts are equal text.
 * Refuses: base.amount_malformed, base.amount_out_of_range.
 */
export function parseMinor(text: string): bigint {
  if (typeof text !== "string" || !isCanonicalInteger(text)) {
    throw fail(baseErrors, "amount_malformed", { text });
  }
  if (text.length > MINOR_MAX_LENGTH) throw fail(baseErrors, "amount_out_of_range", { text });
  return checkRange(BigInt(text), text);
}

function isCanonicalInteger(text: string): boolean {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  if (text.length === start) return false;
  if (text.charCodeAt(start) === ZERO) return start === 0 && text.length === 1;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}
