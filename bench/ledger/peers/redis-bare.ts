/** A Lua decrement that records nothing: the least that Redis can do, and too little for money. */
import { fastest, runCallers } from "../../callers.ts";
import { Void, type Contender, type Round } from "../../contest.ts";
import type { Workload } from "../workload.ts";
import { openStock } from "./stock.ts";

const CONNECTIONS = [2, 4, 1] as const;
const PROBE_SECONDS = 0.4;

export interface RedisBareOptions {
  readonly port: number;
  readonly workload: Workload;
  readonly callers: number;
}

export function redisBareContender(options: RedisBareOptions): Contender {
  let connections: number = 1;
  return {
    name: "redis-bare",
    tune: async (quick) => {
      const probe = (tried: number) => bareRound(options, tried, PROBE_SECONDS);
      connections = await fastest(CONNECTIONS, quick, probe);
      return `${connections} connections, automatic pipelining`;
    },
    round: (seconds) => bareRound(options, connections, seconds),
  };
}

async function bareRound(
  { port, workload, callers }: RedisBareOptions,
  connections: number,
  seconds: number,
): Promise<Round> {
  const stock = await openStock(port, workload, connections);
  try {
    const call = async (caller: number): Promise<number> => {
      const client = stock.clients[caller % connections];
      if (client === undefined) throw new RangeError("no such connection");
      const { debit, amount } = workload.next();
      const left = await stock.take(client, debit, amount);
      if (typeof left !== "number" || left < 0) throw new Void("redis-bare refused");
      return 1;
    };
    const round = await runCallers({ callers, seconds, call });
    await stock.check(round.count);
    return round;
  } finally {
    stock.close();
  }
}
