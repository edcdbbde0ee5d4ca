/** The cases of `npm run bench -- task`, with their peers and floors. */
import type { Bench, World } from "../bench.ts";
import type { Case, Contender } from "../contest.ts";
import { ourTasks } from "./ours.ts";
import { bullmqTasks } from "./peers/bullmq.ts";
import { graphileTasks } from "./peers/graphile-worker.ts";
import { pgbossTasks } from "./peers/pg-boss.ts";

const UNIT = "tasks/s";
const PRODUCERS = 100;
const BULK_CALLERS = 4;
const BULK = 1_000;

export const taskBench: Bench = {
  name: "task",
  ownCallers: true,
  apart: true,
  peers: ["bullmq", "pg-boss", "graphile-worker"],
  redisPeers: ["bullmq"],
  cases: (world) => [enqueueToDone(world), bulk(world)],
  longCases: [],
};

/** Each producer awaits that its task is enqueued, for good, before it makes the next; workers run beside. */
function enqueueToDone(world: World): Case {
  return {
    name: "enqueue-to-done",
    about: `${PRODUCERS} producers, each awaiting its own enqueue, while workers run; done is a committed end`,
    unit: UNIT,
    ...contenders(world, PRODUCERS, 1),
    floors: { bullmq: 1.5, "pg-boss": 8 },
  };
}

function bulk(world: World): Case {
  return {
    name: "bulk",
    about: `${BULK_CALLERS} callers with ${BULK} tasks a call, while workers run; done is a committed end`,
    unit: UNIT,
    ...contenders(world, BULK_CALLERS, BULK),
    floors: { bullmq: 1.5 },
  };
}

function contenders({ url, redisPort }: World, callers: number, perCall: number) {
  const load = { url, callers, perCall };
  const onRedis: Contender[] =
    redisPort === undefined ? [] : [bullmqTasks({ port: redisPort, callers, perCall })];
  return { ours: ourTasks(load), peers: [...onRedis, pgbossTasks(load), graphileTasks(load)] };
}
