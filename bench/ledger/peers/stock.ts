/** Balances kept in Redis, and the scripts that take from them if they suffice. */
import { openRedis, type RedisClient } from "../../redis-client.ts";
import { Void } from "../../contest.ts";
import type { Workload } from "../workload.ts";

export const STREAM = "transfers";
export const GROUP = "writers";
const OPENING_STOCK = 10_000_000_000;
const KEYS_AT_ONCE = 1_000;

/** Takes and records nothing. */
export const TAKE = `
local left = tonumber(redis.call('get', KEYS[1]))
if not left or left < tonumber(ARGV[1]) then return -1 end
return redis.call('decrby', KEYS[1], ARGV[1])`;

/** Takes and tells the stream, in one script so that neither happens without the other. */
export const TAKE_AND_TELL = `
local left = tonumber(redis.call('get', KEYS[1]))
if not left or left < tonumber(ARGV[1]) then return -1 end
redis.call('xadd', KEYS[2], '*', 't', ARGV[2])
return redis.call('decrby', KEYS[1], ARGV[1])`;

export interface Stock {
  readonly clients: readonly RedisClient[];
  readonly take: (client: RedisClient, account: number, amount: bigint) => Promise<unknown>;
  readonly takeAndTell: (
    client: RedisClient,
    account: number,
    amount: bigint,
    told: string,
  ) => Promise<unknown>;
  /** Throws `Void` unless exactly this much was taken. */
  readonly check: (taken: number) => Promise<void>;
  readonly close: () => void;
}

/** An emptied Redis with full stock, and connections to it. */
export async function openStock(
  port: number,
  { accounts }: Workload,
  connections: number,
): Promise<Stock> {
  const clients = await Promise.all(Array.from({ length: connections }, () => openRedis(port)));
  const [first] = clients;
  if (first === undefined) throw new RangeError("no connection asked for");
  await first.call("flushall");
  await inChunks(accounts, (names) =>
    first.call("mset", ...names.flatMap((name) => [name, OPENING_STOCK])),
  );
  await first.call("xgroup", "create", STREAM, GROUP, "0", "mkstream");
  const take = String(await first.call("script", "load", TAKE));
  const takeAndTell = String(await first.call("script", "load", TAKE_AND_TELL));
  return {
    clients,
    take: (client, account, amount) => client.evalsha(take, 1, stockOf(account), String(amount)),
    takeAndTell: (client, account, amount, told) =>
      client.evalsha(takeAndTell, 2, stockOf(account), STREAM, String(amount), told),
    check: async (taken) => {
      const left = await stockLeft(first, accounts);
      const expected = OPENING_STOCK * accounts - taken;
      if (left !== expected) throw new Void(`redis holds ${left}, not ${expected}`);
    },
    close: () => {
      for (const client of clients) client.disconnect();
    },
  };
}

function stockOf(account: number): string {
  return `stock:${account}`;
}

async function stockLeft(client: RedisClient, accounts: number): Promise<number> {
  let left = 0;
  await inChunks(accounts, async (names) => {
    const values = await client.call("mget", ...names);
    if (!Array.isArray(values)) throw new Void("redis did not tell what is left");
    left += values.reduce((total: number, value) => total + Number(value), 0);
  });
  return left;
}

async function inChunks(accounts: number, work: (names: string[]) => Promise<unknown>) {
  for (let from = 1; from <= accounts; from += KEYS_AT_ONCE) {
    const length = Math.min(KEYS_AT_ONCE, accounts - from + 1);
    await work(Array.from({ length }, (_, at) => stockOf(from + at)));
  }
}
