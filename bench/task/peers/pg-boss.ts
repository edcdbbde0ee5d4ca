/**
 * pg-boss: `send` and `insert` as its documentation does; in place of its worker, which polls twice a second,
 * loops that fetch a batch and complete it, as many and as large as are best.
 */
import { fastest, runCallers } from "../../callers.ts";
import { type Contender, type Round, Void } from "../../contest.ts";
import { checkpoint, onServer } from "../../servers.ts";
import type { TaskLoad } from "../ours.ts";

const SCHEMA = "bench_pgboss";
const SETTINGS = [
  { pool: 10, loops: 1, batch: 500 },
  { pool: 20, loops: 2, batch: 500 },
  { pool: 40, loops: 4, batch: 200 },
];
const PROBE_SECONDS = 0.7;
const IDLE_MS = 2;

interface Boss {
  on(event: "error", listener: () => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<unknown>;
  insert(jobs: readonly object[]): Promise<unknown>;
  fetch(name: string, options: object): Promise<readonly { readonly id: string }[]>;
  complete(name: string, ids: readonly string[]): Promise<unknown>;
}

export function pgbossTasks(load: TaskLoad): Contender {
  let best = SETTINGS[0] ?? { pool: 10, loops: 1, batch: 500 };
  return {
    name: "pg-boss",
    async tune(quick) {
      best = await fastest(SETTINGS, quick, (one) => round(load, one, PROBE_SECONDS));
      return `a pool of ${best.pool}, ${best.loops} loops of ${best.batch}`;
    },
    round: (seconds) => round(load, best, seconds),
  };
}

async function round(
  { url, callers, perCall }: TaskLoad,
  { pool, loops, batch }: (typeof SETTINGS)[number],
  seconds: number,
): Promise<Round> {
  const packageName: string = "pg-boss";
  const loaded = (await import(packageName)) as { default: new (options: object) => Boss };
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  const boss = new loaded.default({ connectionString: url, schema: SCHEMA, max: pool });
  boss.on("error", () => undefined);
  await boss.start();
  let added = 0;
  let completed = 0;
  let over = false;
  const work = async (): Promise<void> => {
    while (!over) {
      const jobs = await boss.fetch("bench", { batchSize: batch });
      if (jobs.length === 0) await new Promise((done) => setTimeout(done, IDLE_MS));
      else {
        const ids = jobs.map(({ id }) => id);
        await boss.complete("bench", ids);
        completed += ids.length;
      }
    }
  };
  try {
    await boss.createQueue("bench");
    await checkpoint(url);
    const working = Array.from({ length: loops }, work);
    const came = await runCallers({
      callers,
      seconds,
      call: async () => {
        if (perCall === 1) await boss.send("bench", { n: added++ });
        else {
          const jobs = Array.from({ length: perCall }, () => ({
            name: "bench",
            data: { n: added++ },
          }));
          await boss.insert(jobs);
        }
        return perCall;
      },
      drained: async () => {
        while (completed < added) await new Promise((done) => setTimeout(done, IDLE_MS));
      },
    });
    over = true;
    await Promise.all(working);
    if (completed !== came.count) throw new Void(`pg-boss completed ${completed} of ${came.count}`);
    return came;
  } finally {
    over = true;
    await boss.stop({ graceful: false, wait: true });
    await drop();
  }
}
