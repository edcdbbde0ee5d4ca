/** Tells a round to people. */
import type { SimulateReport } from "./simulate.ts";

export function storyOf(report: SimulateReport): string {
  const { seed, entries, refused, expired, answers, unknown, troubles, findings, history } = report;
  const told = Object.entries(troubles).map(([kind, count]) => `${kind} ${count}`);
  const lines = [
    `seed ${seed}: ${entries} entries (${refused} refused, ${expired} expired), ${answers} answers, ${unknown} unknown`,
    `  trouble: ${told.toSorted().join(", ")}`,
  ];
  if (findings.length === 0) return lines.join("\n");
  return [
    ...lines,
    ...findings.map(({ message }) => `  FOUND ${message}`),
    "  what led there:",
    ...history.map((line) => `    ${line}`),
    `  again: npm run simulate -- --seed ${seed} --minutes 1`,
  ].join("\n");
}
