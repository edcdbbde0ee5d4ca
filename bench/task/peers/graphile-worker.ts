/** graphile-worker: its batches on both ends, as its page on performance has them; its best pool. */
import { fastest, runCallers } from "../../callers.ts";
import { type Contender, type Round, Void } from "../../contest.ts";
import { checkpoint, onServer } from "../../servers.ts";
import type { TaskLoad } from "../ours.ts";

const SCHEMA = "bench_graphile";
const SETTINGS = [
  { pool: 10, concurrency: 24, batch: 500 },
  { pool: 20, concurrency: 100, batch: 500 },
  { pool: 40, concurrency: 100, batch: 500 },
];
const PROBE_SECONDS = 0.7;
const LOOK_MS = 5;

interface Utils {
  addJob(name: string, payload: object): Promise<unknown>;
  addJobs(jobs: readonly object[]): Promise<unknown>;
  release(): Promise<void>;
}

interface Library {
  readonly run: (options: object) => Promise<{ stop(): Promise<void> }>;
  readonly makeWorkerUtils: (options: object) => Promise<Utils>;
  Logger: new (factory: () => () => void) => object;
}

export function graphileTasks(load: TaskLoad): Contender {
  let best = SETTINGS[0] ?? { pool: 10, concurrency: 24, batch: 500 };
  return {
    name: "graphile-worker",
    async tune(quick) {
      best = await fastest(SETTINGS, quick, (one) => round(load, one, PROBE_SECONDS));
      return `a pool of ${best.pool}, ${best.concurrency} at once, batches of ${best.batch}`;
    },
    round: (seconds) => round(load, best, seconds),
  };
}

async function round(
  { url, callers, perCall }: TaskLoad,
  { pool, concurrency, batch }: (typeof SETTINGS)[number],
  seconds: number,
): Promise<Round> {
  const packageName: string = "graphile-worker";
  const { run, makeWorkerUtils, Logger } = (await import(packageName)) as Library;
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  let done = 0;
  let added = 0;
  const logger = new Logger(() => () => undefined);
  const runner = await run({
    connectionString: url,
    maxPoolSize: pool,
    concurrency,
    noHandleSignals: true,
    logger,
    taskList: { noop: async () => Promise.resolve(void (done += 1)) },
    preset: {
      worker: {
        schema: SCHEMA,
        localQueue: { size: batch },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        pollInterval: 100,
      },
    },
  });
  const shared = { connectionString: url, schema: SCHEMA, maxPoolSize: pool, logger };
  const utils = await makeWorkerUtils(shared);
  try {
    await checkpoint(url);
    const came = await runCallers({
      callers,
      seconds,
      call: async () => {
        if (perCall === 1) await utils.addJob("noop", { n: added++ });
        else {
          const jobs = Array.from({ length: perCall }, () => ({
            identifier: "noop",
            payload: { n: added++ },
          }));
          await utils.addJobs(jobs);
        }
        return perCall;
      },
      drained: () => drained(url),
    });
    if (done !== came.count) throw new Void(`graphile-worker ran ${done} of ${came.count}`);
    return came;
  } finally {
    await utils.release();
    await runner.stop();
    await drop();
  }
}

/** A job that is completed is deleted. */
async function drained(url: string): Promise<void> {
  await onServer(url, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ found: boolean }>(
        `select exists (select 1 from ${SCHEMA}._private_jobs) as found`,
      );
      if (rows[0]?.found === false) return;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  });
}
