/**
 * How a contest runs: ours and the peers in turn, in one run, on one machine, several rounds, the
 * median of each. Absolute figures mean little on a shared machine; what one run compares does.
 */
import { median, spread } from "./statistics.ts";
import { judge, type CaseResult } from "./verdict.ts";

export interface Round {
  /** What was done: transfers, with a peer's clock stopped when its work was done, too. */
  readonly count: number;
  readonly seconds: number;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  /** Ratios found on the way, under the names of their floors. */
  readonly shares?: Readonly<Record<string, number>> | undefined;
  /** Of ours: balance rows written to an entry, for the peer that has to write as many. */
  readonly balancesPerEntry?: number | undefined;
}

export interface Contender {
  readonly name: string;
  /** Finds its own best settings before the first round, among fewer if quick, and says which. */
  readonly tune?: ((quick: boolean) => Promise<string>) | undefined;
  /**
   * On fresh tables. `ours` is our own last round, undefined in that one. Throws `Void` when what it
   * left behind is not what it was asked for.
   */
  readonly round: (seconds: number, ours?: Round) => Promise<Round>;
  /** After the last round, whatever came of it. */
  readonly close?: (() => Promise<void>) | undefined;
}

export interface Case {
  readonly name: string;
  readonly about: string;
  readonly unit: string;
  readonly ours: Contender;
  readonly peers: readonly Contender[];
  readonly floors: Readonly<Record<string, number>>;
  /** Overrides the number of rounds: long cases run once. */
  readonly rounds?: number | undefined;
  readonly seconds?: number | undefined;
}

/** A run whose result must not be used: rows, balances or settings are not what they have to be. */
export class Void extends Error {}

export interface Ran {
  readonly result: CaseResult;
  /** Of each contender: its rounds, their spread, its waits, its tuning. */
  readonly details: Readonly<Record<string, Details>>;
}

export interface Details {
  readonly rounds: readonly number[];
  readonly spread: number;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly tuned?: string | undefined;
}

export interface ContestOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

const WARM_UP_SECONDS = 0.7;

/** Runs one case and judges it. */
export async function runCase(contest: Case, options: ContestOptions): Promise<Ran> {
  const contenders = [contest.ours, ...contest.peers];
  try {
    const tuned = await warmUp(contest, contenders, options);
    return ranOf(contest, await inTurn(contest, contenders, options), tuned);
  } finally {
    for (const contender of contenders) await contender.close?.();
  }
}

/** Code that has never run is no measure of code that runs all day; tuning runs it enough. */
async function warmUp(contest: Case, contenders: readonly Contender[], { quick }: ContestOptions) {
  const tuned = new Map<string, string>();
  for (const contender of contenders) {
    if (contender.tune !== undefined) tuned.set(contender.name, await contender.tune(quick));
    else if (contest.seconds === undefined) await contender.round(WARM_UP_SECONDS);
  }
  return tuned;
}

async function inTurn(contest: Case, contenders: readonly Contender[], options: ContestOptions) {
  const seconds = contest.seconds ?? options.seconds;
  const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (let nth = 0; nth < (contest.rounds ?? options.rounds); nth++) {
    let ours: Round | undefined;
    for (const contender of contenders) {
      if (nth > 0 && options.quick && isTold(contest, contender)) continue;
      const round = await contender.round(seconds, ours);
      ours ??= round;
      rounds.get(contender.name)?.push(round);
      options.say(
        `${contest.name}: ${contender.name} ${Math.round(rateOf(round))} ${contest.unit}`,
      );
    }
  }
  return rounds;
}

/** A peer that no floor depends on: a quick run measures it once. */
function isTold(contest: Case, contender: Contender): boolean {
  return contender !== contest.ours && contest.floors[contender.name] === undefined;
}

function ranOf(
  contest: Case,
  rounds: ReadonlyMap<string, readonly Round[]>,
  tuned: ReadonlyMap<string, string>,
): Ran {
  const value = (name: string) => median((rounds.get(name) ?? []).map(rateOf));
  const ours = rounds.get(contest.ours.name) ?? [];
  const result = judge({
    name: contest.name,
    unit: contest.unit,
    longmen: value(contest.ours.name),
    peers: Object.fromEntries(contest.peers.map(({ name }) => [name, value(name)])),
    shares: sharesOf(ours),
    floors: contest.floors,
  });
  const details = [...rounds].map(([name, list]) => [name, detailsOf(list, tuned.get(name))]);
  return { result, details: Object.fromEntries(details) as Record<string, Details> };
}

/** The median of each share over the rounds that measured it. */
function sharesOf(rounds: readonly Round[]): Record<string, number> {
  const names = new Set(rounds.flatMap((round) => Object.keys(round.shares ?? {})));
  const shares = [...names].map((name) => {
    const values = rounds.flatMap((round) => round.shares?.[name] ?? []);
    return [name, median(values)] as const;
  });
  return Object.fromEntries(shares);
}

function detailsOf(rounds: readonly Round[], tuned: string | undefined): Details {
  const rates = rounds.map(rateOf);
  const waitOf = (pick: (round: Round) => number | undefined) => {
    const values = rounds.flatMap((round) => pick(round) ?? []);
    return values.length === 0 ? undefined : Math.round(median(values) * 100) / 100;
  };
  return {
    rounds: rates.map(Math.round),
    spread: Math.round(spread(rates) * 1000) / 1000,
    p50Ms: waitOf((round) => round.p50Ms),
    p99Ms: waitOf((round) => round.p99Ms),
    tuned,
  };
}

export function rateOf(round: Round): number {
  return round.count / round.seconds;
}
