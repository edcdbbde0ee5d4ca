/** What a node takes into memory: how much of it, what of it can't be read, and what was lost on the way. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Lane } from "../postgres/index.ts";
import { type TestDatabase, isLong } from "../postgres/testing.ts";
import { type Flow, flow, type Flows, task } from "./index.ts";
import { writtenRooms } from "./migrations.ts";
import { readRunId } from "./run-id.ts";
import { flowDatabase, flowsOn, rowsOf } from "./testing/flows.ts";

const COUNT = 40;
const UNREADABLE = `input = '{"$":"bigint","v":"1.5"}'`;
const byState = (opened: TestDatabase) =>
  rowsOf(opened, "select state, count(*)::int4 as n from {schema}.flow_live group by 1");

/** Rows of runs that are changed before anybody sees them. */
async function enqueued(
  { database, schema }: TestDatabase,
  flows: Flows,
  of: Flow<undefined, unknown>,
  change: (ids: readonly string[]) => string,
): Promise<readonly string[]> {
  return database.transaction(async (tx) => {
    const ids: string[] = [];
    for (let n = 0; n < COUNT; n++) ids.push((await flows.startIn(tx, of, undefined)).id);
    await tx.query(change(ids).replaceAll("{schema}", schema));
    return ids;
  });
}

test.each([
  ["run", flow("work", {}, (f) => f.step("a", () => 1))],
  ["task", task("work", { concurrency: 50 }, () => 1)],
])("one %s that can't be read is parked, and those claimed with it go on", async (_, work) => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [work]);
  const spoil = (ids: readonly string[]) =>
    `update {schema}.flow_run set ${UNREADABLE} where run_id = ${readRunId(ids[20] ?? "")}`;
  const ids = await enqueued(opened, flows, work, spoil);
  await expect.poll(() => byState(opened), { timeout: 20_000 }).toEqual([{ state: 4, n: 1 }]);
  expect(await flows.troubles(ids[20] ?? "")).toMatchObject([
    { kind: "parked", error: { code: "flow.run_unreadable" } },
  ]);
});

test.runIf(isLong)(
  "a start that was committed and never told of is found, and done",
  async () => {
    const opened = await flowDatabase();
    const work = flow("work", {}, (f) => f.step("a", () => 1));
    const flows = await flowsOn(opened.database, [work]);
    const start = await flows.starting(work, undefined, { here: true });
    const lane = new Lane<never, never>({
      name: "theirs",
      database: opened.database,
      rooms: writtenRooms,
    });
    onTestFinished(() => lane.close());
    const unit = { key: "theirs", posting: undefined, guards: [], context: undefined };
    await lane.submit({ ...unit, writes: start.uses });
    expect(await flows.run(start.id).result({ timeoutMs: 50_000 })).toBe(1);
    // Told of late, and done once.
    start.committed();
    await sleep(200);
    expect(await byState(opened)).toEqual([]);
    expect(flows.runCount).toBe(0);
  },
  60_000,
);

test("no more runs come into memory than a node may hold, though all fall due at once", async () => {
  const opened = await flowDatabase();
  let most = 0;
  const work = flow("work", {}, (f) =>
    f.step("a", async () => {
      most = Math.max(most, flows.runCount);
      await sleep(50);
    }),
  );
  const flows = await flowsOn(opened.database, [work], { runsMax: 5 });
  await enqueued(
    opened,
    flows,
    work,
    () =>
      "update {schema}.flow_live set state = 3, wake_at = clock_timestamp() + interval '6 seconds'",
  );
  await expect.poll(() => byState(opened), { timeout: 40_000 }).toEqual([]);
  expect(most).toBeLessThanOrEqual(5);
}, 60_000);

test.runIf(isLong)(
  "of runs that were lost three times in a row a node has one at a time",
  async () => {
    const opened = await flowDatabase();
    let now = 0;
    let most = 0;
    const work = flow("work", {}, (f) =>
      f.step("a", async () => {
        now += 1;
        most = Math.max(most, now);
        await sleep(5);
        now -= 1;
      }),
    );
    const flows = await flowsOn(opened.database, [work]);
    const suspect = (ids: readonly string[]) =>
      `update {schema}.flow_live set crashes = 3 where run_id in (${ids.slice(0, 8).map(readRunId).join()})`;
    const ids = await enqueued(opened, flows, work, suspect);
    for (const id of ids.slice(8)) await flows.run(id).result();
    most = 0;
    await expect.poll(() => byState(opened), { timeout: 60_000 }).toEqual([]);
    expect(most).toBeLessThanOrEqual(1);
  },
  90_000,
);

test("who waits for a run's end hears of its node's", async () => {
  const opened = await flowDatabase();
  const waits = flow("waits", {}, (f) => f.event("never"));
  const flows = await flowsOn(opened.database, [waits]);
  const run = await flows.start(waits, undefined);
  await expect.poll(() => flows.runCount, { timeout: 20_000 }).toBe(0);
  const came = run.result().catch((error: unknown) => error);
  await flows.close();
  expect(await came).toMatchObject({ code: "flow.closed" });
});
