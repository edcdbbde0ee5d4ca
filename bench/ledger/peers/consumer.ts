/**
 * The second half of what teams build: reads what Redis told the stream, in big batches, and writes
 * it into a table like ours. While one batch is written, the next is read.
 */
import { Client } from "pg";
import { openRedis } from "../../redis-client.ts";
import { copyEntries } from "./rows.ts";
import { GROUP, STREAM } from "./stock.ts";
import type { Movement } from "../workload.ts";

export interface ConsumerOptions {
  readonly port: number;
  readonly url: string;
  readonly schema: string;
  readonly batch: number;
}

export interface Consumer {
  readonly written: () => number;
  readonly stop: () => Promise<void>;
}

const BLOCK_MS = 20;

export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const [reader, acknowledger] = await Promise.all([
    openRedis(options.port),
    openRedis(options.port),
  ]);
  const database = new Client(options.url);
  await database.connect();
  let written = 0;
  const stopping = new AbortController();

  const read = async () => {
    const asked = ["group", GROUP, "one", "count", options.batch, "block", BLOCK_MS];
    return messagesOf(await reader.call("xreadgroup", ...asked, "streams", STREAM, ">"));
  };
  const consume = async () => {
    let next = read();
    while (!stopping.signal.aborted) {
      const messages = await next;
      next = read();
      if (messages.length === 0) continue;
      const movements = messages.map(({ told }) => movementOf(told));
      const rows = await copyEntries(database, options.schema, {
        firstSeq: written + 1,
        movements,
      });
      await acknowledger.call("xack", STREAM, GROUP, ...messages.map(({ id }) => id));
      written += rows;
    }
    await next;
  };
  const consuming = consume();
  return {
    written: () => written,
    stop: async () => {
      stopping.abort();
      await consuming;
      reader.disconnect();
      acknowledger.disconnect();
      await database.end();
    },
  };
}

/** One field of one text: less for Redis and for the reader to do than a field for each column. */
export function tell({ debit, credit, amount, code }: Movement, id: string): string {
  return `${id} ${debit} ${credit} ${amount} ${code}`;
}

function movementOf(told: string): Movement {
  const [id = "", debit, credit, amount = "", code] = told.split(" ");
  const numbers = { debit: Number(debit), credit: Number(credit), code: Number(code) };
  return { id, ...numbers, amount: BigInt(amount) };
}

interface Message {
  readonly id: string;
  readonly told: string;
}

/** [[stream, [[id, [field, value]], …]]], or nothing when nothing came in time. */
function messagesOf(answer: unknown): Message[] {
  if (!Array.isArray(answer)) return [];
  const [stream] = answer as [string, [string, [string, string]][]][];
  return stream === undefined ? [] : stream[1].map(([id, [, told]]) => ({ id, told }));
}
