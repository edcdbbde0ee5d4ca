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

/** A tool whose own child writes to `file` for as long as it lives, holding the tool's output. */
function toolWithChild(file: string, ending: string): string {
  const beat = `setInterval(() => require("node:fs").appendFileSync(${JSON.stringify(file)}, "."), 20)`;
  return `import { spawn } from "node:child_process";
    import { existsSync } from "node:fs";
    spawn(process.execPath, ["-e", ${JSON.stringify(beat)}], { stdio: ["ignore", "inherit", "ignore"] });
    setInterval(() => { if (existsSync(${JSON.stringify(file)})) { ${ending} } }, 10);`;
}

/** Ten missed beats are an end. */
async function expectSilence(file: string): Promise<void> {
  const before = readFileSync(file, "utf8").length;
  await new Promise((done) => setTimeout(done, 200));
  expect(readFileSync(file, "utf8")).toHaveLength(before);
}

test("stops its child and its child's children", async () => {
  const file = join(root, "stopped");
  const stop = new AbortController();
  const suite = checkThat("slow", toolWithChild(file, ""));
  const running = runSuite(suite, { ...options, stop: stop.signal });
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 8_000 });
  stop.abort();
  const result = await running;
  expect(result.ok).toBe(false);
  expect(result.output).not.toContain("outlives it");
  await expectSilence(file);
});

test("fails a suite that leaves a process behind, and ends that process", async () => {
  const file = join(root, "left");
  const suite = checkThat("leaky", toolWithChild(file, "process.exit(0);"));
  const result = await runSuite(suite, { ...options, leakGraceMs: 100 });
  expect(result).toMatchObject({ ok: false, tally: { passed: 0, failed: 1 } });
  expect(result.output).toContain("outlives it");
  await expectSilence(file);
});

test("names the suites there are when asked for one there is not", () => {
  const launcher = fileURLToPath(new URL("run.mjs", import.meta.url));
  const runner = fileURLToPath(new URL("test.ts", import.meta.url));
  const ran = spawnSync(process.execPath, [launcher, runner, "nonsense"], { encoding: "utf8" });
  expect(ran.status).toBe(2);
  expect(ran.stdout).toBe("");
  expect(ran.stderr).toMatch(/There is no suite "nonsense"\. .* one of: format, lint, types, tidy/);
});
