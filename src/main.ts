/** Connects configuration and commands. `npm start` is `longmen start`. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type ExitCode, exitCodes, runCommandLine, terminalOf } from "./cli/index.ts";
import { describeConfig, loadConfig } from "./config.ts";
import { nodeName } from "./node-name.ts";
import { reactions } from "./reactions.ts";

/** This file is `src/main.ts` or `dist/main.js`: both one folder below the package. */
const inPackage = (path: string) => new URL(`../${path}`, import.meta.url);

const SAMPLE = "data/online-retail-2010-12.csv.gz";
/** Ctrl-C, a service manager, a terminal that is closed. */
const STOPPING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const MANIFEST = "docs/reference/schema.json";

/** Runs one command line of `longmen` until it ends. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  const stopping = new AbortController();
  const stop = () => {
    // Asked twice, somebody is in a hurry: PostgreSQL recovers, and so do the books.
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    stopping.abort();
  };
  // `longmen --help | head`: whoever reads may leave early; that is no bug of ours.
  const onReaderGone = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  };
  process.stdout.on("error", onReaderGone);
  process.stderr.on("error", onReaderGone);
  for (const signal of STOPPING) process.on(signal, stop);
  try {
    return await runCommandLine({
      house: {
        version: await version(),
        sample: fileURLToPath(inPackage(SAMPLE)),
        manifest: () => readFile(inPackage(MANIFEST), "utf8").catch(() => undefined),
        nodeName,
        reactions,
        loadConfig: (flags) => loadConfig({ flags }),
        describeConfig: (flags) => describeConfig({ flags }),
      },
      terminal: terminalOf(process),
      words,
      signal: stopping.signal,
    });
  } finally {
    for (const signal of STOPPING) process.off(signal, stop);
  }
}

async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(inPackage("package.json"), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
