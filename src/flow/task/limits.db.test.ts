/** Limits of groups, rates and keys: counted by what there is, off the path of claims. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readParkedViews } from "../flow.sql.ts";
import { flow, type Flows, task } from "../index.ts";
import { unit } from "../../postgres/index.ts";
import { nodeLane, work as worked } from "../../postgres/testing.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";
import { sweepOld } from "./write-tasks.ts";

/** Counts who is inside, by group. */
function insideCounter() {
  const inside = new Map<string, number>();
  const most = new Map<string, number>();
  return {
    most,
    async during(group: string, ms: number): Promise<void> {
      const now = (inside.get(group) ?? 0) + 1;
      inside.set(group, now);
      most.set(group, Math.max(most.get(group) ?? 0, now));
      await sleep(ms);
      inside.set(group, (inside.get(group) ?? 1) - 1);
    },
  };
}

const grouped = (during: (group: string, n: number) => Promise<void>, perGroup: number) =>
  task(
    "grouped",
    { group: ({ g }: { g: string; n: number }) => g, limits: { perGroup } },
    ({ g, n }) => during(g, n),
  );

test("of a group no more run at once than its limit, over two nodes, and all are done", async () => {
  const opened = await flowDatabase();
  const counter = insideCounter();
  const work = grouped((g) => counter.during(g, 4), 2);
  const one = await flowNode(opened, "one", [work]);
  const two = await flowNode(opened, "two", [work]);
  const nodes: [Flows, Flows] = [one, two];
  const runs = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      nodes[n % 2 === 0 ? 0 : 1].start(work, { g: `g${n % 3}`, n }),
    ),
  );
  await Promise.all(runs.map((run) => run.result({ timeoutMs: 60_000 })));
  expect([...counter.most.values()].every((most) => most <= 2)).toBe(true);
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
}, 70_000);

