import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasCode, isId } from "./base/index.ts";
import { nodeName } from "./node-name.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "longmen-node-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("takes the name that was configured and writes nothing", () => {
  const dir = join(folder, "new");
  expect(nodeName({ dir, node: "till-3" })).toBe("till-3");
  expect(readdirSync(folder)).toEqual([]);
});

test("makes a name once, folder included, and keeps it over restarts", () => {
  const dir = join(folder, "deep", "new");
  const name = nodeName({ dir, node: undefined });
  expect(isId(name)).toBe(true);
  expect(nodeName({ dir, node: undefined })).toBe(name);
  expect(readdirSync(dir)).toEqual(["node"]);
  expect(readFileSync(join(dir, "node"), "utf8")).toBe(`${name}\n`);
});

test("gives two folders two names", () => {
  const names = ["a", "b"].map((dir) => nodeName({ dir: join(folder, dir), node: undefined }));
  expect(names[0]).not.toBe(names[1]);
});

test("agrees on one name when several processes start at once", async () => {
  const module = JSON.stringify(new URL("./node-name.ts", import.meta.url).href);
  const code = `import { nodeName } from ${module};
    process.stdout.write(nodeName({ dir: ${JSON.stringify(folder)}, node: undefined }));`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
  const names = (await Promise.all([run(), run(), run(), run()])).map(({ stdout }) => stdout);
  expect(new Set(names).size).toBe(1);
  expect(readdirSync(folder)).toEqual(["node"]);
});

test("refuses a folder that can't be made", () => {
  writeFileSync(join(folder, "file"), "");
  const error = thrownBy(() => nodeName({ dir: join(folder, "file", "in-it"), node: undefined }));
  expect(hasCode(error, "config.node_name_unusable")).toBe(true);
});

test("refuses a name file that is no file", () => {
  mkdirSync(join(folder, "node"));
  const error = thrownBy(() => nodeName({ dir: folder, node: undefined }));
  expect(hasCode(error, "config.node_name_unusable")).toBe(true);
});

test.each(["", "two words", "x".repeat(65)])("refuses a name file that holds %j", (text) => {
  writeFileSync(join(folder, "node"), text);
  const error = thrownBy(() => nodeName({ dir: folder, node: undefined }));
  expect(hasCode(error, "config.node_name_unusable")).toBe(true);
  expect(readFileSync(join(folder, "node"), "utf8")).toBe(text);
});
