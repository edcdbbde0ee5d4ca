import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { runSuite } from "./run-suite.ts";
import type { Check } from "./suites.ts";

const root = mkdtempSync(join(tmpdir(), "longmen-suite-"));
mkdirSync(join(root, "node_modules"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A suite whose tool is this program. */
function checkThat(name: string, program: string): Check {
  writeFileSync(join(root, "node_modules", `${name}.mjs`), program);
  return { kind: "check", name, command: [`${name}.mjs`, "--flag"] };
}

const options = { root, filters: [], stop: new AbortController().signal };

test("counts a tool that is content as one test, and keeps what it said", async () => {
  const suite = checkThat("content", "console.log(process.argv[2]);");
  const result = await runSuite(suite, options);
  expect(result).toMatchObject({ ok: true, tally: { passed: 1, failed: 0, skipped: 0 } });
  expect(result.output).toBe("--flag\n");
});

test("counts a tool that complains as one failure, with both its outputs", async () => {
  const suite = checkThat("cross", "console.log('this'); console.error('that'); process.exit(3);");
  const result = await runSuite(suite, options);
  expect(result).toMatchObject({ ok: false, tally: { passed: 0, failed: 1, skipped: 0 } });
  expect(result.output).toContain("this");
  expect(result.output).toContain("that");
});

test("counts a tool that can't even start as a failure", async () => {
  const absent: Check = { kind: "check", name: "absent", command: ["absent.mjs"] };
  expect(await runSuite(absent, options)).toMatchObject({ ok: false, tally: { failed: 1 } });
});

test("stops its child and its child's children, and nobody else", async () => {
  const pidFile = join(root, "pids");
  const suite = checkThat(
    "slow",
    `import { spawn } from "node:child_process";
     import { writeFileSync } from "node:fs";
     const wait = ["-e", "setInterval(() => undefined, 1000)"];
     const child = spawn(process.execPath, wait, { stdio: "ignore" });
     writeFileSync(${JSON.stringify(pidFile)}, [process.pid, child.pid].join(" "));
     setInterval(() => undefined, 1000);`,
  );
  const stop = new AbortController();
  const running = runSuite(suite, { ...options, stop: stop.signal });
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 8_000 });
  stop.abort();
  expect(await running).toMatchObject({ ok: false });
  const pids = readFileSync(pidFile, "utf8").split(" ").map(Number);
  expect(pids).toHaveLength(2);
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 8_000 });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("names the suites there are when asked for one there is not", () => {
  const launcher = fileURLToPath(new URL("run.mjs", import.meta.url));
  const runner = fileURLToPath(new URL("test.ts", import.meta.url));
  const ran = spawnSync(process.execPath, [launcher, runner, "nonsense"], { encoding: "utf8" });
  expect(ran.status).toBe(2);
  expect(ran.stdout).toBe("");
  expect(ran.stderr).toMatch(/There is no suite "nonsense"\. .* one of: format, lint, types, tidy/);
});
