/** The cases of `npm run bench -- flow`, with their peers and floors. */
import type { Bench, World } from "../bench.ts";
import type { Case } from "../contest.ts";
import {
  backlog,
  BACKLOG_PAGE,
  BACKLOG_RATE,
  timers,
  TIMERS_MEMORY,
  TIMERS_RATE,
} from "./depths.ts";
import { halfLoad, pinned, PINNED } from "./long.ts";
import { ourFlows, ourPostings } from "./ours.ts";
import { dbosFlows, dbosPostings } from "./peers/dbos.ts";
import { restateFlows } from "./peers/restate.ts";

const UNIT = "runs/s";
const DBOS_FLOOR = 12;
const RESTATE_FLOOR = 6;
const CALLERS = [1, 20, 100];
const POSTING_CALLERS = 20;

export const flowBench: Bench = {
  name: "flow",
  ownCallers: true,
  apart: true,
  peers: ["dbos", "restate"],
  redisPeers: [],
  cases: (world) => [
    ...CALLERS.map((callers) => twoSteps(world, callers)),
    posting(world),
    half(world),
    pin(world),
    far(world),
    deep(world),
  ],
  longCases: ["pinned", "timers", "backlog"],
};

/** A run of two steps that do nothing; its caller awaits its result, and then starts the next. */
function twoSteps({ url, scratch }: World, callers: number): Case {
  const one = { url, scratch, callers };
  return {
    name: `two-steps-${callers}`,
    about: `${callers} callers, each awaiting the result of a run of two steps`,
    unit: UNIT,
    ours: ourFlows(one),
    peers: [dbosFlows(one), restateFlows(one)],
    floors: callers === 1 ? { dbos: 1 } : { dbos: DBOS_FLOOR, restate: RESTATE_FLOOR },
  };
}

/** A run of one step that moves money, exactly once: a posting here, a transaction step there. */
function posting({ url, scratch }: World): Case {
  const one = { url, scratch, callers: POSTING_CALLERS };
  return {
    name: `posting-step-${POSTING_CALLERS}`,
    about: `${POSTING_CALLERS} callers, each awaiting a run whose step posts a transfer`,
    unit: UNIT,
    ours: ourPostings(one),
    peers: [dbosPostings(one)],
    floors: { dbos: DBOS_FLOOR },
  };
}

/** How soon a run's first step begins on a node that is half busy. */
function half({ url }: World): Case {
  return {
    name: "half-load",
    about: "half of what a hundred callers get done, by the clock; waits to the first step",
    unit: UNIT,
    ours: halfLoad(url),
    peers: [],
    floors: {},
  };
}

const PINNED_SECONDS = 600;
const PINNED_SECONDS_QUICK = 60;
const PINNED_FLOOR = 0.8;

function pin({ url, quick }: World): Case {
  return {
    name: "pinned",
    about: "100 callers after ten minutes (one when quick) with the vacuum horizon held",
    unit: UNIT,
    ours: pinned(url, quick ? PINNED_SECONDS_QUICK : PINNED_SECONDS),
    peers: [],
    floors: { [PINNED]: PINNED_FLOOR },
    rounds: 1,
    seconds: 20,
  };
}

const TIMERS = 5_000_000;
const TIMERS_QUICK = 200_000;

function far({ url, quick }: World): Case {
  return {
    name: "timers",
    about: "five million runs (200,000 when quick) started for a far day",
    unit: "starts/s",
    ours: timers(url, quick ? TIMERS_QUICK : TIMERS),
    peers: [],
    floors: { [TIMERS_MEMORY]: 1, [TIMERS_RATE]: DEPTH_FLOOR },
    rounds: 1,
    seconds: 10,
  };
}

const BACKLOG_SMALL = 100_000;
const BACKLOG_LARGE = 10_000_000;
const BACKLOG_LARGE_QUICK = 400_000;
const DEPTH_FLOOR = 0.8;
const PAGE_FLOOR = 0.5;

function deep({ url, quick }: World): Case {
  return {
    name: "backlog",
    about: "claims and pages with ten million tasks in line (400,000 when quick) against 100,000",
    unit: "tasks/s",
    ours: backlog(url, BACKLOG_SMALL, quick ? BACKLOG_LARGE_QUICK : BACKLOG_LARGE),
    peers: [],
    floors: { [BACKLOG_RATE]: DEPTH_FLOOR, [BACKLOG_PAGE]: PAGE_FLOOR },
    rounds: 1,
    seconds: quick ? 3 : 5,
  };
}
