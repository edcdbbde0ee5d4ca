/** The cases of `npm run bench -- ledger-http`: the shipped route over our ledger, and over Redis. */
import type { Bench, World } from "../bench.ts";
import type { Case, Contender } from "../contest.ts";
import { arraysLoad } from "../ledger/loads.ts";
import { ourContender } from "../ledger/ours.ts";
import { type Act, httpContender, type Site } from "./contender.ts";
import type { Behind } from "./protocol.ts";

const UNIT = "transfers/s";
const CONNECTIONS = 200;
const BATCH = 1_000;
const BATCH_CONNECTIONS = 8;
const IDLE = 1_000;
/** Of what a server could carry out. */
const HALF = 0.5;
const OVERLOAD = 3;
/**
 * So many transfers a request that one load process can ask three times as much as is carried out: of
 * single ones it can't, as to ask for one costs it about what it costs the server to say no.
 */
const OVERLOAD_BATCH = 20;
/** At its limit: more connections get no more out of a server, each only waits longer. */
const FULL_CONNECTIONS = 200;
/** Enough to ask three times as much as is answered. */
const OVERLOAD_CONNECTIONS = 1_500;
const KIB = 1_024;

export const IDLE_MEMORY = "memory-without/with-idle";
const IDLE_COST = "KiB an idle connection";
export const OVERLOAD_WAIT = "twice-normal-p99/p99";
export const OVERLOAD_MEMORY = "memory-normal/overload";
const OVERLOAD_GROWTH = "memory-first/later";
export const OVERLOAD_ASKED = "asked/normal";

const single: Act = (site, seconds) =>
  measured(site, { connections: CONNECTIONS, seconds, batch: 1, refusable: true });
/** Warm by its own kind of request first: a server's code for batches was not run before. */
const batchesOf =
  (minimal: boolean): Act =>
  async (site, seconds) => {
    const task = { connections: BATCH_CONNECTIONS, batch: BATCH, minimal };
    await site.load({ ...task, seconds: seconds / 4 });
    return measured(site, { ...task, seconds });
  };

export const ledgerHttpBench: Bench = {
  name: "ledger-http",
  ownCallers: true,
  peers: ["redis-bare", "redis-pipeline", "in-process"],
  redisPeers: ["redis-bare", "redis-pipeline"],
  cases: (world) => [...contests(world), ...steadiness(world)],
  longCases: [],
};

async function measured(site: Site, task: Parameters<Site["load"]>[0]) {
  const { created: count, seconds, p50Ms, p99Ms } = await site.load(task);
  return { count, seconds, p50Ms, p99Ms };
}

function contests(world: World): Case[] {
  const against = (act: Act, names: readonly Behind[]): Contender[] =>
    world.redisPort === undefined ? [] : names.map((name) => httpContender(world, name, act));
  const arrays = (name: string, about: string, minimal: boolean): Case => ({
    name,
    about,
    unit: UNIT,
    ours: httpContender(world, "longmen", batchesOf(minimal)),
    peers: [...against(batchesOf(minimal), ["redis-bare", "redis-pipeline"]), inProcess(world)],
    floors: { "redis-pipeline": 1, "in-process": 0.7 },
  });
  return [
    {
      name: "single",
      about: `one transfer a request, ${CONNECTIONS} connections`,
      unit: UNIT,
      ours: httpContender(world, "longmen", single),
      peers: against(single, ["redis-bare", "redis-pipeline"]),
      floors: { "redis-pipeline": 1 },
    },
    arrays("batch-1000", `${BATCH} transfers a request, ${BATCH_CONNECTIONS} connections`, false),
    arrays("batch-1000-minimal", "the same, answered without balances", true),
  ];
}

/** The same arrays without the door: what HTTP costs. */
function inProcess({ url }: World): Contender {
  const load = () => arraysLoad(BATCH);
  return ourContender({ name: "in-process", url, callers: BATCH_CONNECTIONS, load });
}

/** What a server is like at half its load, with idle connections, and under three times its load. */
function steadiness(world: World): Case[] {
  const own = (name: string, about: string, act: Act, floors: Case["floors"]): Case => ({
    name,
    about,
    unit: UNIT,
    ours: httpContender(world, "longmen", act),
    peers: [],
    floors,
  });
  return [
    own("half-load", "single at half of what it can carry out: the wait counts", halfLoad, {}),
    own("idle-1000", `single beside ${IDLE} idle connections`, besideIdle, { [IDLE_MEMORY]: 0.9 }),
    own("overload-3x", "three times the load that can be carried out", overload, {
      [OVERLOAD_WAIT]: 1,
      [OVERLOAD_MEMORY]: 0.8,
      // Less asked is no overload of three times, and says nothing about one.
      [OVERLOAD_ASKED]: 2,
    }),
  ];
}

const halfLoad: Act = async (site, seconds) => {
  const full = await single(site, seconds / 2);
  const rate = (full.count / full.seconds) * HALF;
  return measured(site, { connections: CONNECTIONS, seconds, batch: 1, rate });
};

/** Memory is compared when all load is over and all garbage gone: what is left is the connections'. */
const besideIdle: Act = async (site, seconds) => {
  const task = { connections: CONNECTIONS, seconds, batch: 1, refusable: true };
  const without = await site.load(task);
  const round = await measured(site, { ...task, idle: IDLE });
  const before = await site.settled();
  const beside = await site.beside(IDLE, () => site.settled());
  const shares = {
    [IDLE_MEMORY]: before.rssBytes / beside.rssBytes,
    "rate-with/without-idle": round.count / round.seconds / (without.created / without.seconds),
    [IDLE_COST]: (beside.liveBytes - before.liveBytes) / IDLE / KIB,
  };
  return { ...round, shares };
};

const overload: Act = async (site, seconds) => {
  const task = { seconds, batch: OVERLOAD_BATCH, refusable: true };
  const full = { ...task, connections: FULL_CONNECTIONS };
  // V8 takes memory for some time until it has what this load needs: that is no overload's.
  await site.load(full);
  const normal = await site.load(full);
  const capacity = normal.created / normal.seconds;
  const before = await site.state();
  const rate = (capacity * OVERLOAD) / OVERLOAD_BATCH;
  const over = { ...task, connections: OVERLOAD_CONNECTIONS, rate };
  const onset = await site.load(over);
  const first = await site.state();
  const loaded = await site.load(over);
  const after = await site.state();
  const asked = loaded.created + loaded.refused * OVERLOAD_BATCH;
  const shares = {
    [OVERLOAD_WAIT]: (2 * normal.p99Ms) / loaded.p99Ms,
    [OVERLOAD_MEMORY]: before.peakRssBytes / Math.max(first.peakRssBytes, after.peakRssBytes),
    [OVERLOAD_GROWTH]: first.peakRssBytes / after.peakRssBytes,
    [OVERLOAD_ASKED]: asked / loaded.seconds / capacity,
    "carried-out/normal": loaded.created / loaded.seconds / capacity,
    "at-first: twice-normal-p99/p99": (2 * normal.p99Ms) / onset.p99Ms,
    "normal: of the requests refused":
      normal.refused / (normal.refused + normal.created / OVERLOAD_BATCH),
    "the load generator's own lag p99/p99": loaded.ownLagP99Ms / loaded.p99Ms,
  };
  const { created: count, p50Ms, p99Ms } = loaded;
  return { count, seconds: loaded.seconds, p50Ms, p99Ms, shares };
};
