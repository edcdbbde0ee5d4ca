/** What a benchmark found, as one JSON object, and what its exit code says about it. */
import { availableParallelism } from "node:os";

export interface CaseResult {
  readonly case: string;
  readonly unit: string;
  readonly longmen: number;
  readonly peers: Readonly<Record<string, number>>;
  /** longmen / peer; and shares that are measured as such, under the name of their floor. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly floors: Readonly<Record<string, number>>;
  readonly met: boolean;
}

export interface BenchResult {
  readonly bench: string;
  readonly node: string;
  readonly postgres: string;
  readonly cores: number;
  /** Read back from the live servers, with the harness's own; waits and rounds of each case too. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly cases: readonly CaseResult[];
  /** Peers that are not installed here. */
  readonly missing: readonly string[];
}

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly longmen: number;
  readonly peers: Readonly<Record<string, number>>;
  /** Ratios that are no quotient of two rates: a node's share of the answers, memory kept. */
  readonly shares?: Readonly<Record<string, number>>;
  readonly floors: Readonly<Record<string, number>>;
}

/** Compares ours with each peer. A floor whose peer was not measured is not met. */
export function judge(measured: Measured): CaseResult {
  const ratios: Record<string, number> = {};
  for (const [peer, value] of Object.entries(measured.peers)) {
    if (value > 0) ratios[peer] = rounded(measured.longmen / value);
  }
  for (const [name, share] of Object.entries(measured.shares ?? {})) ratios[name] = rounded(share);
  const met = Object.entries(measured.floors).every(
    ([name, floor]) => (ratios[name] ?? Number.NEGATIVE_INFINITY) >= floor,
  );
  const peers = Object.fromEntries(
    Object.entries(measured.peers).map(([peer, value]) => [peer, rounded(value)]),
  );
  return {
    case: measured.name,
    unit: measured.unit,
    longmen: rounded(measured.longmen),
    peers,
    ratios,
    floors: measured.floors,
    met,
  };
}

/** Whole numbers from 1,000 on; four digits below, so that a ratio never rounds up to its floor. */
function rounded(value: number): number {
  if (Math.abs(value) >= 1_000) return Math.round(value);
  return Math.floor(value * 10_000) / 10_000;
}

export function resultOf(found: Omit<BenchResult, "node" | "cores">): BenchResult {
  return {
    bench: found.bench,
    node: process.version.slice(1),
    postgres: found.postgres,
    cores: availableParallelism(),
    settings: found.settings,
    cases: found.cases,
    missing: found.missing,
  };
}

export const EXIT_MET = 0;
export const EXIT_FLOOR_MISSED = 1;
export const EXIT_NOT_JUDGED = 2;

/**
 * With --check: 1 when a floor that was measured is missed; else 2 when something that had to be
 * measured was not: a peer that has a floor, a case asked for by name, or anything at all.
 */
export function exitCodeOf(
  result: BenchResult,
  asked: { readonly check: boolean; readonly cases: readonly string[] },
): number {
  if (!asked.check) return EXIT_MET;
  if (result.cases.some(missesMeasuredFloor)) return EXIT_FLOOR_MISSED;
  const names = new Set(result.cases.map((row) => baseName(row.case)));
  const absent = asked.cases.some((name) => !names.has(name));
  const unmeasured = result.cases.some((row) =>
    Object.keys(row.floors).some((name) => row.ratios[name] === undefined),
  );
  return absent || unmeasured || result.cases.length === 0 ? EXIT_NOT_JUDGED : EXIT_MET;
}

function missesMeasuredFloor(row: CaseResult): boolean {
  return Object.entries(row.floors).some(([name, floor]) => {
    const ratio = row.ratios[name];
    return ratio !== undefined && ratio < floor;
  });
}

/** A sweep over numbers of callers names its cases hot@2000, hot@8000. */
function baseName(name: string): string {
  return name.split("@", 1)[0] ?? name;
}
