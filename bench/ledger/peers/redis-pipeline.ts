/**
 * What teams really build for a flash sale: decrement in Redis, tell a stream, and a consumer that
 * writes the journal. Its clock stops when everything that was answered is in PostgreSQL.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { newId } from "../../../src/base/index.ts";
import { fastest, runCallers } from "../../callers.ts";
import { Void, type Contender, type Round } from "../../contest.ts";
import { countRows, withTables } from "../tables.ts";
import type { Workload } from "../workload.ts";
import { startConsumer, tell, type Consumer, type ConsumerOptions } from "./consumer.ts";
import { openStock } from "./stock.ts";

interface Setting {
  readonly connections: number;
  /** Whether the consumer is a process of its own. */
  readonly apart: boolean;
  readonly batch: number;
}

// Those that were best before come first: a quick run tries no others.
const SETTINGS: readonly Setting[] = [
  { connections: 2, apart: false, batch: 8_000 },
  { connections: 2, apart: true, batch: 8_000 },
  { connections: 1, apart: false, batch: 8_000 },
  { connections: 4, apart: false, batch: 8_000 },
  { connections: 4, apart: true, batch: 8_000 },
  { connections: 2, apart: false, batch: 2_000 },
];
const PROBE_SECONDS = 0.6;
const SCHEMA = "bench_redis";
const CONSUMER = fileURLToPath(new URL("consumer-process.ts", import.meta.url));
const DRAIN_MAX_MS = 120_000;

export interface RedisPipelineOptions {
  readonly port: number;
  readonly url: string;
  readonly workload: Workload;
  readonly callers: number;
}

export function redisPipelineContender(options: RedisPipelineOptions): Contender {
  let setting: Setting = { connections: 1, apart: true, batch: 8_000 };
  return {
    name: "redis-pipeline",
    tune: async (quick) => {
      const probe = (tried: Setting) => pipelineRound(options, tried, PROBE_SECONDS);
      setting = await fastest(SETTINGS, quick, probe);
      const place = setting.apart ? "a process of its own" : "the callers' process";
      return `${setting.connections} connections, consumer in ${place}, batches of ${setting.batch}`;
    },
    round: (seconds) => pipelineRound(options, setting, seconds),
  };
}

async function pipelineRound(
  { port, url, workload, callers }: RedisPipelineOptions,
  setting: Setting,
  seconds: number,
): Promise<Round> {
  return withTables(url, SCHEMA, async () => {
    const stock = await openStock(port, workload, setting.connections);
    const consumerOptions = { port, url, schema: SCHEMA, batch: setting.batch };
    const consumer = await (setting.apart ? forkConsumer : startConsumer)(consumerOptions);
    let taken = 0;
    const call = async (caller: number): Promise<number> => {
      const client = stock.clients[caller % setting.connections];
      if (client === undefined) throw new RangeError("no such connection");
      const movement = workload.next();
      const told = tell(movement, newId());
      const left = await stock.takeAndTell(client, movement.debit, movement.amount, told);
      if (typeof left !== "number" || left < 0) throw new Void("redis-pipeline refused");
      return 1;
    };
    try {
      const drained = () => drain(consumer, () => taken);
      const onAnswer = (count: number) => (taken += count);
      const round = await runCallers({ callers, seconds, call, drained, onAnswer });
      await stock.check(round.count);
      const rows = await countRows(url, `${SCHEMA}.ledger_entry`);
      if (rows !== round.count)
        throw new Void(`redis-pipeline: ${round.count} told, ${rows} there`);
      return round;
    } finally {
      await consumer.stop();
      stock.close();
    }
  });
}

async function drain(consumer: Consumer, taken: () => number): Promise<void> {
  const until = performance.now() + DRAIN_MAX_MS;
  while (consumer.written() < taken()) {
    if (performance.now() > until) throw new Void("redis-pipeline: the stream was not drained");
    await new Promise((done) => setTimeout(done, 1));
  }
}

/** The consumer in a process of its own, so that it shares no core with the callers. */
async function forkConsumer(options: ConsumerOptions): Promise<Consumer> {
  const child = fork(CONSUMER);
  let written = 0;
  child.on("message", (message: { written: number }) => (written = message.written));
  await new Promise<void>((ready, broken) => {
    child.once("message", () => ready());
    child.once("exit", (code) => broken(new Error(`the consumer ended with ${code}`)));
    child.send(options);
  });
  return { written: () => written, stop: () => disconnected(child) };
}

async function disconnected(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.disconnect();
  await exit;
}
