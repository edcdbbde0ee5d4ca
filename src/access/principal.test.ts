import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  demand,
  demandAdminister,
  knowsBook,
  mayAdminister,
  mayDo,
  mayDoSomewhere,
  type Principal,
} from "./principal.ts";
import { actions, parseScope, type Scope, scopeText } from "./scope.ts";
import { anyPrefix, anyScope, namesAround } from "./testing/scopes.ts";

function principalOf(...scopes: readonly (string | Scope)[]): Principal {
  return {
    keyId: "abcdefghijkl",
    owner: "till-7",
    ownerKind: "service",
    scopes: scopes.map((one) => (typeof one === "string" ? parseScope(one) : one)),
  };
}

/** How a proxy, a browser or a folder of files reads the name: told apart from how the room does. */
function leadsUnder(name: string, prefix: string): boolean {
  const segments = name.split("/");
  const isPlain = segments.every((segment) => !["", ".", ".."].includes(segment));
  const isResolvedSame = new URL(`http://host/${name}`).pathname === `/${name}`;
  const wanted = prefix.split("/");
  return isPlain && isResolvedSame && wanted.every((segment, i) => segments[i] === segment);
}

const namesAndPrefixes = fc
  .array(anyPrefix, { minLength: 1, maxLength: 3 })
  .chain((prefixes) =>
    fc.tuple(
      fc.constant(prefixes),
      fc.array(fc.oneof(...prefixes.map(namesAround)), { minLength: 1, maxLength: 4 }),
    ),
  );

