/**
 * A node of everything at once in a process of its own, which may be stopped, killed, starved of connections
 * and lied to about the time: flows, tasks with limits, machines, forks and schedules, under a load by a seed.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { faultsFromText, LongmenError } from "longmen/base";
import { batcher, flow, type Flows, openFlows } from "longmen/flow";
import { openLedger } from "longmen/ledger";
import { type Database, openDatabase } from "longmen/postgres";
import { httpCalls, openSchedules, type Schedules } from "longmen/schedule";
import { makeFlows } from "../flow/flow-node.ts";
import { followOrder, idle, makeOrder } from "../flow/machine-node.ts";
import { makeTasks } from "../flow/task-node.ts";
import { lingering, shelving } from "../schedule/schedule-process.ts";
import { chances } from "./chances.ts";

export interface WholeInput {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
  readonly faults?: string;
  readonly leaseMs?: number;
  /** Where its HTTP calls may go. */
  readonly allowHost?: string;
  /** It goes through what a story tells, and ends with 7. */
  readonly story?: readonly Story[];
  readonly key?: string;
}

export type Story = "batch" | "fork" | "bulk" | "machine";

export type WholeOrder =
  | {
      readonly do: "load";
      readonly prefix: string;
      readonly seed: number;
      readonly callers: number;
    }
  /** Takes all connections of the pool for so long. */
  | { readonly do: "drain"; readonly ms: number }
  /** The machine's clock is so far ahead from now on. */
  | { readonly do: "jump"; readonly ms: number }
  | { readonly do: "close" };

export interface WholeTold {
  readonly do?: string;
  readonly what?: string;
  readonly key?: string;
  readonly id?: string;
}

const POOL = 6;
export const ROUNDS = 2;

export interface Whole {
  readonly flows: Flows;
  readonly schedules: Schedules;
  readonly made: ReturnType<typeof makeAll>;
  close(): Promise<void>;
}

