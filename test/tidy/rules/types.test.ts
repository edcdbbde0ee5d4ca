import { expect, test } from "vitest";
import { noExceptions } from "../exceptions.ts";
import { treeOf } from "../tree.ts";
import { environment } from "./environment.ts";
import { types } from "./types.ts";

const path = "src/base/a.ts";

test.each([
  ["a parameter", "export const f = (a: any) => a;"],
  ["a type argument", "export const f: Map<string, any> = new Map();"],
  ["a cast", "export const f = (1 as any);"],
  ["a non-null assertion", "export const f = (a?: string) => a!.length;"],
  ["an ignored error", "// @ts-ignore because\nexport const f = 1;"],
  ["an expected error", "// @ts-expect-error because\nexport const f = 1;"],
  ["a reason for a file", "/* oxlint-disable no-console -- it prints all day long */ export {};"],
  ["a silenced line without reason", "// oxlint-disable-next-line no-console\nexport const f = 1;"],
  [
    "a silenced promise",
    "// oxlint-disable-next-line typescript/no-floating-promises -- it will be fine\nf();",
  ],
])("refuses %s", (_, code) => {
  expect(types(treeOf({ [path]: code }))).toHaveLength(1);
});

test("lets honest types through, and the words in text", () => {
  const code =
    'export const f = (a: unknown) => a !== undefined && "any!";\n// any number will do\n';
  expect(types(treeOf({ [path]: code }))).toEqual([]);
});

test("lets one line silence one rule when it says why", () => {
  const reason = "// oxlint-disable-next-line no-control-regex -- finding them is the point\n";
  expect(types(treeOf({ [path]: `${reason}export const f = /\\u0000/;` }))).toEqual([]);
});

test("lets a test show what the compiler refuses, and nothing else", () => {
  const code = "// @ts-expect-error a number is no amount\nexport const f: bigint = 1;";
  expect(types(treeOf({ "src/base/a.test.ts": code }))).toEqual([]);
  expect(types(treeOf({ [path]: code }))).toHaveLength(1);
});

test.each([
  ["process.env", "export const f = process.env.HOME;"],
  ["all of it", "export const f = { ...process.env };"],
  ["an import of it", 'import { env } from "node:process"; export const f = env.HOME;'],
])("refuses %s outside the configuration", (_, code) => {
  expect(environment(treeOf({ [path]: code }), noExceptions)).toHaveLength(1);
  expect(environment(treeOf({ "src/config.ts": code }), noExceptions)).toEqual([]);
  const permitted = { ...noExceptions, environment: [{ path, reason: "it must" }] };
  expect(environment(treeOf({ [path]: code }), permitted)).toEqual([]);
});
