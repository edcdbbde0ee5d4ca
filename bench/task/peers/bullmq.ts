/** BullMQ: a queue and a worker in one process, as its documentation does; its best concurrency. */
import { fastest, runCallers } from "../../callers.ts";
import { type Contender, type Round, Void } from "../../contest.ts";
import { openRedis } from "../../redis-client.ts";

const CONCURRENCIES = [100, 300, 1_000];
const PROBE_SECONDS = 0.7;

export interface RedisLoad {
  readonly port: number;
  readonly callers: number;
  readonly perCall: number;
}

interface Job {
  readonly name: string;
  readonly data: { readonly n: number };
}

/** What is used of the library, which is installed in bench/ only and so has no types at home. */
interface Library {
  Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: Job["data"]): Promise<unknown>;
    addBulk(jobs: readonly Job[]): Promise<unknown>;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
  Worker: new (
    name: string,
    work: (job: Job) => Promise<number>,
    options: object,
  ) => {
    on(event: "completed" | "error", listener: () => void): void;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
}

export function bullmqTasks(load: RedisLoad): Contender {
  let concurrency = CONCURRENCIES[0] ?? 100;
  return {
    name: "bullmq",
    async tune(quick) {
      const probe = (one: number) => round(load, one, PROBE_SECONDS);
      concurrency = await fastest(CONCURRENCIES, quick, probe);
      return `a worker of ${concurrency}`;
    },
    round: (seconds) => round(load, concurrency, seconds),
  };
}

async function round(
  { port, callers, perCall }: RedisLoad,
  concurrency: number,
  seconds: number,
): Promise<Round> {
  const packageName: string = "bullmq";
  const { Queue, Worker } = (await import(packageName)) as Library;
  const redis = await openRedis(port);
  await redis.call("flushall");
  redis.disconnect();
  const connection = { host: "127.0.0.1", port, enableAutoPipelining: true };
  // In its favour: what is done is not kept. Ours keeps it all.
  const defaultJobOptions = { removeOnComplete: true, removeOnFail: true };
  const queue = new Queue("bench", { connection, defaultJobOptions });
  const worker = new Worker("bench", async ({ data }) => Promise.resolve(data.n + 1), {
    connection: { ...connection, maxRetriesPerRequest: null },
    concurrency,
  });
  let completed = 0;
  let added = 0;
  worker.on("completed", () => (completed += 1));
  worker.on("error", () => undefined);
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  const jobOf = (): Job => ({ name: "noop", data: { n: added++ } });
  try {
    const came = await runCallers({
      callers,
      seconds,
      call: async () => {
        if (perCall === 1) await queue.add("noop", { n: added++ });
        else await queue.addBulk(Array.from({ length: perCall }, jobOf));
        return perCall;
      },
      drained: async () => {
        while (completed < added) await new Promise((done) => setTimeout(done, 1));
      },
    });
    if (completed !== came.count) throw new Void(`bullmq completed ${completed} of ${came.count}`);
    return came;
  } finally {
    await worker.close();
    await queue.close();
  }
}
