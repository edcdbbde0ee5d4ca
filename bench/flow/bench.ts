/** The cases of `npm run bench -- flow`, with their peers and floors. */
import type { Bench, World } from "../bench.ts";
import type { Case } from "../contest.ts";
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
  cases: (world) => [...CALLERS.map((callers) => twoSteps(world, callers)), posting(world)],
  longCases: [],
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
