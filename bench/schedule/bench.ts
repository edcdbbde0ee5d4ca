/** The case of `npm run bench -- schedule`: timers that fall due while a node dies. */
import type { Bench, World } from "../bench.ts";
import type { Case } from "../contest.ts";
import { LATENESS, ourTimers } from "./ours.ts";

export const scheduleBench: Bench = {
  name: "schedule",
  ownCallers: true,
  peers: [],
  redisPeers: [],
  cases: (world) => [timers(world)],
  longCases: [],
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