/** What goes out in batches is a row for each key: a repeat is known by it. */
function makeBatched(database: Database, schema: string) {
  const notes = batcher<string, number>("notes", { size: 20, waitMs: 5 }, async (items) => {
    const names = items.map(({ key }) => `batched|${key}`);
    await database.transaction((tx) =>
      tx.query(
        `insert into ${schema}.test_shelf select name, 1, 1 from unnest($1::text[]) as sent (name)
         on conflict do nothing`,
        [names],
      ),
    );
    return items.map(() => ({ ok: true, result: 1 }) as const);
  });
  return flow("batched", {}, async (f, name: string) => {
    await f.step("think", () => sleep(1));
    return f.batch("send", notes, name);
  });
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function makeAll(database: Database, { schema, node, allowHost = "none.invalid" }: WholeInput) {
  return {
    calls: httpCalls({ secrets: () => SECRET, allowHosts: [allowHost] }),
    ...makeFlows(schema),
    ...makeTasks(database, node),
    batched: makeBatched(database, schema),
    order: makeOrder(database, schema),
    shelve: shelving(schema),
    linger: lingering(schema),
    idle,
  };
}

export async function openWhole(database: Database, input: WholeInput): Promise<Whole> {
  const { node, leaseMs = 3_000 } = input;
  const made = makeAll(database, input);
  const books = openLedger({ database, sweep: false });
  const faults = faultsFromText(input.faults ?? "");
  const shared = { database, node, leaseMs, faults, books, book: "shop" };
  const flows = await openFlows({ ...shared, flows: Object.values(made) });
  const schedules = await openSchedules({ database, flows, faults });
  return {
    flows,
    schedules,
    made,
    close: async () => {
      await schedules.close();
      await flows.close({ drainMs: 3_000 });
      await books.close();
    },
  };
}

/** Each once by its keys, whoever asks again: with its end all of it has ended. */
const stories: Readonly<Record<Story, (whole: Whole, key: string) => Promise<unknown>>> = {
  async batch({ flows, made }, key) {
    const keys = [0, 1, 2].map((n) => `${key}/${n}`);
    const runs = await Promise.all(keys.map((one) => flows.start(made.batched, one, { key: one })));
    await Promise.all(runs.map((run) => run.result()));
  },
  async fork({ flows, made }, key) {
    const run = await flows.start(made.rounds, ROUNDS, { key });
    await run.result();
    const fork = await flows.fork(run.id, { from: "shelve", key: `fork/${key}` });
    await fork.run?.result();
  },
  async bulk({ flows, made }, key) {
    const keys = [0, 1, 2].map((n) => `${key}/${n}`);
    const runs = await Promise.all(
      keys.map((one) => flows.start(made.idle, undefined, { key: one })),
    );
    const where = { flow: "idle", keyPrefix: `${key}/` };
    await (await flows.bulk("cancel", where, { key: `cancel/${key}` })).result();
    // The verb has asked it of each; each ends for itself.
    await Promise.allSettled(runs.map((run) => run.result()));
  },
  machine: ({ flows, made }, key) => followOrder({ flows, order: made.order }, `order-${key}`),
};

export async function tellStories(whole: Whole, names: readonly Story[], key: string) {
  for (const name of names) await stories[name](whole, key);
}

type Tell = (told: WholeTold) => void;

/** One thing that somebody asks for; refusals of a node in trouble are taken as they come. */
async function askOne({ flows, made }: Whole, chance: () => number, key: string, tell: Tell) {
  const what = chance();
  const wait = { timeoutMs: 2_000 };
  if (what < 0.25) {
    const { id } = await flows.start(made.wander, undefined, { key });
    tell({ do: "started", what: "wander", id });
    await flows.run(id).result(wait);
  } else if (what < 0.45) {
    const { id } = await flows.start(made.batched, key, { key });
    tell({ do: "started", what: "batched", id });
    await flows.run(id).result(wait);
  } else if (what < 0.7) {
    const input = { group: `g${Math.floor(chance() * 3)}`, ms: 1, fails: chance() < 0.2 ? 1 : 0 };
    const { id } = await flows.start(what < 0.55 ? made.free : made.limited, input, { key });
    tell({ do: "started", what: what < 0.55 ? "free" : "limited", id });
    await flows.run(id).result(wait);
  } else if (what < 0.8) {
    tell({ do: "asked", what: "order", key });
    await followOrder({ flows, order: made.order }, key);
  } else if (what < 0.93) {
    const run = await flows.start(made.rounds, ROUNDS, { key });
    tell({ do: "started", what: "rounds", id: run.id });
    await run.result(wait);
    const fork = await flows.fork(run.id, { from: "shelve", key: `fork/${key}` });
    tell({ do: "started", what: "rounds", id: fork.run?.id ?? "" });
    await fork.run?.result(wait);
  } else {
    const { id } = await flows.start(made.idle, undefined, { key });
    tell({ do: "started", what: "idle", id });
  }
}

async function main(input: WholeInput): Promise<void> {
  const { url, schema } = input;
  const database = await openDatabase({ url, schema, poolMax: POOL });
  const tell: Tell = (told) => void process.stdout.write(`${JSON.stringify(told)}\n`);
  const whole = await openWhole(database, input);
  if (input.story !== undefined) {
    await tellStories(whole, input.story, input.key ?? "");
    // The point that was named was not come to.
    process.exit(7);
  }
  const realNow = Date.now;
  let isOpen = true;
  const load = async (prefix: string, seed: number): Promise<void> => {
    const chance = chances(seed);
    for (let n = 0; isOpen; n++) {
      try {
        await askOne(whole, chance, `${prefix}-${n}`, tell);
      } catch (error) {
        if (!(error instanceof LongmenError)) throw error;
        await sleep(50);
      }
    }
  };
  const follow = async (order: WholeOrder): Promise<void> => {
    if (order.do === "load") {
      const { callers, prefix, seed } = order;
      await Promise.all(
        Array.from({ length: callers }, (_, n) => load(`${prefix}-${n}`, seed + 7 * n)),
      );
    } else if (order.do === "drain") {
      const hold = () =>
        database.transaction(() => sleep(order.ms), { readOnly: true }).catch(() => undefined);
      await Promise.all(Array.from({ length: POOL }, hold));
    } else if (order.do === "jump") Date.now = () => realNow() + order.ms;
    else {
      isOpen = false;
      await whole.close();
      await database.close();
      process.exit(0);
    }
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    follow(JSON.parse(line) as WholeOrder).catch((error: unknown) => {
      process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
      process.exit(9);
    });
  });
  tell({ do: "open" });
}

const [, script = "", given] = process.argv;
if (script === import.meta.filename && given !== undefined) {
  await main(JSON.parse(given) as WholeInput);
}
