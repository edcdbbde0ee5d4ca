/** The cases of `npm run bench -- rules`: ours with its log, and the plain engine without one. */
import type { Bench, World } from "../bench.ts";
import type { Case } from "../contest.ts";
import { type Decided, decided, firstRow } from "./decisions.ts";
import { ourDecisions, WITHIN } from "./ours.ts";
import { zenDecisions } from "./zen.ts";

/** With few callers a wait is what a decision takes, not what others take before it. */
const CALLERS = [1, 20] as const;

export const rulesBench: Bench = {
  name: "rules",
  ownCallers: true,
  apart: true,
  peers: ["zen"],
  redisPeers: [],
  cases: (world) =>
    decided.flatMap((one) => CALLERS.map((callers) => deciding(world, one, callers))),
  longCases: [],
};

/** Of 99 in 100 decisions; and the index is worth its work where a scan has a way to go. */
function floorsOf({ questions }: Decided): Case["floors"] {
  const isAtOnce = questions.length === 1 && questions[0] === firstRow;
  return { [WITHIN]: 1, ...(isAtOnce ? {} : { zen: 2 }) };
}

function deciding({ url }: World, one: Decided, callers: number): Case {
  const ways = callers === 1 ? "one caller" : `${callers} callers`;
  return {
    name: callers === 1 ? one.name : `${one.name}@${callers}`,
    about: `${one.about}; ${ways}; ours writes each to the log, the peer writes nothing`,
    unit: "decisions/s",
    ours: ourDecisions({ url, callers, decided: one }),
    peers: [zenDecisions({ callers, decided: one })],
    floors: one.isTable === true && callers === 1 ? floorsOf(one) : {},
  };
}
