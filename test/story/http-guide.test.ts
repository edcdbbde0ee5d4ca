import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { flow } from "../../src/flow/index.ts";
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

/** Its shell, but for the two lines that name the reader's own node and key. */
function commands(): string {
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const lines = blocks.join("\n").split("\n");
  return lines.filter((line) => !line.startsWith("export")).join("\n");
}

test.skipIf(!hasCurl())("the guide's commands do with curl what the guide says", async () => {
  // The house's own is another room's: here it is enough that one is served.
  const verify = flow("retail.verify", {}, () => ({ verified: true }));
  const shop = await httpShop({ flows: [verify] });
  const folder = mkdtempSync(join(tmpdir(), "longmen-http-guide-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = `set -e\nlm() { curl -sS -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -w '\\n%{http_code}\\n' "$@"; }\n`;
  // Its own function tells no status, so ours takes its place.
  const told = commands()
    .replace(/^lm\(\).*$/m, "")
    .replace("> statement.csv", "")
    .replace("> job.json", "| tee job.json")
    .replace("> run.json", "| tee run.json");
  const { stdout } = await promisify(execFile)("bash", ["-c", script + told], {
    cwd: folder,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LONGMEN: shop.url, KEY: shop.adminKey },
  });
  const statuses = stdout.split("\n").filter((line) => /^\d{3}$/.test(line));
  expect(statuses.filter((status) => Number(status) >= 400)).toEqual(["422", "409"]);
  expect(stdout).toContain("flow.run_ended");
  expect(stdout).toContain("ledger.pending_already_posted");
  expect(statuses.slice(0, 5)).toEqual(["201", "201", "201", "201", "201"]);
  expect(statuses.length).toBeGreaterThanOrEqual(22);
  // The sale's answer stands in the guide, to the seq.
  expect(guide).toContain('{"status":"created","seq":4,');
  expect(stdout).toMatch(/\{"status":"created","seq":4,"at":"[^"]+","amount":"1999","debit":/);
  expect(stdout).toMatch(/"what":"(key\.)?revoked"/);
  expect(stdout).toContain('"status":"done","result":{"verified":true}');
});
