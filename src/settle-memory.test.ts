import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

/** A program that settles, and then tells what it is: once for each time it begins. */
async function begun(words: readonly string[], settings: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "longmen-settle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "program.ts");
  const begins = join(folder, "begins");
  const module = new URL("settle-memory.ts", import.meta.url).href;
  writeFileSync(
    program,
    `import { appendFileSync } from "node:fs";
     import { settleMemory } from ${JSON.stringify(module)};
     appendFileSync(${JSON.stringify(begins)}, process.pid + "\\n");
     settleMemory(process.argv.slice(2));
     console.log(JSON.stringify({ arenas: process.env.MALLOC_ARENA_MAX, words: process.argv.slice(2) }));`,
  );
  const child = spawn("env", [...settings, process.execPath, program, ...words]);
  const said: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => said.push(data));
  await once(child, "close");
  const pids = readFileSync(begins, "utf8").trim().split("\n");
  return {
    ...(JSON.parse(Buffer.concat(said).toString()) as { arenas?: string; words: string[] }),
    times: pids.length,
    isOneProcess: pids.every((pid) => Number(pid) === child.pid),
  };
}

it.runIf(process.platform === "linux")(
  "a node that stays begins once more as itself, with its words",
  async () => {
    const words = ["start", "--port", "0"];
    expect(await begun(words)).toEqual({ arenas: "1", words, times: 2, isOneProcess: true });
  },
);

it.each([
  ["a command", ["verify"], []],
  ["a start that ends", ["start", "--exit"], []],
  ["a node whose operator has settled it", ["start"], ["MALLOC_TRIM_THRESHOLD_=1000000"]],
])("%s begins once", async (_name, words, settings) => {
  expect(await begun(words, settings)).toMatchObject({ times: 1, words });
});
