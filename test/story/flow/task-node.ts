/**
 * A node of tasks in a process of its own, which may be stopped and killed. Does what each line of its input
 * says, and answers each with a line. Handlers write down when they begin and end, each in a commit of its own.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { faultsFromText, LongmenError } from "longmen/base";
import { type Flows, openFlows, task } from "longmen/flow";
import { type Database, openDatabase } from "longmen/postgres";
import { CALM_MS } from "./flow-node.ts";

export interface TaskNodeInput {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
  readonly faults?: string;
  readonly leaseMs?: number;
}

export interface TaskInput {
  readonly group: string;
  /** Less than none: it kills its process. */
  readonly ms: number;
  /** So many attempts fail before one doesn't. */
  readonly fails?: number;
}

export type TaskOrder =
  | {
      readonly do: "start";
      readonly key: string;
      readonly input: TaskInput;
      readonly limited: boolean;
    }
  | { readonly do: "close" };

export interface TaskTold {
  readonly do?: string;
  readonly key?: string;
  readonly id?: string;
  readonly code?: string;
}

export const PER_GROUP = 2;

/** Two tasks that do the same; of one no more than two of a group at once. */
export function makeTasks(database: Database, node: string) {
  const note = (run: string, group: string, what: string): Promise<unknown> =>
    database.transaction((tx) =>
      tx.query(
        `insert into ${database.schema}.task_note (run, grp, node, what) values ($1, $2, $3, $4)`,
        [run, group, node, what],
      ),
    );
  const handler = async (
    { group, ms, fails = 0 }: TaskInput,
    t: { readonly id: string; readonly attempt: number },
  ): Promise<string> => {
    await note(t.id, group, "in");
    if (ms < 0) process.kill(process.pid, "SIGKILL");
    await sleep(ms);
    await note(t.id, group, "out");
    if (t.attempt <= fails) throw new Error(`attempt ${t.attempt}`);
    return t.id;
  };
  const retry = { attempts: 4, baseMs: 5, maxMs: 20 };
  const free = task("free", { retry, concurrency: 8 }, handler);
  const group = ({ group: of }: TaskInput): string => of;
  const limits = { perGroup: PER_GROUP };
  const limited = task("limited", { retry, concurrency: 8, group, limits }, handler);
  return { free, limited };
}

export function openTaskNode(database: Database, input: TaskNodeInput): Promise<Flows> {
  const { node, faults = "", leaseMs = CALM_MS } = input;
  const flows = Object.values(makeTasks(database, node));
  return openFlows({ database, node, flows, leaseMs, faults: faultsFromText(faults) });
}

async function main(input: TaskNodeInput): Promise<void> {
  const { url, schema, node } = input;
  const database = await openDatabase({ url, schema, poolMax: 6 });
  const { free, limited } = makeTasks(database, node);
  const flows = await openTaskNode(database, input);
  const tell = (told: TaskTold): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
  const follow = async (order: TaskOrder): Promise<void> => {
    if (order.do === "start") {
      const { key } = order;
      const run = await flows.start(order.limited ? limited : free, order.input, { key });
      tell({ do: "started", key, id: run.id });
      await run.result();
      tell({ do: "ended", key, id: run.id });
      return;
    }
    await flows.close({ drainMs: 3_000 });
    await database.close();
    process.exit(0);
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    follow(JSON.parse(line) as TaskOrder).catch((error: unknown) => {
      tell({ do: "failed", code: error instanceof LongmenError ? error.code : String(error) });
    });
  });
  tell({ do: "open" });
}

const [, script = "", given] = process.argv;
if (script === import.meta.filename && given !== undefined) {
  await main(JSON.parse(given) as TaskNodeInput);
}
