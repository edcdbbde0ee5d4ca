import { AssertionError } from "node:assert";
import { describe, expect, test } from "vitest";
import { baseErrors } from "./base.errors.ts";
import { assert, defineErrors, fail, hasCode, httpStatusOf, LongmenError } from "./errors.ts";

const shop = defineErrors("shop", {
  sold_out: {
    kind: "refused",
    message: "only {left} of {sku} are left",
    advice: "Ask for {left} or fewer.",
    retry: "never",
  },
  too_busy: { kind: "limited", message: "busy", advice: "Wait.", retry: "later" },
});

test("names its codes by room and reason", () => {
  expect(shop.codes).toEqual(["shop.sold_out", "shop.too_busy"]);
});

test("fills message and advice from the details and carries the rest of its row", () => {
  const error = fail(shop, "sold_out", { left: 3n, sku: "85123A" });
  expect(error).toBeInstanceOf(LongmenError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("LongmenError");
  expect(error.code).toBe("shop.sold_out");
  expect(error.message).toBe("only 3 of 85123A are left");
  expect(error.advice).toBe("Ask for 3 or fewer.");
  expect([error.kind, error.retry]).toEqual(["refused", "never"]);
  expect(error.details).toEqual({ left: 3n, sku: "85123A" });
});

test("points its stack at the line that refused, not at the builder", () => {
  const line = fail(shop, "too_busy").stack?.split("\n")[1] ?? "";
  expect(line).toContain("errors.test.ts");
});

test("keeps the cause, and has none when none was given", () => {
  const cause = new Error("socket closed");
  expect(fail(shop, "too_busy", {}, cause).cause).toBe(cause);
  expect("cause" in fail(shop, "too_busy")).toBe(false);
});

describe("a message made of a stranger's input", () => {
  test.each<[string, unknown, string]>([
    ["a missing detail leaves its place", undefined, "only {left} of x are left"],
    ["a line break is written out", "1\n2", "only 1\\u000a2 of x are left"],
    ["an escape is written out", "\u001b[31m", "only \\u001b[31m of x are left"],
    ["a Unicode line separator is written out", "1\u2028", "only 1\\u2028 of x are left"],
    ["a list is shown item by item", [1, 2n, "c"], "only 1; 2; c of x are left"],
    ["an object is shown as JSON", { a: 1n }, 'only {"a":"1"} of x are left'],
    ["an error is shown by its message", new Error("gone"), "only gone of x are left"],
    ["null is shown", null, "only null of x are left"],
  ])("%s", (_, left, message) => {
    const details = left === undefined ? { sku: "x" } : { sku: "x", left };
    expect(fail(shop, "sold_out", details).message).toBe(message);
  });

  test("is cut when it is long, by length and by number of items", () => {
    const long = fail(shop, "sold_out", { sku: "x", left: "9".repeat(1_000_000) });
    expect(long.message).toHaveLength("only … of x are left".length + 200);
    const many = fail(shop, "sold_out", { sku: "x", left: Array.from({ length: 1_000 }, () => 1) });
    expect(many.message).toContain("; … 980 more of x");
  });

  test("does not reach into what every object inherits", () => {
    const table = defineErrors("odd", {
      odd: { kind: "invalid", message: "{constructor}", advice: "", retry: "never" },
    });
    expect(fail(table, "odd").message).toBe("{constructor}");
  });
});

test("recognises a refusal by its code alone", () => {
  const error: unknown = fail(shop, "too_busy");
  expect(hasCode(error, "shop.too_busy")).toBe(true);
  expect(hasCode(error, "shop.sold_out")).toBe(false);
  expect(hasCode({ code: "shop.too_busy" }, "shop.too_busy")).toBe(false);
});

test("maps each of the eight kinds to one HTTP status", () => {
  expect(httpStatusOf).toEqual({
    invalid: 400,
    unauthenticated: 401,
    forbidden: 403,
    missing: 404,
    conflict: 409,
    refused: 422,
    limited: 429,
    unavailable: 503,
  });
});

test.each(["soldOut", "sold-out", "Sold", "2much", "", "sold__out"])(
  "refuses to declare the reason %j",
  (reason) => {
    const row = { kind: "invalid", message: "", advice: "", retry: "never" } as const;
    expect(() => defineErrors("shop", { [reason]: row })).toThrow(AssertionError);
    expect(() => defineErrors(reason, { fine: row })).toThrow(AssertionError);
  },
);

test("keeps a declared table from being changed", () => {
  expect(Object.isFrozen(shop.rows)).toBe(true);
  expect(Object.isFrozen(shop.codes)).toBe(true);
});

test("ends the work with an assertion error, which is no refusal", () => {
  expect(() => assert(false, "debits equal credits")).toThrow(AssertionError);
  expect(() => assert(0, "debits equal credits")).toThrow("debits equal credits");
  expect(() => assert(1 + 1 === 2, "arithmetic holds")).not.toThrow();
});

test.each(Object.entries(baseErrors.rows))("words base.%s as a sentence to follow", (_, row) => {
  expect(row.message).toMatch(/[^.]$/);
  expect(row.advice).toMatch(/^[A-Z].*(?:\.|: \S+|=kill@3)$/);
});