describe("a limited principal", () => {
  test("never names a path outside of its prefixes", () => {
    fc.assert(
      fc.property(namesAndPrefixes, ([prefixes, names]) => {
        const principal = principalOf(...prefixes.map((prefix) => `write@retail:${prefix}`));
        if (!mayDo(principal, "write", "retail", names)) return;
        for (const name of names) {
          expect(prefixes.some((prefix) => leadsUnder(name, prefix))).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("never uses an id, chain id or hold's id outside of its prefixes", () => {
    fc.assert(
      fc.property(namesAndPrefixes, ([prefixes, names]) => {
        const principal = principalOf(...prefixes.map((prefix) => `write@retail:${prefix}`));
        if (!mayDo(principal, "write", "retail", [], names)) return;
        for (const name of names) {
          const isInside = (prefix: string) => leadsUnder(name, prefix) && name !== prefix;
          expect(prefixes.some(isInside)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("is refused as a whole when one name of many is somebody else's", () => {
    const principal = principalOf("write@retail:shop/a");
    const own = { paths: ["shop/a", "shop/a/till"], ids: ["shop/a/1"] };
    expect(mayDo(principal, "write", "retail", own.paths, own.ids)).toBe(true);
    fc.assert(
      fc.property(namesAround("shop/a"), fc.boolean(), (name, asPath) => {
        if (leadsUnder(name, "shop/a")) return;
        const paths = asPath ? [...own.paths, name] : own.paths;
        const ids = asPath ? own.ids : [name, ...own.ids];
        expect(mayDo(principal, "write", "retail", paths, ids)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("does nothing that is about the whole book, or about another", () => {
    fc.assert(
      fc.property(anyPrefix, fc.constantFrom(...actions), (prefix, action) => {
        const principal = principalOf(`admin@retail:${prefix}`);
        expect(mayDo(principal, action, "retail")).toBe(false);
        expect(mayDo(principal, action, "retail", [], [])).toBe(false);
        expect(mayDo(principal, action, "retail2", [prefix])).toBe(false);
        expect(mayDo(principal, action, "*", [prefix])).toBe(false);
      }),
    );
  });

  test.each(["shop/a2", "shop/a2/x", "shop", "shop/", "shop/a/", "shop/a//x", "shop/a/.."])(
    "of shop/a may not name %s",
    (path) => {
      expect(mayDo(principalOf("read@retail:shop/a"), "read", "retail", [path])).toBe(false);
    },
  );

  test.each(["shop/a", "shop/a/", "shop/a2/1", "shop/a//1", "shop/a/../b/1", "1", "~open/1"])(
    "of shop/a may not use the id %s",
    (id) => {
      expect(mayDo(principalOf("read@retail:shop/a"), "read", "retail", [], [id])).toBe(false);
    },
  );

  test("may move between two of its prefixes", () => {
    const principal = principalOf("write@retail:shop/a", "write@retail:shop/b");
    expect(mayDo(principal, "write", "retail", ["shop/a/x", "shop/b/y"], ["shop/b/1"])).toBe(true);
  });

  test("can't put a right of one action together with a prefix of another", () => {
    const principal = principalOf("read@retail", "write@retail:shop/a");
    expect(mayDo(principal, "read", "retail", ["bank"])).toBe(true);
    expect(mayDo(principal, "write", "retail", ["bank"])).toBe(false);
  });
});

describe("a principal", () => {
  test.each([
    ["admin", "define", "retail", true],
    ["admin@retail", "verify", "retail", true],
    ["admin@retail", "keys", "*", false],
    ["read@retail", "read", "retail", true],
    ["read@retail", "write", "retail", false],
    ["read@retail", "read", "other", false],
    ["write@retail", "read", "retail", false],
    ["read@*", "read", "*", true],
    ["keys@*", "keys", "*", true],
    ["keys@*", "read", "retail", false],
  ] as const)("with %s: %s in %s: %s", (scope, action, book, expected) => {
    expect(mayDo(principalOf(scope), action, book)).toBe(expected);
  });

  test("without a prefix may name what it likes: what is malformed is the book's to refuse", () => {
    expect(mayDo(principalOf("write@retail"), "write", "retail", ["a//b"], [".."])).toBe(true);
  });

  test("may do something somewhere in a book, or nowhere: that is known before what it names", () => {
    const principal = principalOf("write@retail:shop/till-7", "read@*");
    expect(mayDoSomewhere(principal, "write", "retail")).toBe(true);
    expect(mayDoSomewhere(principal, "write", "other")).toBe(false);
    expect(mayDoSomewhere(principal, "define", "retail")).toBe(false);
    expect(mayDoSomewhere(principal, "read", "other")).toBe(true);
    expect(mayDoSomewhere(principalOf("admin@retail"), "verify", "retail")).toBe(true);
  });

  test("knows the books that its scopes name, and no others", () => {
    const principal = principalOf("read@retail:shop/a", "keys@*");
    expect(knowsBook(principal, "retail")).toBe(true);
    expect(knowsBook(principal, "other")).toBe(false);
    expect(knowsBook(principalOf("read@*"), "other")).toBe(true);
    expect(knowsBook(principalOf("keys@*"), "retail")).toBe(false);
  });

  test("is told what it lacks, and nothing of what it named", () => {
    const ask = () => demand(principalOf("read@retail:shop/a"), "read", "retail", ["bank/gold"]);
    expect(ask).toThrow(expect.objectContaining({ code: "access.not_permitted" }));
    expect(ask).not.toThrow(/gold/);
    expect(() => demand(principalOf("admin"), "read", "retail")).not.toThrow();
  });
});

describe("who administers keys", () => {
  test("never hands out a right that they don't have", () => {
    const mine = fc.array(anyScope, { maxLength: 4 });
    const asked = fc.array(anyScope, { minLength: 1, maxLength: 3 });
    const named = (scope: Scope): string[] => [scope.prefix ?? "any", `${scope.prefix ?? "any"}/x`];
    fc.assert(
      fc.property(mine, asked, (own, wanted) => {
        const giver = principalOf("keys@*", ...own);
        if (!mayAdminister(giver, wanted)) return;
        const taker = principalOf(...wanted);
        for (const { action, book } of [...own, ...wanted]) {
          for (const path of [...own, ...wanted].flatMap(named)) {
            if (!mayDo(taker, action, book, [path])) continue;
            expect(mayDo(giver, action, book, [path])).toBe(true);
          }
          if (mayDo(taker, action, book)) expect(mayDo(giver, action, book)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["admin", "admin", true],
    ["keys@* write@retail", "write@retail:shop", true],
    ["keys@* write@retail", "keys@*", true],
    ["keys@*", "admin", false],
    ["keys@*", "read@retail", false],
    ["write@retail", "write@retail", false],
    ["admin@retail", "read@retail", false],
  ])("with %s over a key with %s: %s", (own, asked, expected) => {
    const principal = principalOf(...own.split(" "));
    expect(mayAdminister(principal, [parseScope(asked)])).toBe(expected);
    const order = () => demandAdminister(principal, [parseScope(asked)]);
    if (expected) expect(order).not.toThrow();
    else expect(order).toThrow(expect.objectContaining({ code: "access.not_permitted" }));
  });

  test("loses nothing: a key with its own scopes is always theirs to give", () => {
    fc.assert(
      fc.property(fc.array(anyScope, { minLength: 1, maxLength: 4 }), (own) => {
        expect(mayAdminister(principalOf("keys@*", ...own), own), own.map(scopeText).join()).toBe(
          true,
        );
      }),
    );
  });
});
