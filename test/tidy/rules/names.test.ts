import { describe, expect, test } from "vitest";
import { describeFinding, treeOf } from "../tree.ts";
import { places } from "./places.ts";
import { shape } from "./shape.ts";
import { words } from "./words.ts";

describe("words", () => {
  test.each([
    ["src/base/test-helpers.ts", "export {};"],
    ["src/util/a.ts", "export {};"],
    ["docs/common.md", "words"],
    ["src/base/a.ts", "export class OrderManager {}"],
    ["src/base/a.ts", "export function dateUtil() {}"],
    ["src/base/a.ts", "export const commonRates = 1;"],
    ["src/base/a.ts", "export interface PaymentService { pay(): void }"],
    ["src/base/a.ts", "const a = 1; export { a as helper };"],
  ])("refuse %s: %s", (path, code) => {
    expect(words(treeOf({ [path]: code }))).toHaveLength(1);
  });

  test("mind whole words in names, not letters in prose", () => {
    const code =
      "// a common helper\nexport const utility = 1; const manager = 2; export { utility as u };";
    expect(words(treeOf({ "src/base/a.ts": `${code} void manager;` }))).toEqual([]);
  });
});

describe("shape", () => {
  const judge = (files: Readonly<Record<string, string>>) =>
    shape(treeOf(files)).map(describeFinding);

  test("wants a door and a page of every room", () => {
    expect(judge({ "src/base/ids.ts": "", "src/base/index.ts": "" })).toEqual([
      "src/base/README.md  the room base lacks it",
    ]);
    expect(judge({ "src/base/ids.ts": "", "src/base/README.md": "" })).toHaveLength(1);
    expect(judge({ "src/base/index.ts": "", "src/base/README.md": "" })).toEqual([]);
  });

  test.each(["test/payOrder.ts", "test/pay_order.ts", "test/pay.order.ts", "test/Pay.ts"])(
    "wants kebab-case, not %s",
    (path) => {
      expect(judge({ [path]: "" })).toHaveLength(1);
    },
  );

  test("wants migrations in their folder, numbered", () => {
    const room = { "src/base/index.ts": "", "src/base/README.md": "" };
    expect(judge({ ...room, "src/base/migrations/0001-first.sql": "" })).toEqual([]);
    expect(judge({ ...room, "src/base/migrations/first.sql": "" })).toHaveLength(1);
    expect(judge({ ...room, "src/base/first.sql": "" })).toHaveLength(1);
  });
});

describe("places", () => {
  // Put together here, so that this file names no such path itself.
  const slash = "/";
  test.each([
    [`see ${slash}home/somebody/notes.md`],
    [`cd "${slash}Users/somebody"`],
    [`file:${slash}root/thing`],
    [["C:", "Users", "somebody"].join("\\")],
  ])("refuse %s", (line) => {
    expect(places(treeOf({ "docs/a.md": `ok\n${line}\n` })).map(describeFinding)).toEqual([
      expect.stringContaining("docs/a.md:2"),
    ]);
  });

  test("let everybody's places through", () => {
    const text = "/var/lib/longmen and ./home/page and https://a.org/home/page and src/root/a";
    expect(places(treeOf({ "docs/a.md": text }))).toEqual([]);
  });

  test("refuse a registry that others may not reach", () => {
    const lock = (host: string) => ({ "package-lock.json": `"resolved": "https://${host}/a.tgz"` });
    expect(places(treeOf(lock("registry.npmjs.org")))).toEqual([]);
    expect(places(treeOf(lock("npm.example.org")))).toHaveLength(1);
  });
});
