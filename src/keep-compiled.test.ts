import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

/** Where a process keeps what was compiled, once it keeps it. */
function place(words: readonly string[], settings: readonly string[] = []): string {
  const program = `import { getCompileCacheDir } from "node:module";
    import { keepCompiled } from ${JSON.stringify(new URL("keep-compiled.ts", import.meta.url).href)};
    keepCompiled(${JSON.stringify(words)});
    process.stdout.write(getCompileCacheDir() ?? "nowhere");`;
  const args = [process.execPath, "--input-type=module", "-e", program];
  return spawnSync("env", ["-u", "NODE_COMPILE_CACHE", ...settings, ...args]).stdout.toString();
}

it("keeps what was compiled in the package's own folder, but for a node that is to stay", () => {
  const own = fileURLToPath(new URL("../node_modules/.cache/node/", import.meta.url));
  expect(place(["verify"]).startsWith(own)).toBe(true);
  expect(place(["start", "--exit"]).startsWith(own)).toBe(true);
  expect(place(["start", "--serve"])).toBe("nowhere");
});

it("keeps it where the operator says, or not at all", () => {
  const folder = mkdtempSync(join(tmpdir(), "longmen-compiled-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(place(["verify"], [`NODE_COMPILE_CACHE=${folder}`]).startsWith(folder)).toBe(true);
  expect(place(["verify"], ["NODE_DISABLE_COMPILE_CACHE=1"])).toBe("nowhere");
});
