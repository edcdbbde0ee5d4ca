/**
 * What a caller hands in, at the doors of a book: callers without types hand in anything. A wrong
 * type is refused by name, before anything is done with it. What only makes a request wrong is an
 * answer and stands in check-request.ts.
 */
import { fail } from "../base/index.ts";
import { isStorable } from "./check-request.ts";
import { ledgerErrors } from "./ledger.errors.ts";

/** As `head` tells it. */
const HASH = /^[0-9a-f]{64}$/i;

const kinds = {
  "a text": (value) => typeof value === "string" && isStorable(value),
  "a hash of 64 hex digits": (value) => typeof value === "string" && HASH.test(value),
  "a number above 0": (value) => typeof value === "number" && value > 0,
  "a finite number of milliseconds above 0": (value) => Number.isFinite(value) && Number(value) > 0,
  "true or false": (value) => typeof value === "boolean",
  "an object": isObject,
  "a list": Array.isArray,
  "a function": (value) => typeof value === "function",
  "an AbortSignal": (value) => value instanceof AbortSignal,
  "a clock": (value) => isObject(value) && "now" in value && typeof value.now === "function",
  '"database" or "clock"': (value) => value === "database" || value === "clock",
} as const satisfies Record<string, (value: unknown) => boolean>;

export type KindOfArgument = keyof typeof kinds;
type Arguments = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lets arguments of that kind pass. Refuses: ledger.argument_malformed, with the name. */
export function mustBe(kind: KindOfArgument, given: Arguments): void {
  const is = kinds[kind];
  // By `in`: it is asked for every transfer, and given a plain object of its caller's own.
  for (const name in given) {
    if (!is(given[name])) throw fail(ledgerErrors, "argument_malformed", { name, kind });
  }
}

/** The same where an argument may be left out. */
export function mayBe(kind: KindOfArgument, given: Arguments): void {
  const is = kinds[kind];
  for (const name in given) {
    const value = given[name];
    if (value === undefined || is(value)) continue;
    throw fail(ledgerErrors, "argument_malformed", { name, kind });
  }
}