test("one whose group is full is held, says so, and can be cancelled", async () => {
  const { database } = await flowDatabase();
  const free = Promise.withResolvers<void>();
  const work = grouped(() => free.promise, 1);
  const flows = await flowsOn(database, [work]);
  const first = await flows.start(work, { g: "a", n: 1 });
  await expect.poll(async () => (await flows.get(first.id))?.status).toBe("running");
  const held = await flows.start(work, { g: "a", n: 2 });
  const next = await flows.start(work, { g: "a", n: 3 });
  expect(await flows.get(held.id)).toMatchObject({ status: "held" });
  expect((await flows.list({ status: "held" })).map(({ id }) => id)).toEqual([next.id, held.id]);
  await flows.cancel(held.id);
  await expect(held.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  free.resolve();
  await next.result();
});

test("one that is paused before its door goes back before it", async () => {
  const opened = await flowDatabase();
  const free = Promise.withResolvers<void>();
  const work = grouped(() => free.promise, 1);
  const flows = await flowsOn(opened.database, [work]);
  const first = await flows.start(work, { g: "a", n: 1 });
  await expect.poll(async () => (await flows.get(first.id))?.status).toBe("running");
  const second = await flows.start(work, { g: "a", n: 2 });
  await flows.pause(second.id);
  await expect.poll(async () => (await flows.get(second.id))?.status).toBe("paused");
  await flows.resume(second.id);
  expect(await flows.get(second.id)).toMatchObject({ status: "held" });
  free.resolve();
  await Promise.all([first.result(), second.result()]);
});

test("a rate lets so many through in its time, whichever node asks", async () => {
  const opened = await flowDatabase();
  const limits = { rate: { limit: 5, perMs: 1_500 } };
  const work = task("rated", { limits }, () => undefined);
  const nodes: [Flows, Flows] = [
    await flowNode(opened, "one", [work]),
    await flowNode(opened, "two", [work]),
  ];
  const runs = await Promise.all(
    Array.from({ length: 14 }, (_, n) => nodes[n % 2 === 0 ? 0 : 1].start(work, undefined)),
  );
  await Promise.all(runs.map((run) => run.result({ timeoutMs: 60_000 })));
  // In the order of the database's own marks: no window of the rate's length holds more than its limit.
  const marks = await rowsOf(
    opened,
    `select max(inside)::int4 as most from (
      select sum(n) over (order by at range between interval '1499 milliseconds' preceding
        and current row) as inside from {schema}.flow_let_through) as windows`,
  );
  expect(Number(marks[0]?.["most"])).toBeLessThanOrEqual(5);
}, 70_000);

describe("a hundred thousand held in two groups", () => {
  test("are in no index that claims look at, and are met group by group", async () => {
    const opened = await flowDatabase();
    const free = Promise.withResolvers<void>();
    const work = grouped(() => free.promise, 1);
    const other = task("other", {}, (n: number) => n + 1);
    const flows = await flowsOn(opened.database, [work, other]);
    const full = await Promise.all(["a", "b"].map((g) => flows.start(work, { g, n: 0 })));
    for (const { id } of full) {
      await expect.poll(async () => (await flows.get(id))?.status).toBe("running");
    }
    // As starts write them, in one statement: what is looked at here is what their number does to others.
    await rowsOf(
      opened,
      `insert into {schema}.flow_live (run_id, wake_at, flow, owner, epoch, state, gate)
      select live.run_id + 1000 * n, '2026-01-01', live.flow, 0, 0, 6, live.gate
      from generate_series(1, 50000) as n, {schema}.flow_live as live where live.gate is not null`,
    );
    await rowsOf(opened, "analyze {schema}.flow_live");
    const answers = await Promise.all(
      [1, 2, 3].map(async (n) => (await flows.start(other, n)).result()),
    );
    expect(answers).toEqual([2, 3, 4]);
    const held = await rowsOf(
      opened,
      "select count(*)::int4 as n, count(distinct gate)::int4 as gates from {schema}.flow_live where state = 6",
    );
    expect(held).toEqual([{ n: 100_000, gates: 2 }]);
    const ready = await plan(
      opened,
      `select run_id from {schema}.flow_live where flow = 2 and owner = 0 and state in (1, 7)
        and wake_at <= clock_timestamp() order by priority, wake_at, run_id limit 100`,
    );
    expect(ready.index).toContain("flow_live_ready");
    expect(ready.rows).toBeLessThan(10);
    const gates = await plan(
      opened,
      `with recursive held (gate) as (
        (select gate from {schema}.flow_live where flow = 1 and state = 6 order by gate limit 1)
        union all
        select (select gate from {schema}.flow_live as live where live.flow = 1 and live.state = 6
          and live.gate > held.gate order by live.gate limit 1) from held where held.gate is not null)
      select gate from held where gate is not null`,
    );
    expect(gates.index).toContain("flow_live_held");
    expect(gates.rows).toBeLessThan(10);
    const inside = await plan(
      opened,
      `select 1 from {schema}.flow_live where flow = 1 and gate = (select gate from
        {schema}.flow_live where state = 2 limit 1) and state in (1, 2) limit 1`,
    );
    expect(inside.rows).toBeLessThan(20);
    await rowsOf(opened, "delete from {schema}.flow_live where state = 6");
    free.resolve();
    await Promise.all(full.map((run) => run.result()));
  }, 60_000);
});

test("the few that are parked are listed without walking over the many that are ready", async () => {
  const opened = await flowDatabase();
  const idle = task("idle", {}, () => 1);
  const flows = await flowsOn(opened.database, [idle]);
  await flows.close();
  await rowsOf(
    opened,
    `insert into {schema}.flow_live (run_id, wake_at, flow, owner, epoch, state)
    select n, now(), 1, 0, 0, case when n % 50000 = 1 then 4 else 1 end
    from generate_series(1, 100000) as n`,
  );
  await rowsOf(opened, "analyze {schema}.flow_live");
  const { text } = readParkedViews.compile(opened.schema);
  const [row] = await opened.database.transaction(async (tx) => {
    await tx.query("set local plan_cache_mode = force_generic_plan");
    await tx.query(`prepare parked as ${text}`);
    const asked = "execute parked (9223372036854775807, null, 100)";
    const { rows } = await tx.query(`explain (analyze, format json) ${asked}`);
    await tx.query("deallocate parked");
    return rows;
  });
  expect(scansOf(row).rows).toBeLessThan(10);
});

/** The index scans of a statement and how many rows all of its scans met. */
async function plan(opened: Parameters<typeof rowsOf>[0], text: string) {
  const [row] = await rowsOf(opened, `explain (analyze, format json) ${text}`);
  return scansOf(row);
}

function scansOf(row: Record<string, unknown> | undefined) {
  const nodes: Record<string, unknown>[] = [];
  const walk = (node: Record<string, unknown>): void => {
    nodes.push(node);
    for (const inner of (node["Plans"] as Record<string, unknown>[] | undefined) ?? []) walk(inner);
  };
  const explained = row?.["QUERY PLAN"] as { Plan: Record<string, unknown> }[] | undefined;
  for (const { Plan } of explained ?? []) walk(Plan);
  const scans = nodes.filter((node) => node["Relation Name"] === "flow_live");
  const met = (node: Record<string, unknown>): number =>
    (Number(node["Actual Rows"]) + Number(node["Rows Removed by Filter"] ?? 0)) *
    Number(node["Actual Loops"]);
  return {
    index: scans.map((node) => String(node["Index Name"])).join(" "),
    rows: scans.reduce((sum, node) => sum + met(node), 0),
  };
}

test("a flow's children stand before the door of their group, too", async () => {
  const opened = await flowDatabase();
  const counter = insideCounter();
  const work = grouped((g) => counter.during(g, 3), 1);
  const parent = flow("parent", {}, (f, n: number) => f.child("c", work, { g: "a", n }));
  const flows = await flowsOn(opened.database, [work, parent]);
  const runs = await Promise.all(Array.from({ length: 8 }, (_, n) => flows.start(parent, n)));
  await Promise.all(runs.map((run) => run.result({ timeoutMs: 30_000 })));
  expect(counter.most.get("a")).toBe(1);
});

test("keys whose window is over are swept away, those for ever and those that count stay", async () => {
  const opened = await flowDatabase();
  const plain = task("plain", {}, () => 1);
  const flows = await flowsOn(opened.database, [plain]);
  await flows.start(plain, undefined, { key: "for ever" });
  await flows.start(plain, undefined, { dedupe: { key: "long", windowMs: 60_000 } });
  await flows.start(plain, undefined, { dedupe: { key: "short", windowMs: 1 } });
  await sleep(500);
  const swept = unit("sweep").write(sweepOld, null);
  expect(await nodeLane(opened.database).submit(worked(swept))).toMatchObject({
    status: "committed",
  });
  expect(await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_key")).toEqual([
    { n: 2 },
  ]);
});

