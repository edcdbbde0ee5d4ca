import { expect, test } from "vitest";
import { migrations } from "./migrations.ts";

const finding = (path: string, text: string) => migrations(new Map([[path, text]])).length;

test("a migration says in its first line whether older nodes may stay", () => {
  const path = "src/shop/migrations/0002-shelves.sql";
  expect(finding(path, "create table shelf ();\n")).toBe(1);
  expect(finding(path, "-- Shelves.\n-- compatible\n")).toBe(1);
  for (const word of ["compatible", "breaking", "needs 0001"]) {
    expect(finding(path, `-- ${word}\ncreate table shelf ();\n`)).toBe(0);
  }
});

test("a room's first migration need not: nobody knows its tables yet", () => {
  expect(finding("src/shop/migrations/0001-shop.sql", "create table shelf ();\n")).toBe(0);
});
