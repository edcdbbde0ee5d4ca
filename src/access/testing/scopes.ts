import fc from "fast-check";
import { isId, isPath } from "../../base/index.ts";
import { actions, isRunAction, runActions, type Scope } from "../scope.ts";

const letters = "abzAZ019._:@+-".split("");
const segment = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 6 });

/** Well-formed paths out of few letters, so that they often meet. */
export const anyPath = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join("/"))
  .filter(isPath);

/** Well-formed prefixes of scopes. */
export const anyPrefix = anyPath.filter((path) => isId(`${path}/0`));

const inBook = fc.record({
  action: fc.constantFrom(...actions.filter((action) => action !== "keys" && !isRunAction(action))),
  book: fc.oneof(fc.constant("*"), anyPath),
});

const onFlows = fc.record({
  action: fc.constantFrom(...runActions),
  book: fc.constantFrom("*", "order.placed", "order.*", "order:placed", "付款"),
});

export const anyScope: fc.Arbitrary<Scope> = fc.oneof(
  onFlows,
  fc.constant({ action: "keys" as const, book: "*" }),
  inBook,
  fc.tuple(inBook, anyPrefix).map(([scope, prefix]) => ({ ...scope, prefix })),
);

/**
 * Names that try to pass for one at or below the prefix, next to some that are: neighbours with a
 * longer last segment, ways up, empty segments, other cases, encodings, bytes behind the end.
 */
export function namesAround(prefix: string): fc.Arbitrary<string> {
  const below = fc.array(fc.oneof(segment, fc.constantFrom("", ".", "..", "...", "%2e%2e")), {
    maxLength: 4,
  });
  const endings = [
    "",
    "/",
    "2",
    "-x",
    ".x",
    "//x",
    "/..",
    "/../b",
    "/./x",
    "/x/../../b",
    "\u0000/x",
  ];
  return fc.oneof(
    below.map((segments) => [prefix, ...segments].join("/")),
    fc.constantFrom(...endings).map((ending) => prefix + ending),
    fc.constantFrom("/", "./", "../", "x/", " ").map((start) => `${start}${prefix}/x`),
    fc.constantFrom(prefix.toUpperCase(), prefix.slice(0, -1), prefix.replaceAll("/", "%2F")),
    fc.constant(`${prefix.split("/").slice(0, -1).join("/")}/x`),
    anyPath,
    fc.string(),
  );
}
