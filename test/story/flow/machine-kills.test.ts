/** Nodes that are killed in the middle of state machines, and of verbs for many runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { flowMigrations } from "longmen/flow";
import { openDatabase, postgresMigrations } from "longmen/postgres";
import { shelfMigrations, testDatabase, sampleOf } from "../../../src/postgres/testing.ts";
import { followOrder, type MachineNodeInput, openMachineNode } from "./machine-node.ts";
import { rowsOf } from "./start-flow-node.ts";

const script = fileURLToPath(new URL("machine-node.ts", import.meta.url));

/** Runs until it has killed itself; 7: it came to its end. */
async function crash(input: MachineNodeInput): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--conditions=longmen-source", script, JSON.stringify(input)],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "exit");
  return child.signalCode ?? String(child.exitCode);
}

const opened = () =>
  testDatabase({ migrations: [postgresMigrations, flowMigrations, shelfMigrations], poolMax: 8 });

/** An order has fewer commits, the node's own among them; a busy machine adds some, of nodes that it takes over from. */
const HITS_MAX = 60;

test.each(sampleOf(["flow.before_commit", "flow.after_commit"]))(
  "P1 P2 P5: killed %s, at each of them, a machine takes each event once and takes back all it did",
  async (point) => {
    const there = await opened();
    const { url, schema } = there;
    const came = new Set<string>();
    const one = async (hit: number): Promise<void> => {
      const subject = `order-${hit}`;
      const node = `node-${hit}`;
      const faults = `${point}=kill@${hit}`;
      came.add(await crash({ url, schema, node, faults, does: "order", subject }));
      const database = await openDatabase({ url, schema, poolMax: 4 });
      onTestFinished(() => database.close());
      const again = await openMachineNode(database, { schema, node, faults: "" });
      const end = { state: "cancelled", data: 111 };
      expect(await followOrder(again, subject)).toEqual(end);
      await again.flows.close();
    };
    // At each of them, up to behind the end.
    let hits = 0;
    while (!came.has("7")) {
      expect(hits).toBeLessThan(HITS_MAX);
      await Promise.all([one(hits + 1), one(hits + 2)]);
      hits += 2;
    }
    expect(came).toEqual(new Set(["SIGKILL", "7"]));
    const did = await rowsOf(
      there,
      `select split_part(name, '|', 2) as did, count(*)::int4 as n from {schema}.test_shelf group by 1 order by 1`,
    );
    const each = (word: string) => ({ did: word, n: hits });
    expect(did).toEqual(["charge", "recall", "refund", "release", "reserve", "send"].map(each));
    const taken = await rowsOf(
      there,
      `select name, count(*)::int4 as n from {schema}.flow_machine_event
       where name <> 'charged' group by name order by name`,
    );
    expect(taken).toEqual(["cancel", "pay", "ship"].map((name) => ({ name, n: hits })));
    expect(await rowsOf(there, "select * from {schema}.flow_live")).toEqual([]);
    expect(await rowsOf(there, "select * from {schema}.flow_wait")).toEqual([]);
  },
);

test("P1 P5: killed in the middle, a verb for many runs goes on where it was", async () => {
  const there = await opened();
  const { url, schema, database } = there;
  const node = "node-1";
  const { flows } = await openMachineNode(database, { schema, node, faults: "" });
  await flows.close();
  await rowsOf(
    there,
    `with made as materialized (
      select (((extract(epoch from now()) * 1000)::int8 - 1767225600001 - n / 100) << 22) + n % 100 as run_id,
        flow from generate_series(1, 5000) as n, {schema}.flow_version where name = 'idle'),
    live as (insert into {schema}.flow_live (run_id, wake_at, flow, owner, epoch, state)
      select run_id, clock_timestamp() + interval '1 day', flow, 0, 0, 3 from made)
    insert into {schema}.flow_run (run_id, flow, created_at) select run_id, flow, now() from made`,
  );
  for (let hit = 3; hit <= 12; hit += 3) {
    const faults = `flow.after_commit=kill@${hit}`;
    expect(await crash({ url, schema, node, faults, does: "bulk", subject: "all" })).toBe(
      "SIGKILL",
    );
  }
  const again = await openMachineNode(database, { schema, node, faults: "" });
  const run = await again.flows.bulk("cancel", { flow: "idle" }, { key: "all" });
  expect(run.created).toBe(false);
  expect(await run.result()).toMatchObject({ phase: "done", counted: 5_000 });
  await again.flows.close();
  const ended = "select count(*)::int4 as n from {schema}.flow_end where outcome = 3";
  expect(await rowsOf(there, ended)).toEqual([{ n: 5_000 }]);
  expect(await rowsOf(there, "select * from {schema}.flow_live")).toEqual([]);
});
