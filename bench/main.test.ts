import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

function bench(...line: readonly string[]) {
  return spawnSync(process.execPath, [MAIN, ...line], { encoding: "utf8" });
}

describe("npm run bench", () => {
  test("teaches its options", () => {
    const { status, stdout } = bench("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("--callers N");
  });

  test("ends with 2 for a benchmark it does not have, and says nothing on standard output", () => {
    const { status, stdout, stderr } = bench("legder", "--json", "--check");
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain('no benchmark "legder"; there is ledger');
  });

  test("ends with 2 for an option it does not know", () => {
    const { status, stderr } = bench("ledger", "--fast");
    expect(status).toBe(2);
    expect(stderr).toContain("--fast");
  });
});
