/** Which benchmarks there are. */
import type { Bench } from "./bench.ts";

export const benchNames = [
  "ledger",
  "ledger-http",
  "flow",
  "idle",
  "task",
  "schedule",
  "rules",
  "catalog",
  "order",
] as const;

/** Loaded when asked for: its rooms and peers are not needed by the others. */
export async function loadBench(name: string): Promise<Bench | undefined> {
  switch (name) {
    case "ledger":
      return (await import("./ledger/bench.ts")).ledgerBench;
    case "ledger-http":
      return (await import("./ledger-http/bench.ts")).ledgerHttpBench;
    case "flow":
      return (await import("./flow/bench.ts")).flowBench;
    case "task":
      return (await import("./task/bench.ts")).taskBench;
    case "idle":
      return (await import("./idle/bench.ts")).idleBench;
    case "schedule":
      return (await import("./schedule/bench.ts")).scheduleBench;
    case "rules":
      return (await import("./rules/bench.ts")).rulesBench;
    case "catalog":
      return (await import("./catalog/bench.ts")).catalogBench;
    case "order":
      return (await import("./order/bench.ts")).orderBench;
    default:
      return undefined;
  }
}
