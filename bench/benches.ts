/** Which benchmarks there are. */
import type { Bench } from "./bench.ts";

export const benchNames = ["ledger"] as const;

/** Loaded when asked for: its rooms and peers are not needed by the others. */
export async function loadBench(name: string): Promise<Bench | undefined> {
  if (name !== "ledger") return undefined;
  const { ledgerBench } = await import("./ledger/bench.ts");
  return ledgerBench;
}
