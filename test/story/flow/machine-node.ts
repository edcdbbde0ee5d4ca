/**
 * A node of state machines and of verbs for many runs in a process of its own, which kills itself at a named
 * point. Its world is a table: what work did is a row, written once for each key it was given.
 */
import { faultsFromText } from "longmen/base";
import { flow, type Flows, machine, openFlows, raise, type Steps } from "longmen/flow";
import { type Database, openDatabase } from "longmen/postgres";
import { CALM_MS } from "./flow-node.ts";

export interface MachineNodeInput {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
  readonly faults: string;
  /** What it does: follow one order, or ask many runs. */
  readonly does: "order" | "bulk";
  readonly subject: string;
}

export const EVENTS = ["pay", "ship", "cancel"] as const;

/** The work of a state as rows of the world: at least once by its key, so once in the table. */
export function makeOrder(database: Database, schema: string) {
  const work = (f: Steps, subject: string, name: string): Promise<void> =>
    f.step(name, async ({ key }) => {
      const row = `${subject}|${name}|${key}`;
      await database.transaction((tx) =>
        tx.query(`insert into ${schema}.test_shelf values ($1, 1, 1) on conflict do nothing`, [
          row,
        ]),
      );
    });
  return machine("order", {
    input: (value) => value as number,
    initial: "created",
    states: {
      created: { entry: (f, { subject }) => work(f, subject, "reserve") },
      paid: {
        entry: async (f, { subject }) => {
          await work(f, subject, "charge");
          return raise("charged", "7");
        },
      },
      charged: {},
      shipped: { entry: (f, { subject }) => work(f, subject, "send") },
      cancelled: { final: true },
    },
    transitions: [
      { from: "created", on: "pay", to: "paid", assign: ({ data }) => data + 1 },
      { from: "paid", on: "charged", to: "charged" },
      { from: ["paid", "charged"], on: "ship", to: "shipped", assign: ({ data }) => data + 10 },
      {
        from: ["created", "paid", "charged", "shipped"],
        on: "cancel",
        to: "cancelled",
        compensates: true,
        assign: ({ data }) => data + 100,
      },
    ],
    compensate: {
      created: (f, { subject }) => work(f, subject, "release"),
      paid: (f, { subject }) => work(f, subject, "refund"),
      shipped: (f, { subject }) => work(f, subject, "recall"),
    },
    retry: { baseMs: 1, maxMs: 10 },
  });
}

export const idle = flow("idle", {}, (f) => f.event("never"));

export async function openMachineNode(
  database: Database,
  { schema, node, faults }: Omit<MachineNodeInput, "url" | "does" | "subject">,
) {
  const order = makeOrder(database, schema);
  const plan = faultsFromText(faults);
  const flows = await openFlows({
    database,
    node,
    flows: [order, idle],
    leaseMs: CALM_MS,
    faults: plan,
  });
  return { flows, order };
}

/** Every event under an id of its own: whoever comes again sends the same. */
export async function followOrder(
  { flows, order }: { flows: Flows; order: ReturnType<typeof makeOrder> },
  subject: string,
): Promise<unknown> {
  const orders = flows.machine(order);
  const { run } = await orders.start(subject, 0);
  for (const event of EVENTS) {
    const sent = await orders.send(subject, event, { id: `${subject}/${event}` });
    if (!sent.taken) throw new Error(`${event} was not taken in ${sent.state}`);
  }
  return flows.run(run).result();
}

async function main(input: MachineNodeInput): Promise<void> {
  const { url, schema, does, subject } = input;
  const database = await openDatabase({ url, schema, poolMax: 6 });
  const opened = await openMachineNode(database, input);
  if (does === "order") await followOrder(opened, subject);
  else {
    const run = await opened.flows.bulk("cancel", { flow: "idle" }, { key: subject });
    await run.result();
  }
  // The point that was named was not come to.
  process.exit(7);
}

const [, script = "", given] = process.argv;
if (script === import.meta.filename && given !== undefined) {
  await main(JSON.parse(given) as MachineNodeInput);
}
