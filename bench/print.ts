/** The result for a person: one block per case, at most 80 columns. */
import type { Details } from "./contest.ts";
import type { BenchResult, CaseResult } from "./verdict.ts";

export function reportOf(result: BenchResult): string {
  const head = `${result.bench}: PostgreSQL ${result.postgres}, Node ${result.node}, ${result.cores} cores`;
  const blocks = result.cases.map((row) => blockOf(row, detailsOf(result, row.case)));
  const missing =
    result.missing.length === 0 ? [] : [`not installed here: ${result.missing.join(", ")}`];
  return [head, ...blocks, ...settingLines(result.settings), ...missing, ""].join("\n\n");
}

function blockOf(row: CaseResult, details: Readonly<Record<string, Details>>): string {
  const ours = details["longmen"];
  const lines = [`${row.case.padEnd(22)}${number(row.longmen)} ${row.unit}  ${waitsOf(ours)}`];
  const names = new Set([
    ...Object.keys(row.peers),
    ...Object.keys(row.ratios),
    ...Object.keys(row.floors),
  ]);
  for (const name of names) lines.push(`  ${lineOf(row, name)}`, ...tunedLine(details[name]));
  return lines.join("\n");
}

function lineOf(row: CaseResult, name: string): string {
  const [value, ratio, floor] = [row.peers[name], row.ratios[name], row.floors[name]];
  const measured = `${name.padEnd(20)}${value === undefined ? " ".repeat(11) : number(value)}`;
  const compared = `${(ratio ?? 0).toFixed(2).padStart(6)} x`;
  if (floor === undefined) return `${measured}  ${compared}`;
  if (ratio === undefined) return `${measured}  not measured, floor ${floor}`;
  const verdict = ratio >= floor ? "met" : "MISSED";
  return `${measured}  ${compared}   floor ${floor}: ${verdict}`;
}

function waitsOf(details: Details | undefined): string {
  if (details?.p50Ms === undefined) return "";
  return `p50 ${details.p50Ms} ms, p99 ${details.p99Ms} ms`;
}

function tunedLine(details: Details | undefined): string[] {
  return details?.tuned === undefined ? [] : [`    ${details.tuned}`];
}

function detailsOf(result: BenchResult, name: string): Readonly<Record<string, Details>> {
  const cases = result.settings["cases"] as Record<string, Record<string, Details>> | undefined;
  return cases?.[name] ?? {};
}

function settingLines(settings: BenchResult["settings"]): string[] {
  const { cases: _cases, ...rest } = settings;
  const groups = Object.entries(rest).map(([group, values]) => wrapped(group, values));
  return groups;
}

const WIDTH = 80;

function wrapped(group: string, values: unknown): string {
  const pairs = Object.entries(values as Record<string, unknown>).map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  const lines = [`${group}:`];
  for (const pair of pairs) {
    const last = lines.at(-1) ?? "";
    if (last.length + pair.length + 1 > WIDTH) lines.push(`  ${pair}`);
    else lines[lines.length - 1] = `${last} ${pair}`;
  }
  return lines.join("\n");
}

function number(value: number): string {
  return value.toLocaleString("en").padStart(11);
}
