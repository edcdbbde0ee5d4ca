import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { allProjects, allSuites, presentSuites } from "./suites.ts";

const root = mkdtempSync(join(tmpdir(), "longmen-suites-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "");
}

test("lists a suite only once it has a test", () => {
  const names = () => presentSuites(root).map((suite) => suite.name);
  expect(names()).toEqual(["format", "lint", "types"]);
  write("src/base/ids.test.ts");
  expect(names()).toEqual(["format", "lint", "types", "pure"]);
  write("src/postgres/pool.db.test.ts");
  write("test/drill/model.ts");
  expect(names()).toEqual(["format", "lint", "types", "pure", "rooms"]);
  write("test/drill/kill.test.ts");
  expect(names()).toEqual(["format", "lint", "types", "pure", "rooms", "drill-short"]);
});

test("gives every suite a name of its own", () => {
  expect(new Set(allSuites.map((suite) => suite.name)).size).toBe(allSuites.length);
  expect(allProjects.length).toBeGreaterThan(0);
});
