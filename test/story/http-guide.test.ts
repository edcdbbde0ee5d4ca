import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { httpShop } from "./http-shop.ts";

const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/http.md"), "utf8");

function hasCurl(): boolean {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Its shell, but for the lines that name a key or a job of the reader's own. */
function commands(): string {
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const lines = blocks.join("\n").split("\n");
  return lines.filter((line) => !/KEYID|01k…|^export/.test(line)).join("\n");
}

test.skipIf(!hasCurl())("the guide's commands do with curl what the guide says", async () => {
  const shop = await httpShop();
  const script = `set -e\nlm() { curl -sS -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -w '\\n%{http_code}\\n' "$@"; }\n`;
  // Its own function tells no status, so ours takes its place.
  const told = commands()
    .replace(/^lm\(\).*$/m, "")
    .replace("> statement.csv", "");
  const { stdout } = await promisify(execFile)("bash", ["-c", script + told], {
    cwd: tmpdir(),
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LONGMEN: shop.url, KEY: shop.adminKey },
  });
  const statuses = stdout.split("\n").filter((line) => /^\d{3}$/.test(line));
  expect(statuses.filter((status) => Number(status) >= 400)).toEqual(["422"]);
  expect(stdout).toContain("ledger.pending_already_posted");
  expect(statuses.length).toBeGreaterThanOrEqual(17);
  expect(stdout).toContain("1999");
});
