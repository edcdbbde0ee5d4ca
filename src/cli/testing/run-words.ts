/** For tests: one command line, run in this process with settings of its own. */
import type { HouseConfig } from "../house.ts";
import { runCommandLine } from "../run-command-line.ts";
import { terminalOf } from "../terminal.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const settings: HouseConfig = {
  dir: "nowhere",
  port: 0,
  host: "127.0.0.1",
  schema: "longmen",
  log: "silent",
  pgPort: 0,
  pgAs: "auto",
  poolMax: 3,
};

export async function runWords(
  config: Partial<HouseConfig>,
  words: readonly string[],
): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await runCommandLine({
    house: {
      version: "1.2.3",
      sample: "sample.csv",
      manifest: () => Promise.resolve(undefined),
      nodeName: () => "test",
      loadConfig: () => ({ ...settings, ...config }),
      describeConfig: () => ({ lines: [], mistakes: [], notices: [] }),
    },
    terminal: terminalOf({
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    }),
    words,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}