describe("a dedupe key", () => {
  const once = task("once", { dedupe: { windowMs: 60_000 } }, (n: number) => n);

  test("is not the same as a key for ever, whatever that is called", async () => {
    const { database } = await flowDatabase();
    const flows = await flowsOn(database, [once]);
    const forEver = await flows.start(once, 1, { key: "dedupe\nk" });
    const forAWhile = await flows.start(once, 2, { dedupe: { key: "k" } });
    expect(forAWhile).toMatchObject({ created: true });
    expect(forAWhile.id).not.toBe(forEver.id);
  });

  test("answers the same task within its window, whatever the input, also after its end", async () => {
    const { database } = await flowDatabase();
    const flows = await flowsOn(database, [once]);
    const first = await flows.start(once, 1, { dedupe: { key: "k" } });
    expect(await first.result()).toBe(1);
    const again = await flows.start(once, 2, { dedupe: { key: "k" } });
    expect(again).toMatchObject({ id: first.id, created: false });
    const other = await flows.start(once, 3, { key: "k" });
    expect(other.created).toBe(true);
  });

  test("is anybody's when its window is over", async () => {
    const { database } = await flowDatabase();
    const flows = await flowsOn(database, [once]);
    const first = await flows.start(once, 1, { dedupe: { key: "k", windowMs: 200 } });
    await sleep(700);
    const next = await flows.start(once, 2, { dedupe: { key: "k", windowMs: 60_000 } });
    expect(next.created).toBe(true);
    expect(next.id).not.toBe(first.id);
    expect((await flows.start(once, 3, { dedupe: { key: "k" } })).id).toBe(next.id);
  });

  test("that twenty ask for at once over two nodes makes one task (P2)", async () => {
    const opened = await flowDatabase();
    const nodes: [Flows, Flows] = [
      await flowNode(opened, "one", [once]),
      await flowNode(opened, "two", [once]),
    ];
    const runs = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        nodes[n % 2 === 0 ? 0 : 1].start(once, n, { dedupe: { key: "k" } }),
      ),
    );
    expect(new Set(runs.map((run) => run.id)).size).toBe(1);
    expect(runs.filter((run) => run.created)).toHaveLength(1);
    await Promise.all(runs.map((run) => run.result()));
    expect(await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_run")).toEqual([
      { n: 1 },
    ]);
  });

  test("and a key for ever, or a window of no time, are refused by name", async () => {
    const { database } = await flowDatabase();
    const plain = task("plain", {}, () => 1);
    const flows = await flowsOn(database, [once, plain]);
    const asked = [
      flows.start(once, 1, { key: "a", dedupe: { key: "b" } }),
      flows.start(plain, undefined, { dedupe: { key: "b" } }),
      flows.start(once, 1, { dedupe: { key: "b", windowMs: -1 } }),
    ];
    for (const one of asked)
      await expect(one).rejects.toMatchObject({ code: "flow.dedupe_malformed" });
  });
});
