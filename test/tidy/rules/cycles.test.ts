import { expect, test } from "vitest";
import { describeFinding, treeOf } from "../tree.ts";
import { cycles } from "./cycles.ts";

test("names the files of a cycle once, in the order they import", () => {
  const tree = treeOf({
    "src/base/a.ts": 'import { b } from "./b.ts";',
    "src/base/b.ts": 'import { c } from "./c.ts";',
    "src/base/c.ts": 'import { a } from "./a.ts";',
    "src/base/d.ts": 'import { a } from "./a.ts";',
  });
  expect(cycles(tree).map(describeFinding)).toEqual([
    "src/base/a.ts  import cycle: src/base/a.ts → src/base/b.ts → src/base/c.ts → src/base/a.ts",
  ]);
});

test.each([
  ["types alone", 'import type { A } from "./a.ts";'],
  ["a type in passing", 'type A = import("./a.ts").A;'],
  ["a lazy import", 'const a = await import("./a.ts");'],
  ["a re-export", 'export { a } from "./a.ts";'],
])("finds a cycle closed by %s", (_, closing) => {
  const tree = treeOf({ "src/base/a.ts": 'import { b } from "./b.ts";', "src/base/b.ts": closing });
  expect(cycles(tree)).toHaveLength(1);
});

test("finds a file that imports itself, and two knots apart", () => {
  const tree = treeOf({
    "src/base/a.ts": 'import "./a.ts";',
    "src/base/b.ts": 'import "./c.ts";',
    "src/base/c.ts": 'import "./b.ts";',
  });
  expect(cycles(tree)).toHaveLength(2);
});

test("leaves a diamond alone", () => {
  const tree = treeOf({
    "src/base/a.ts": 'import "./b.ts"; import "./c.ts";',
    "src/base/b.ts": 'import "./d.ts";',
    "src/base/c.ts": 'import "./d.ts";',
    "src/base/d.ts": "export {};",
  });
  expect(cycles(tree)).toEqual([]);
});
