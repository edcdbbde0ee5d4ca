import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { houseRules } from "./rules/index.ts";
import { describeFinding, readTree } from "./tree.ts";

const tree = readTree(fileURLToPath(new URL("../..", import.meta.url)));

test("sees the repository it is meant to check", () => {
  expect(tree.has("package.json")).toBe(true);
  expect(tree.has("test/tidy/tidy.test.ts")).toBe(true);
  expect([...tree.keys()].some((path) => path.includes("node_modules"))).toBe(false);
});

test.each(houseRules)("$promise", ({ rule }) => {
  expect(rule(tree).map(describeFinding)).toEqual([]);
});
