/** A node that fires, in a process of its own, which may be stopped and killed. It ends when its input does. */
import { faultsFromText } from "longmen/base";
import { flow, openFlows } from "longmen/flow";
import { openDatabase } from "longmen/postgres";
import { type Fire, openSchedules, type Schedules } from "longmen/schedule";
import type { Database } from "longmen/postgres";

export interface ScheduleProcessInput {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
  readonly faults?: string;
  readonly leaseMs?: number;
}

/** What a fire does that can be counted afterwards: a row of its own, exactly once. */
export function shelving(schema: string) {
  return flow("shelve", {}, (f, { schedule, tick, shard, byHand }: Fire) =>
    f.tx("put", async (tx) => {
      const name = `${schedule}/${tick}/${shard}/${byHand}`;
      await tx.query(`insert into ${schema}.test_shelf values ($1, 1, 1)`, [name]);
    }),
  );
}

/** The same, and stays for a while. */
export function lingering(schema: string) {
  return flow("linger", {}, async (f, { schedule, tick, shard, byHand }: Fire) => {
    await f.sleep("stay", 450);
    await f.tx("put", async (tx) => {
      const name = `${schedule}/${tick}/${shard}/${byHand}`;
      await tx.query(`insert into ${schema}.test_shelf values ($1, 1, 1)`, [name]);
    });
  });
}

export interface OpenNode {
  readonly schedules: Schedules;
  close(): Promise<void>;
}

export async function openNode(database: Database, input: ScheduleProcessInput): Promise<OpenNode> {
  const { schema, node, faults = "", leaseMs = 3_000 } = input;
  const definitions = [shelving(schema), lingering(schema)];
  const flows = await openFlows({ database, node, flows: definitions, leaseMs });
  const schedules = await openSchedules({ database, flows, faults: faultsFromText(faults) });
  return {
    schedules,
    close: async () => {
      await schedules.close();
      await flows.close({ drainMs: 3_000 });
    },
  };
}

async function main(input: ScheduleProcessInput): Promise<void> {
  const { url, schema } = input;
  const database = await openDatabase({ url, schema, poolMax: 6 });
  const node = await openNode(database, input);
  process.stdin.resume().on("end", () => {
    void node
      .close()
      .then(() => database.close())
      .then(() => process.exit(0));
  });
  process.stdout.write("open\n");
}

const [, script = "", given] = process.argv;
if (script === import.meta.filename && given !== undefined) {
  await main(JSON.parse(given) as ScheduleProcessInput);
}
