/**
 * A node of flows in a process of its own, which may be stopped and killed. Does what each line of its input
 * says, and answers each with a line.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { faultsFromText, LongmenError } from "longmen/base";
import { flow, type Flows, openFlows, type Steps } from "longmen/flow";
import { openLedger } from "longmen/ledger";
import { type Database, openDatabase } from "longmen/postgres";

export interface FlowNodeInput {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
  readonly faults?: string;
  readonly leaseMs?: number;
  readonly stillMaxMs?: number;
}

export type FlowOrder =
  /** `standing`: its process stands still as soon as the run is there, until it is woken. */
  | {
      readonly do: "start";
      readonly key: string;
      readonly steps: number;
      readonly standing?: boolean;
    }
  /** Starts runs until it is told to close, each under a key of its own. */
  | { readonly do: "load"; readonly prefix: string; readonly callers: number }
  /** Starts a run that kills its process. */
  | { readonly do: "die"; readonly key: string }
  /** Keeps the event loop to itself. */
  | { readonly do: "block"; readonly ms: number }
  | { readonly do: "close" };

export interface FlowTold {
  readonly do?: string;
  readonly key?: string;
  readonly id?: string;
  readonly code?: string;
}

/**
 * A lease that no start and no stall outlasts: who is killed is followed at once under its own name. What waits for
 * the end of a lease says how long it is.
 */
export const CALM_MS = 20_000;

const BOOK = "shop";
const payment = { asset: "CNY/2", debit: "bank", credit: "till", amount: 1n } as const;

/** What one step of that sort does that can be counted afterwards. */
export function makeFlows(schema: string) {
  const shelf = (f: Steps, name: string) => {
    const row = `${f.runId}/${name}/${f.id()}`;
    return f.tx(name, async (tx) => {
      await tx.query(`insert into ${schema}.test_shelf values ($1, 1, 1)`, [row]);
    });
  };
  /** As many rounds as it is told: a step, a row, a payment. */
  const rounds = flow("rounds", {}, async (f, count: number) => {
    for (let round = 0; round < count; round++) {
      await f.step("think", () => sleep(1));
      await shelf(f, "shelve");
      await f.post("pay", payment);
    }
    return count;
  });
  const leaf = flow("leaf", {}, async (f) => {
    await shelf(f, "shelve");
    return 1;
  });
  /** What it does hangs on its own chance; it answers how much of it can be counted. */
  const wander = flow("wander", {}, async (f) => {
    const came = { rows: 0, paid: 0 };
    for (let left = 1 + Math.floor(f.random() * 4); left > 0; left--) {
      const chance = f.random();
      if (chance < 0.25) await f.step("think", () => sleep(2));
      else if (chance < 0.4) await f.sleep("nap", 20);
      else if (chance < 0.6) await shelf(f, "shelve").then(() => (came.rows += 1));
      else if (chance < 0.8)
        came.paid += (await f.post("pay", payment)).status === "posted" ? 1 : 0;
      else if (chance < 0.9) came.rows += await f.child("leaf", leaf, undefined);
      else {
        const both = { a: (g: Steps) => shelf(g, "left"), b: (g: Steps) => shelf(g, "right") };
        await f.all(both);
        came.rows += 2;
      }
    }
    return came;
  });
  const deadly = flow("deadly", {}, (f) =>
    f.step("die", () => void process.kill(process.pid, "SIGKILL")),
  );
  return { rounds, leaf, wander, deadly };
}

export async function openFlowNode(database: Database, input: FlowNodeInput): Promise<Flows> {
  const { schema, node, faults = "", leaseMs = CALM_MS, stillMaxMs } = input;
  const flows = Object.values(makeFlows(schema));
  const books = openLedger({ database, sweep: false });
  const plan = faultsFromText(faults);
  const shared = { books, book: BOOK, leaseMs, stillMaxMs, faults: plan };
  return openFlows({ database, node, flows, ...shared });
}

async function main(input: FlowNodeInput): Promise<void> {
  const { url, schema } = input;
  const database = await openDatabase({ url, schema, poolMax: 6 });
  const { rounds, wander, deadly } = makeFlows(schema);
  const tell = (told: FlowTold): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
  const flows = await openFlowNode(database, input).catch((error: unknown) => {
    if (!(error instanceof LongmenError)) throw error;
    tell({ do: "refused", code: error.code });
    process.exit(1);
  });
  let isOpen = true;
  const startOne = async (order: FlowOrder & { readonly do: "start" }): Promise<void> => {
    const run = await flows.start(rounds, order.steps, { key: order.key });
    tell({ do: "started", key: order.key, id: run.id });
    if (order.standing === true) process.kill(process.pid, "SIGSTOP");
    await run.result();
    tell({ do: "ended", key: order.key, id: run.id });
  };
  const load = async (prefix: string): Promise<void> => {
    for (let n = 0; isOpen; n++) {
      const key = `${prefix}-${n}`;
      try {
        const run = await flows.start(wander, undefined, { key });
        tell({ do: "started", key, id: run.id });
        await run.result({ timeoutMs: 2_000 });
      } catch (error) {
        if (!(error instanceof LongmenError)) throw error;
        await sleep(50);
      }
    }
  };
  const follow = async (order: FlowOrder): Promise<void> => {
    if (order.do === "start") return startOne(order);
    if (order.do === "load") {
      const callers = Array.from({ length: order.callers }, (_, n) => load(`${order.prefix}-${n}`));
      await Promise.all(callers);
      return;
    }
    if (order.do === "die") {
      await flows.start(deadly, undefined, { key: order.key });
      return;
    }
    if (order.do === "block") {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.ms);
      return;
    }
    isOpen = false;
    await flows.close({ drainMs: 3_000 });
    await database.close();
    process.exit(0);
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    const order = JSON.parse(line) as FlowOrder;
    follow(order).catch((error: unknown) => {
      tell({ do: "failed", code: error instanceof LongmenError ? error.code : String(error) });
    });
  });
  tell({ do: "open" });
}

const [, script = "", given] = process.argv;
if (script === import.meta.filename && given !== undefined) {
  await main(JSON.parse(given) as FlowNodeInput);
}
