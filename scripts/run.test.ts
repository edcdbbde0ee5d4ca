import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { complaintAbout } from "./run.mjs";

const launcher = fileURLToPath(new URL("run.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "longmen-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["v20.20.2", "v22.18.0", "v18.0.0", "23.11.1"])("explains what %s lacks", (version) => {
  expect(complaintAbout(version)).toContain(`Longmen needs Node 24 or newer; this is ${version}.`);
  expect(complaintAbout(version)).toContain("npm ci");
});

test.each(["v24.0.0", "v24.21.0", "v26.1.0", "v100.0.0"])("steps aside for %s", (version) => {
  expect(complaintAbout(version)).toBeUndefined();
});

test("runs a TypeScript entry as if it were called itself, with nothing else printed", () => {
  const entry = join(folder, "entry.ts");
  writeFileSync(
    entry,
    "const args: readonly string[] = process.argv.slice(1);\nconsole.log(JSON.stringify(args));\n",
  );
  const ran = spawnSync(process.execPath, [launcher, entry, "--json", "7"], { encoding: "utf8" });
  expect(ran.stderr).toBe("");
  expect(JSON.parse(ran.stdout)).toEqual([entry, "--json", "7"]);
});

test("passes on how the entry ended", () => {
  const entry = join(folder, "fails.ts");
  writeFileSync(entry, "process.exitCode = 3;\nexport {};\n");
  expect(spawnSync(process.execPath, [launcher, entry]).status).toBe(3);
  expect(spawnSync(process.execPath, [launcher]).status).toBe(2);
});
