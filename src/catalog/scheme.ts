/**
 * How a price is found. A price is an amount in minor units for so many units (`per`), so a third of a
 * penny a piece is exact. A line's amount is an exact fraction until the end, and rounded once.
 */
import { AMOUNT_MAX, isAssetCode } from "../base/index.ts";
import { Reading } from "./reading.ts";
import { type Rounding, roundings } from "./round.ts";

export interface Price {
  readonly amount: bigint;
  readonly per: bigint;
}

/** Up to and with so many units; the last tier has no end. */
export interface Tier extends Price {
  readonly upTo?: bigint | undefined;
}

/** One price whatever the quantity. */
export interface Flat extends Price {
  readonly kind: "flat";
}
/** Each unit at the price of the tier that it falls in. */
export interface Tiered {
  readonly kind: "tiered";
  readonly tiers: readonly Tier[];
}
/** All units at the price of the tier that the quantity reaches. */
export interface Volume {
  readonly kind: "volume";
  readonly tiers: readonly Tier[];
}
/** From each instant on, another scheme: an early price, then a regular one. The first holds before, too. */
export interface Phased {
  readonly kind: "phased";
  readonly phases: readonly { readonly from: number; readonly scheme: Scheme }[];
}
/** By the buyer's level as a member; who has none of them pays `otherwise`. */
export interface Member {
  readonly kind: "member";
  readonly levels: Readonly<Record<string, Scheme>>;
  readonly otherwise: Scheme;
}
/** Decided by a rule, once for each line. */
export interface ByRule {
  readonly kind: "rule";
  readonly rule: string;
}
export type Scheme = Flat | Tiered | Volume | Phased | Member | ByRule;

export interface PricePlan {
  /** The asset that is paid: `GBP/2`. */
  readonly currency: string;
  readonly rounding: Rounding;
  readonly scheme: Scheme;
}

const kinds = ["flat", "tiered", "volume", "phased", "member", "rule"] as const;
const DEPTH_MAX = 3;
const TIERS_MAX = 100;
const PHASES_MAX = 50;
const LEVELS_MAX = 50;
export const PER_MAX = 10n ** 9n;
const UNITS_MAX = 10n ** 12n;
export const INSTANT_MAX = Date.parse("9999-12-31T23:59:59.999Z");
const LEVEL = /^(?!constructor$)[a-z][a-z0-9_-]{0,39}$/;

/** Reads a plan, from an author, a CSV cell or its row. Refuses: catalog.definition_malformed. */
export function readPricePlan(given: unknown): PricePlan {
  const reading = new Reading();
  const { currency, rounding, scheme } = reading.fields("", given, [
    "currency",
    "rounding",
    "scheme",
  ]);
  reading.must(isAssetCode(currency), "/currency", "an asset such as GBP/2");
  const plan: PricePlan = {
    currency: String(currency),
    rounding: reading.oneOf("/rounding", rounding ?? "half_up", roundings) ?? "half_up",
    scheme: readScheme(reading, "/scheme", scheme, 1),
  };
  reading.done("the price plan");
  return plan;
}

const free: Scheme = { kind: "flat", amount: 0n, per: 1n };

function readScheme(reading: Reading, at: string, given: unknown, depth: number): Scheme {
  if (depth > DEPTH_MAX) {
    reading.problem(at, `at most ${DEPTH_MAX} deep`);
    return free;
  }
  const kindGiven = (given as { readonly kind?: unknown } | null | undefined)?.kind;
  const kind = reading.oneOf(`${at}/kind`, kindGiven, kinds);
  switch (kind) {
    case "flat": {
      const fields = reading.fields(at, given, ["kind", "amount", "per"]);
      return { kind, ...readPrice(reading, at, fields) };
    }
    case "tiered":
    case "volume": {
      const { tiers } = reading.fields(at, given, ["kind", "tiers"]);
      return { kind, tiers: readTiers(reading, `${at}/tiers`, tiers) };
    }
    case "phased": {
      const { phases } = reading.fields(at, given, ["kind", "phases"]);
      return { kind, phases: readPhases(reading, `${at}/phases`, phases, depth) };
    }
    case "member": {
      const { levels, otherwise } = reading.fields(at, given, ["kind", "levels", "otherwise"]);
      return {
        kind,
        levels: readLevels(reading, `${at}/levels`, levels, depth),
        otherwise: readScheme(reading, `${at}/otherwise`, otherwise, depth + 1),
      };
    }
    case "rule": {
      const { rule } = reading.fields(at, given, ["kind", "rule"]);
      return { kind, rule: reading.text(`${at}/rule`, rule, 200) };
    }
    case undefined:
      return free;
  }
}

function readPrice(reading: Reading, at: string, given: Readonly<Record<string, unknown>>): Price {
  return {
    amount: reading.big(`${at}/amount`, given["amount"], 0n, AMOUNT_MAX),
    per: reading.big(`${at}/per`, given["per"] ?? 1n, 1n, PER_MAX),
  };
}

function readTiers(reading: Reading, at: string, given: unknown): readonly Tier[] {
  const tiers = reading.list(at, given, 1, TIERS_MAX);
  let before = 0n;
  return tiers.map((one, index) => {
    const here = `${at}/${index}`;
    const fields = reading.fields(here, one, ["upTo", "amount", "per"]);
    const price = readPrice(reading, here, fields);
    const isLast = index === tiers.length - 1;
    const { upTo } = fields;
    reading.must(
      (upTo === undefined) === isLast,
      `${here}/upTo`,
      "given in all tiers but the last",
    );
    if (upTo === undefined || isLast) return price;
    const end = reading.big(`${here}/upTo`, upTo, before + 1n, UNITS_MAX);
    before = end;
    return { ...price, upTo: end };
  });
}

function readPhases(reading: Reading, at: string, given: unknown, depth: number): Phased["phases"] {
  let before = -1;
  return reading.list(at, given, 1, PHASES_MAX).map((one, index) => {
    const here = `${at}/${index}`;
    const { from, scheme } = reading.fields(here, one, ["from", "scheme"]);
    before = reading.integer(`${here}/from`, from, before + 1, INSTANT_MAX);
    return { from: before, scheme: readScheme(reading, `${here}/scheme`, scheme, depth + 1) };
  });
}

function readLevels(reading: Reading, at: string, given: unknown, depth: number): Member["levels"] {
  const names = typeof given === "object" && given !== null ? Object.keys(given) : [];
  const isFew = names.length >= 1 && names.length <= LEVELS_MAX;
  reading.must(isFew, at, `an object of 1 to ${LEVELS_MAX} levels`);
  const fields = reading.fields(at, given, names);
  const pairs = names.map((name) => {
    reading.must(LEVEL.test(name), `${at}/${name}`, "a level's name: small letters, digits, _ -");
    return [name, readScheme(reading, `${at}/${name}`, fields[name], depth + 1)] as const;
  });
  return Object.fromEntries(pairs);
}
