import { onTestFinished } from "vitest";
import { type Compiled, compile } from "../compiled.ts";
import { Engines, type EnginesOptions } from "../engine/engines.ts";
import { readJdm } from "../jdm/read-jdm.ts";
import { bytesOf } from "./jdm.ts";

/** Engine processes that end with the test. */
export function testEngines(options?: EnginesOptions): Engines {
  const engines = new Engines(options);
  onTestFinished(() => engines.close());
  return engines;
}

let made = 0;

/** A decision ready to be run, under a name of its own. */
export function compiledOf(jdm: unknown, uses: Readonly<Record<string, unknown>> = {}): Compiled {
  const { graph } = readJdm(bytesOf(jdm));
  return compile({ hash: `test-${made++}`, size: 1_000, jdm, graph, uses, contract: {} });
}
