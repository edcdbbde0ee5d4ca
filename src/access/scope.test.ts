import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isId, isPath } from "../base/index.ts";
import { actions, covers, isRunAction, parseScope, type Scope, scopeText } from "./scope.ts";
import { anyScope } from "./testing/scopes.ts";

describe("a scope's text", () => {
  test.each([
    ["read@retail", { action: "read", book: "retail" }],
    ["write@retail:shop/a", { action: "write", book: "retail", prefix: "shop/a" }],
    ["write@tenant/42:shop:1", { action: "write", book: "tenant/42", prefix: "shop:1" }],
    ["read@a%3Ab:c", { action: "read", book: "a:b", prefix: "c" }],
    ["read@a@b", { action: "read", book: "a@b" }],
    ["read@*:shop", { action: "read", book: "*", prefix: "shop" }],
    ["keys@*", { action: "keys", book: "*" }],
    ["admin", { action: "admin", book: "*" }],
    ["admin@retail", { action: "admin", book: "retail" }],
    ["runs.read@*", { action: "runs.read", book: "*" }],
    ["runs.write@order.*", { action: "runs.write", book: "order.*" }],
    ["runs.operate@order:placed", { action: "runs.operate", book: "order:placed" }],
  ])("%s is read", (text, scope) => {
    expect(parseScope(text)).toEqual(scope);
  });

  test.each([
    "",
    "read",
    "@retail",
    "READ@retail",
    "read @retail",
    " read@retail",
    "read@",
    "read@retail ",
    "read@retail write@retail",
    "read@..",
    "read@a//b",
    "read@%3a",
    "read@**",
    "read@retail:",
    "read@retail:/shop",
    "read@retail:shop/",
    "read@retail:shop/../bank",
    "read@retail:*",
    "read@retail:.hidden",
    `read@retail:${"x".repeat(63)}`,
    `read@${"x".repeat(1_000)}`,
    "keys@retail",
    "keys@*:shop",
    "constructor@retail",
    "runs.read",
    "runs.read@",
    "runs.read@order/placed",
    "runs.read@order placed",
    "runs.drop@order",
  ])("%j is refused", (text) => {
    expect(() => parseScope(text)).toThrow(
      expect.objectContaining({ code: "access.scope_malformed" }),
    );
  });

  test("is read back as what was written, whatever the book and prefix", () => {
    fc.assert(
      fc.property(anyScope, (scope) => {
        const text = scopeText(scope);
        expect(text).not.toMatch(/\s/);
        expect(parseScope(text)).toEqual(scope);
      }),
    );
  });

  test("is refused or makes a scope whose prefix can have ids, whatever comes in", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `write@retail:${rest}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        let scope: Scope;
        try {
          scope = parseScope(given);
        } catch (error) {
          expect(error).toMatchObject({ code: "access.scope_malformed" });
          return;
        }
        expect(actions).toContain(scope.action);
        expect(scope.book === "*" || isRunAction(scope.action) || isPath(scope.book)).toBe(true);
        expect(scope.prefix === undefined || isId(`${scope.prefix}/x`)).toBe(true);
      }),
    );
  });
});

describe("one scope covers another", () => {
  test.each([
    ["admin", "write@retail:shop/a", true],
    ["admin", "keys@*", true],
    ["admin", "admin", true],
    ["admin@retail", "write@retail", true],
    ["admin@retail", "write@other", false],
    ["admin@retail", "keys@*", false],
    ["write@*", "write@retail:shop", true],
    ["write@retail", "write@*", false],
    ["write@retail", "read@retail", false],
    ["write@retail", "admin@retail", false],
    ["write@retail:shop", "write@retail", false],
    ["write@retail:shop", "write@retail:shop", true],
    ["write@retail:shop", "write@retail:shop/a", true],
    ["write@retail:shop/a", "write@retail:shop", false],
    ["write@retail:shop/a", "write@retail:shop/a2", false],
    ["keys@*", "admin", false],
    ["admin", "runs.operate@*", true],
    ["admin@order", "runs.read@order", false],
    ["read@order", "runs.read@order", false],
    ["runs.read@order", "read@order", false],
    ["runs.read@*", "runs.read@order.*", true],
    ["runs.read@order.*", "runs.read@order.placed", true],
    ["runs.read@order.*", "runs.read@order.eu.*", true],
    ["runs.read@order.*", "runs.read@orders", false],
    ["runs.read@order.*", "runs.read@order", false],
    ["runs.read@order.placed", "runs.read@order.*", false],
    ["runs.write@*", "runs.operate@order", false],
  ])("%s and %s: %s", (own, asked, expected) => {
    expect(covers(parseScope(own), parseScope(asked))).toBe(expected);
  });
});
