/** Tells a round to people. */
import type { SellingReport } from "./simulate-selling.ts";

const FOUND_MAX = 12;

export function storyOf({
  seed,
  findings,
  troubles,
  orders,
  answers,
  runs,
}: SellingReport): string {
  const list = (counted: Readonly<Record<string, number>>) =>
    Object.entries(counted)
      .map(([what, count]) => `${what} ${count}`)
      .toSorted()
      .join(", ");
  const lines = [
    `seed ${seed}: orders ${list(orders)}`,
    `  trouble: ${list(troubles)}`,
    `  runs: ${list(runs)}`,
    `  answers: ${list(answers)}`,
  ];
  if (findings.length === 0) return lines.join("\n");
  return [
    ...lines,
    ...findings.slice(0, FOUND_MAX).map(({ check, about }) => `  FOUND not so: ${check}: ${about}`),
    `  again: npm run simulate-selling -- --seed ${seed} --minutes 1`,
  ].join("\n");
}
