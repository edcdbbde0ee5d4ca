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
  ["a silenced linter", "// oxlint-disable-next-line no-console\nexport const f = 1;"],
])("refuses %s that lies", (_, code) => {
  expect(types(treeOf({ [path]: code }), noExceptions)).toHaveLength(1);
});

test("lets honest types through, and the words in text", () => {
  const code =
    'export const f = (a: unknown) => a !== undefined && "any!";\n// any number will do\n';
  expect(types(treeOf({ [path]: code }), noExceptions)).toEqual([]);
});

test("lets a listed file silence a tool, but never lie", () => {
  const silenced = [{ path, reason: "the library's own types are wrong" }];
  const tree = treeOf({ [path]: "// @ts-expect-error because\nexport const f = 1 as any;" });
  expect(types(tree, { ...noExceptions, silenced })).toHaveLength(1);
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
