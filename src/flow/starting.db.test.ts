/** Starts that ride in a unit of somebody else's lane. */
import { describe, expect, test } from "vitest";
import { unit, type UnitAnswer } from "../postgres/index.ts";
import { insertShelves, nodeLane, type TestDatabase, work } from "../postgres/testing.ts";
import { flow, type Flows, type StartToBe } from "./index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "./testing/flows.ts";

const double = flow("double", {}, (f, n: number) => f.step("twice", () => n * 2));

/** A lane of another room, with a row of its own beside the start. */
function shelfLane({ database }: TestDatabase) {
  const lane = nodeLane(database);
  return (name: string, ...starts: StartToBe[]): Promise<UnitAnswer<never>> => {
    const row = unit(name).write(insertShelves, { name, quantity: 1n });
    const writes = [...row.writes, ...starts.flatMap(({ uses }) => uses)];
    return lane.submit(work({ ...row, writes }));
  };
}

const counts = (opened: TestDatabase) =>
  rowsOf(
    opened,
    `select (select count(*)::int4 from {schema}.test_shelf) as shelves,
      (select count(*)::int4 from {schema}.flow_run) as runs,
      (select count(*)::int4 from {schema}.flow_key) as keys`,
  );

test("a start in another lane's unit is there with its commit, and runs", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [double]);
  const start = await flows.starting(double, 4, { key: "k", by: "ann", request: "r" });
  expect(await start.stands()).toBe(false);
  expect(await flows.get(start.id)).toBeUndefined();
  expect(await shelfLane(opened)("a", start)).toMatchObject({ status: "committed" });
  start.committed();
  expect(await flows.run(start.id).result()).toBe(8);
  expect(await start.stands()).toBe(true);
  expect(await flows.get(start.id)).toMatchObject({ status: "done", by: "ann", request: "r" });
});

test("many units of a lane start their runs in one flush, each its own", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [double]);
  const put = shelfLane(opened);
  const starts = await Promise.all(
    Array.from({ length: 200 }, (_, n) => flows.starting(double, n, { key: `k${n}` })),
  );
  const under = starts.map((start, n) => put(`s${n}`, start));
  expect((await Promise.all(under)).map(({ status }) => status)).not.toContain("conflict");
  starts[0]?.committed();
  const answers = await Promise.all(starts.map(({ id }) => flows.run(id).result()));
  expect(answers).toEqual(starts.map((_, n) => n * 2));
});

test("a unit that is refused leaves no run, and the neighbour's stands", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [double]);
  const put = shelfLane(opened);
  await put("taken");
  const [lost, kept] = [await flows.starting(double, 1), await flows.starting(double, 2)];
  const came = await Promise.all([put("taken", lost), put("free", kept)]);
  expect(came).toMatchObject([{ status: "conflict", by: "shelf.insert" }, { status: "committed" }]);
  kept.committed();
  expect(await flows.run(kept.id).result()).toBe(4);
  expect(await lost.stands()).toBe(false);
  expect(await counts(opened)).toEqual([{ shelves: 2, runs: 1, keys: 0 }]);
});

describe("with a key that a run has", () => {
  const again = async (input: number) => {
    const opened = await flowDatabase();
    const flows: Flows = await flowsOn(opened.database, [double]);
    const put = shelfLane(opened);
    const first = await flows.starting(double, 3, { key: "k" });
    await put("a", first);
    const second = await flows.starting(double, input, { key: "k" });
    const came = await put("b", second);
    return { opened, first, second, came };
  };

  test("the unit is refused whole, and is told whose the key is", async () => {
    const { opened, first, second, came } = await again(3);
    expect(came).toEqual({ status: "conflict", by: "flow.insert_key" });
    expect(await second.taken()).toBe(first.id);
    expect(await second.stands()).toBe(false);
    expect(await counts(opened)).toEqual([{ shelves: 1, runs: 1, keys: 1 }]);
  });

  test("and another input the key is refused by name", async () => {
    const { second, came } = await again(4);
    expect(came).toMatchObject({ status: "conflict" });
    await expect(second.taken()).rejects.toMatchObject({ code: "flow.key_reused" });
  });
});

test("nobody who enqueues needs a lease, and any node that serves the flow takes the run", async () => {
  const opened = await flowDatabase();
  const first = await flowsOn(opened.database, [double]);
  const start = await first.starting(double, 5, { at: new Date(Date.now() + 300) });
  await first.close();
  expect(await shelfLane(opened)("a", start)).toMatchObject({ status: "committed" });
  const second = await flowNode(opened, "node-2", [double]);
  expect(await second.run(start.id).result()).toBe(10);
});
