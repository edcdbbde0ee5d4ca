import { expect, test } from "vitest";
import { noExceptions } from "../exceptions.ts";
import { describeFinding, treeOf, type Tree } from "../tree.ts";
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, sizes, TEST_FILE_LINES_MAX } from "./sizes.ts";

const linesOf = (count: number) => "// a line\n".repeat(count);

/** A function of exactly so many lines. */
function functionOf(count: number, head = "export function long() {"): string {
  return `${head}\n${"  work();\n".repeat(count - 2)}}`;
}

function judge(tree: Tree, listed: Partial<typeof noExceptions> = {}): readonly string[] {
  return sizes(tree, { ...noExceptions, ...listed }).map(describeFinding);
}

test.each([
  ["src/base/a.ts", FILE_LINES_MAX],
  ["src/base/migrations/0001-a.sql", FILE_LINES_MAX],
  ["src/base/a.test.ts", TEST_FILE_LINES_MAX],
  ["test/story/a.ts", TEST_FILE_LINES_MAX],
])("fails %s beyond %d lines, and not before", (path, max) => {
  expect(judge(treeOf({ [path]: linesOf(max) }))).toEqual([]);
  expect(judge(treeOf({ [path]: linesOf(max + 1) }))).toEqual([
    `${path}  this file has ${max + 1} lines, over ${max}`,
  ]);
});

test.each([
  ["a declaration", "export function long() {", "}", "long"],
  ["an arrow", "export const long = () => {", "};", "long"],
  ["a method", "class A { long() {", "} }", "long"],
  ["a property", "const a = { long() {", "} };", "long"],
  ["a test", 'test("long", () => {', "});", 'test("long")'],
])("fails %s beyond the limit by its name", (_, head, tail, name) => {
  const of = (count: number) => `${head}\n${"  work();\n".repeat(count - 2)}${tail}\n`;
  const path = "src/base/a.ts";
  expect(judge(treeOf({ [path]: of(FUNCTION_LINES_MAX) }))).toEqual([]);
  const found = judge(treeOf({ [path]: of(FUNCTION_LINES_MAX + 1) }));
  expect(found).toEqual([`${path}:1  ${name} has 61 lines, over 60`]);
});

test("measures the tests in a describe, not the describe", () => {
  const grouped = `describe("all", () => {\n${linesOf(FUNCTION_LINES_MAX * 2)}});\n`;
  expect(judge(treeOf({ "src/base/a.test.ts": grouped }))).toEqual([]);
  const each = grouped.replace("describe(", "describe.each([1])(");
  expect(judge(treeOf({ "src/base/a.test.ts": each }))).toEqual([]);
});

test("lets a listed size stand exactly, and only fall", () => {
  const path = "src/base/a.ts";
  const tree = treeOf({ [path]: functionOf(70) });
  const listed = (lines: number) => ({
    longFunctions: [{ path, name: "long", lines, reason: "one table" }],
  });
  expect(judge(tree, listed(70))).toEqual([]);
  expect(judge(tree, listed(69))).toEqual([
    `${path}:1  long has 70 lines, and may only fall from 69`,
  ]);
  expect(judge(tree, listed(71))).toEqual([
    `${path}:1  long has 70 lines: lower its number in test/tidy/exceptions.ts`,
  ]);
});

test("asks for an exception to be struck off when its reason is gone", () => {
  const path = "src/base/a.ts";
  const listed = { longFiles: [{ path, lines: 510, reason: "one table" }] };
  expect(judge(treeOf({ [path]: linesOf(10) }), listed)).toEqual([
    `${path}  this file has 10 lines: strike it off test/tidy/exceptions.ts`,
  ]);
  expect(judge(treeOf({}), listed)).toEqual([
    `test/tidy/exceptions.ts  ${path} is gone: strike it off the list`,
  ]);
});
