/** The cases of `npm run bench -- ledger`, with their peers and floors. */
import type { Bench, World } from "../bench.ts";
import type { Case, Contender } from "../contest.ts";
import { hotLoad, loads, spreadLoad, type Load } from "./loads.ts";
import {
  MEMORY_FLAT,
  memoryContender,
  pinnedContender,
  replayContender,
  TIME_ALLOWED,
} from "./long.ts";
import { nodesContender, SMALLEST_SHARE } from "./nodes.ts";
import { ourContender } from "./ours.ts";
import { rawContender } from "./peers/raw.ts";
import { redisBareContender } from "./peers/redis-bare.ts";
import { redisPipelineContender } from "./peers/redis-pipeline.ts";
import { txContender } from "./peers/tx.ts";
import { hotWorkload, randomWorkload, type Workload } from "./workload.ts";

const UNIT = "transfers/s";
const COLD_ACCOUNTS = 5_000_000;
const COLD_ACCOUNTS_QUICK = 200_000;
const PINNED_SECONDS = 600;
const PINNED_SECONDS_QUICK = 5;
// Longer than the five seconds in which each node must have had its share.
const NODES_SECONDS = 20;
const NODES_SECONDS_QUICK = 6;
const LONG_ROUND_SECONDS = 10;
const MONTH_SECONDS = 10;
const YEAR_SECONDS = 60;
const ARRAY_CALLERS = 8;

export const ledgerBench: Bench = {
  name: "ledger",
  apart: true,
  peers: ["raw", "raw-journal", "raw-copy", "tx", "redis-bare", "redis-pipeline"],
  redisPeers: ["redis-bare", "redis-pipeline"],
  cases: (world) => [...contests(world), ...ownCases(world), ...longCases(world)],
  longCases: ["memory", "replay-month", "replay-year"],
};

/** Ours against all peers. */
function contests(world: World): Case[] {
  return [
    {
      ...against(world, hotWorkload(), hotLoad),
      name: "hot",
      about: "every transfer takes from one account",
      floors: { raw: 0.5, "redis-pipeline": 1.3 },
    },
    {
      ...against(world, randomWorkload(), () => spreadLoad(randomWorkload())),
      name: "random",
      about: "from and to random ones of 100,000 accounts",
      floors: { raw: 0.35 },
    },
  ];
}

function against(world: World, workload: Workload, load: () => Load) {
  const { url, callers } = world;
  const redis = world.redisPort;
  const redisPeers: Contender[] =
    redis === undefined
      ? []
      : [
          redisBareContender({ port: redis, workload, callers }),
          redisPipelineContender({ port: redis, url, workload, callers }),
        ];
  return {
    unit: UNIT,
    ours: ourContender({ url, callers, load }),
    peers: [
      rawContender({ name: "raw", url, workload, balances: true }),
      rawContender({ name: "raw-journal", url, workload }),
      rawContender({ name: "raw-copy", url, workload, copied: true }),
      txContender({ url, workload, callers }),
      ...redisPeers,
    ],
  };
}

/** Ours against our own hot case. */
function ownCases(world: World): Case[] {
  const { url, callers } = world;
  const hot = ourContender({ name: "hot", url, callers, load: hotLoad });
  const own = (name: string, about: string, other: Partial<Case> = {}): Case => {
    const ours = ourContender({ url, callers, load: loads[name] ?? hotLoad });
    // Where no floor needs it, a quick run spends its time elsewhere.
    const told = world.quick && other.floors === undefined;
    const brief = told ? { peers: [], rounds: 1 } : { peers: [hot] };
    return { name, about, unit: UNIT, ours, floors: {}, ...brief, ...other };
  };
  const coldAccounts = world.quick ? COLD_ACCOUNTS_QUICK : COLD_ACCOUNTS;
  const coldLoad = () => spreadLoad(randomWorkload(coldAccounts));
  return [
    own("cold", `random over ${coldAccounts.toLocaleString("en")} accounts, a bounded memory`, {
      ours: ourContender({ url, callers, load: coldLoad }),
      rounds: 1,
      seconds: world.quick ? world.seconds : LONG_ROUND_SECONDS,
    }),
    own("repeats", "one in ten says again what was said", { floors: { hot: 0.5 } }),
    own("refusals", "99 of 100 find nothing left; remembered for ever"),
    own("refusals-window", "the same for holds, remembered for a window"),
    own("hold-confirm", "a hold with a time-out, then its post"),
    own("chain-3", "a payment and two lines, all or none"),
    own("chain-20", "a payment and nineteen lines, all or none"),
    own("wide", "hot, with every optional field filled"),
    own("arrays", `${ARRAY_CALLERS} callers with arrays of 1,000 sales`, {
      ours: ourContender({ url, callers: ARRAY_CALLERS, load: loads["arrays"] ?? hotLoad }),
    }),
  ];
}

function longCases(world: World): Case[] {
  const { url, callers, quick, scratch } = world;
  const pinnedSeconds = quick ? PINNED_SECONDS_QUICK : PINNED_SECONDS;
  const once = { rounds: 1, peers: [], seconds: LONG_ROUND_SECONDS };
  const replay = (name: string, allowedSeconds: number, data?: string): Case => {
    const ours = replayContender({ scratch, allowedSeconds, data });
    const about = `the main job in a new folder, ${allowedSeconds} s allowed`;
    return { name, about, unit: "lines/s", ours, ...once, floors: { [TIME_ALLOWED]: 1 } };
  };
  return [
    {
      name: "two-nodes",
      about: "two processes on one book, half of the callers each, against one with all",
      unit: UNIT,
      ours: nodesContender({ name: "longmen", url, nodes: 2, callers }),
      peers: [nodesContender({ name: "one-node", url, nodes: 1, callers })],
      floors: { "one-node": 0.4, [SMALLEST_SHARE]: 0.25 },
      rounds: quick ? 1 : 3,
      seconds: quick ? NODES_SECONDS_QUICK : NODES_SECONDS,
    },
    {
      name: "pinned",
      about: `hot, after ${pinnedSeconds} s under load with the vacuum horizon held`,
      unit: UNIT,
      ours: pinnedContender({ url, callers, pinnedSeconds }),
      peers: [ourContender({ name: "hot", url, callers, load: hotLoad })],
      floors: { hot: 0.6 },
      rounds: 1,
      seconds: quick ? world.seconds : LONG_ROUND_SECONDS,
    },
    {
      name: "memory",
      about: "what a node keeps after 1 and after 10 million transfers",
      unit: UNIT,
      ours: memoryContender(url, callers),
      ...once,
      floors: { [MEMORY_FLAT]: 0.8 },
    },
    replay("replay-month", MONTH_SECONDS),
    ...(world.data === undefined ? [] : [replay("replay-year", YEAR_SECONDS, world.data)]),
  ];
}
