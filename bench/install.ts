/** The peers are installed when a benchmark first runs, so that no user of Longmen downloads them. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Installs what bench/package-lock.json names, if it is not there. Answers whether it is there now. */
export function installPeers(folder: string, say: (line: string) => void): boolean {
  const modules = join(folder, "node_modules");
  // npm writes this file last: without it an installation was cut short.
  const isWhole = existsSync(join(modules, ".package-lock.json"));
  if (isWhole && namesOf(folder).every((name) => existsSync(join(modules, name)))) return true;
  say("The peers are not installed yet; running npm ci in bench/ (once) …");
  // npm's own words go to standard error, so that --json stays one object.
  const result = spawnSync("npm", ["ci"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.status === 0) return true;
  say("npm ci failed in bench/: peers that need it are reported as missing.");
  return false;
}

/** What the benchmarks of this version need: more than those of one before, perhaps. */
function namesOf(folder: string): string[] {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  return Object.keys((JSON.parse(text) as { dependencies: Record<string, string> }).dependencies);
}
