/** For tests: one command line, run in this process with settings of its own. */
import { onTestFinished } from "vitest";
import { openDatabase } from "../../postgres/index.ts";
import { testSchemaName, testServerUrl } from "../../postgres/testing.ts";
import type { House, HouseConfig } from "../house.ts";
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
  keepDays: 90,
};

/** A house whose configuration was read already. */
export function houseWith(config: Partial<HouseConfig>, change: Partial<House> = {}): House {
  return {
    version: "1.2.3",
    sample: "sample.csv",
    manifest: () => Promise.resolve(undefined),
    nodeName: () => "test",
    reactions: () => ({ flows: [], reactions: [] }),
    loadConfig: () => ({ ...settings, ...config }),
    describeConfig: () => ({ lines: [], mistakes: [], notices: [] }),
    ...change,
  };
}

export async function runWords(
  config: Partial<HouseConfig>,
  words: readonly string[],
  change?: Partial<House>,
): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await runCommandLine({
    house: houseWith(config, change),
    terminal: terminalOf({
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    }),
    words,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** The name of a schema that nobody has made yet; gone at the end of the test. */
export function freshSchema(): string {
  const schema = testSchemaName();
  onTestFinished(async () => {
    const database = await openDatabase({ url: testServerUrl(), schema });
    await database.transaction((tx) => tx.query(`drop schema if exists ${schema} cascade`));
    await database.close();
  });
  return schema;
}
