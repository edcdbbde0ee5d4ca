/** The case of `npm run bench -- schedule`: timers that fall due while a node dies. */
import type { Bench, World } from "../bench.ts";
import type { Case } from "../contest.ts";
import { MEMORY, ourFarTimers } from "./far.ts";
import { LATENESS, ourTimers } from "./ours.ts";

export const scheduleBench: Bench = {
  name: "schedule",
  ownCallers: true,
  peers: [],
  redisPeers: [],
  cases: (world) => [timers(world), farTimers(world)],
  longCases: ["far-future"],
};

function timers({ url, quick }: World): Case {
  const [count, withinMs] = quick ? [20_000, 12_000] : [100_000, 60_000];
  return {
    name: "timers",
    about: `${count} timers due within ${withinMs / 1_000} s, two nodes, one killed half-way`,
    unit: "timers/s",
    ours: ourTimers({ url, timers: count, withinMs }),
    peers: [],
    // No timer is later than a second, but for 1 of 100; while a dead node's are taken over they may be.
    floors: { [LATENESS]: 1 },
    rounds: 1,
    seconds: withinMs / 1_000,
  };
}

function farTimers({ url, quick }: World): Case {
  const far = quick ? 500_000 : 5_000_000;
  return {
    name: "far-future",
    about: `5,000 timers due within 10 s on one node, beside ${far} that lie ahead`,
    unit: "timers/s",
    ours: ourFarTimers({ url, far }),
    peers: [],
    floors: { [LATENESS]: 1, [MEMORY]: 0.8 },
    rounds: 1,
    seconds: 10,
  };
}
