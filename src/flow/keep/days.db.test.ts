/** What is old goes by days; what lives, is dead or has a key stays. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import type { TestDatabase } from "../../postgres/testing.ts";
import { flow, task } from "../index.ts";
import { DAY_MS, idAt, showRunId, tableOfDay } from "../run-id.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";

const SLOW = { timeout: 20_000 };
const TABLES = ["run", "step", "end", "trouble", "event", "state", "machine", "machine_event"];

/** Rows are of today, and of days counted back from it: none of these tests goes on over midnight. */
beforeEach(async () => {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < 30_000) await sleep(leftMs + 1_000);
});

/** Makes today's rows of a run as old as that: its number, and so its tables, are of that day. */
async function moveBack(opened: TestDatabase, id: string, days: number): Promise<string> {
  const runs = await rowsOf(opened, "select run_id::text as run from {schema}.flow_run");
  const from = runs.map((one) => BigInt(String(one["run"]))).find((one) => showRunId(one) === id);
  if (from === undefined) throw new Error(`no run ${id}`);
  const to = from - (BigInt(days * DAY_MS) << 22n);
  await makeDay(opened, to);
  for (const table of ["flow_run", "flow_step", "flow_end", "flow_trouble", "flow_state"]) {
    await rowsOf(opened, `update {schema}.${table} set run_id = ${to} where run_id = ${from}`);
  }
  for (const table of ["flow_live", "flow_key", "flow_dead"]) {
    await rowsOf(opened, `update {schema}.${table} set run_id = ${to} where run_id = ${from}`);
  }
  const said = `update {schema}.flow_wait set run_id = ${to}, match = '${showRunId(to)}'`;
  await rowsOf(opened, `${said} where run_id = ${from}`);
  return showRunId(to);
}

async function makeDay(opened: TestDatabase, id: bigint): Promise<void> {
  const day = `((${id} >> 22) / 86400000)::int4`;
  await rowsOf(opened, `select {schema}.flow_make_days(${day}, ${day})`);
}

/** The days that have a table of runs, counted back from today. */
async function daysOf(opened: TestDatabase, table = "flow_run"): Promise<number[]> {
  const rows = await rowsOf(
    opened,
    `select (now() at time zone 'utc')::date - to_date(right(part.relname, 8), 'YYYYMMDD') as ago
    from pg_inherits join pg_class as part on part.oid = inhrelid
    where inhparent = '{schema}.${table}'::regclass order by 1 desc`,
  );
  return rows.map(({ ago }) => Number(ago)).filter((ago) => ago > 1);
}

const add = flow("add", { version: 1 }, (f, n: number) => f.step("add", () => n + 1));

test("days that are over are dropped with all their tables; younger ones stay", async () => {
  const opened = await flowDatabase();
  const first = await flowsOn(opened.database, [add], { keepDays: 0 });
  const old = await first.start(add, 1);
  const young = await first.start(add, 2);
  await Promise.all([old.result(), young.result()]);
  await first.close();
  const oldId = await moveBack(opened, old.id, 91);
  const youngId = await moveBack(opened, young.id, 90);
  expect(await daysOf(opened)).toEqual([91, 90]);
  const flows = await flowNode(opened, "two", [add]);
  await expect.poll(() => daysOf(opened), SLOW).toEqual([90]);
  for (const table of TABLES) expect(await daysOf(opened, `flow_${table}`)).toEqual([90]);
  expect(await flows.get(oldId)).toBeUndefined();
  await expect(flows.run(oldId).result()).rejects.toMatchObject({ code: "flow.run_forgotten" });
  expect(await flows.run(youngId).result()).toBe(3);
});

test("many days go, whoever is at it at the same time", async () => {
  const opened = await flowDatabase();
  for (const ago of [150, 140, 130, 120]) await makeDay(opened, idAt(Date.now() - ago * DAY_MS));
  const nodes = await Promise.all(
    ["one", "two", "three"].map((name) => flowNode(opened, name, [add])),
  );
  await expect.poll(() => daysOf(opened), SLOW).toEqual([]);
  for (const node of nodes) expect(await (await node.start(add, 1)).result()).toBe(2);
});

test("a failed run that is done again while its day goes lives with its day, or is gone with it", async () => {
  const opened = await flowDatabase();
  let broken = true;
  let doneAgain = 0;
  const shaky = flow("shaky", {}, (f) =>
    f.step(
      "one",
      () => {
        if (broken) throw new Error("broken");
        doneAgain += 1;
        return 1;
      },
      { retry: { attempts: 1 } },
    ),
  );
  const flows = await flowsOn(opened.database, [shaky], { keepDays: 0 });
  const drop = `select {schema}.flow_drop_days(
    floor((extract(epoch from now()) * 1000 - 1767225600000) / 86400000)::int4 - 90, 9)`;
  for (const ago of [100, 101, 102, 103, 104]) {
    broken = true;
    const run = await flows.start(shaky, undefined);
    await expect(run.result()).rejects.toThrow("broken");
    const id = await moveBack(opened, run.id, ago);
    broken = false;
    const [retried] = await Promise.allSettled([flows.retry(id), rowsOf(opened, drop)]);
    if (retried.status === "fulfilled") {
      // Where it was done before the drop came to look, nothing lived any more that holds the day.
      const result = flows.run(id).result();
      expect(await result.catch((error: Error & { code?: string }) => error.code)).toBeOneOf([
        1,
        "flow.run_forgotten",
      ]);
      expect(doneAgain).toBe(1);
      doneAgain = 0;
    } else expect(await flows.get(id)).toBeUndefined();
    expect(await rowsOf(opened, "select run_id from {schema}.flow_live")).toEqual([]);
  }
});

test("for ever is for ever", async () => {
  const opened = await flowDatabase();
  await makeDay(opened, idAt(Date.now() - 200 * DAY_MS));
  const flows = await flowsOn(opened.database, [add], { keepDays: 0 });
  expect(await (await flows.start(add, 1)).result()).toBe(2);
  expect(await daysOf(opened)).toEqual([200]);
});

test("a day of which a run lives or a task is dead stays, until somebody has decided", async () => {
  const opened = await flowDatabase();
  const broken = task("broken", { retry: { attempts: 1 } }, () => {
    throw new Error("broken");
  });
  const waits = flow("waits", {}, async (f) => {
    await f.step("first", () => 1);
    return f.event("go");
  });
  const one = await flowsOn(opened.database, [broken, waits]);
  const dead = await one.start(broken, undefined);
  await expect(dead.result()).rejects.toThrow("broken");
  const living = await one.start(waits, undefined);
  await expect.poll(async () => (await one.get(living.id))?.status, SLOW).toBe("waiting");
  await one.pause(living.id);
  await expect.poll(async () => (await one.get(living.id))?.status, SLOW).toBe("paused");
  await one.close();
  const deadId = await moveBack(opened, dead.id, 120);
  const livingId = await moveBack(opened, living.id, 110);
  await makeDay(opened, idAt(Date.now() - 100 * DAY_MS));
  const two = await flowNode(opened, "two", [broken, waits]);
  await expect.poll(() => daysOf(opened), SLOW).toEqual([120, 110]);
  expect((await two.tasks.dead()).map(({ id }) => id)).toEqual([deadId]);
  await two.resume(livingId);
  await two.signal(livingId, "go", "now");
  expect(await two.run(livingId).result()).toBe("now");
  await two.cancel(deadId).catch(() => undefined);
  await two.close();
  await flowNode(opened, "three", [broken, waits]);
  await expect.poll(() => daysOf(opened), SLOW).toEqual([120]);
});

test("a key outlives its run: it starts nothing a second time (P2)", async () => {
  const opened = await flowDatabase();
  const did: number[] = [];
  const once = flow("once", {}, (f, n: number) => f.step("do", () => void did.push(n)));
  const one = await flowsOn(opened.database, [once]);
  const first = await one.start(once, 1, { key: "k" });
  await first.result();
  await one.close();
  const id = await moveBack(opened, first.id, 95);
  const two = await flowNode(opened, "two", [once]);
  await expect.poll(() => daysOf(opened), SLOW).toEqual([]);
  const again = await two.start(once, 1, { key: "k" });
  expect(again).toMatchObject({ id, created: false });
  await expect(again.result()).rejects.toMatchObject({ code: "flow.run_forgotten" });
  expect(did).toEqual([1]);
});

test("a run that stood still until its child's end was gone fails by name, and does not wait for ever", async () => {
  const opened = await flowDatabase();
  const child = flow("child", {}, (f) => f.event("go"));
  const parent = flow("parent", {}, (f) => f.child("c", child, undefined));
  const one = await flowsOn(opened.database, [parent, child]);
  const run = await one.start(parent, undefined);
  const childOf = async () => (await one.list({ flow: "child" }))[0];
  await expect.poll(async () => (await childOf())?.status, SLOW).toBe("waiting");
  await expect.poll(async () => (await one.get(run.id))?.status, SLOW).toBe("waiting");
  await one.pause(run.id);
  await expect.poll(async () => (await one.get(run.id))?.status, SLOW).toBe("paused");
  const { id } = (await childOf()) ?? { id: "" };
  await one.signal(id, "go", "now");
  await one.run(id).result();
  await one.close();
  const old = await moveBack(opened, id, 100);
  await rowsOf(
    opened,
    `update {schema}.flow_step set result = (select run_id::text from {schema}.flow_run
      where run_id < (select max(run_id) from {schema}.flow_run) limit 1)
      where step like '%~child'`,
  );
  const two = await flowNode(opened, "two", [parent, child]);
  await expect.poll(() => daysOf(opened), SLOW).toEqual([]);
  await two.resume(run.id);
  await expect(two.run(run.id).result()).rejects.toMatchObject({ code: "flow.child_forgotten" });
  expect(await two.get(old)).toBeUndefined();
});

test("tables of tomorrow and the day after are there, of tallies too", async () => {
  const opened = await flowDatabase();
  await flowsOn(opened.database, []);
  for (const days of [0, 1, 2]) {
    for (const table of [...TABLES, "tally"]) {
      const name = tableOfDay(`flow_${table}`, idAt(Date.now() + days * DAY_MS));
      const [row] = await rowsOf(opened, `select to_regclass('{schema}.${name}') as there`);
      expect(row?.["there"]).not.toBeNull();
    }
  }
});

test("tables that have begun to fill are looked at once, so that no plan takes them for empty", async () => {
  const opened = await flowDatabase();
  await (await flowsOn(opened.database, [])).close();
  const today = "((extract(epoch from now()) * 1000 - 1767225600000) / 86400000)::int4";
  const analyze = `select {schema}.flow_analyze_day(${today}) as done`;
  expect(await rowsOf(opened, analyze)).toEqual([{ done: 0 }]);
  await rowsOf(
    opened,
    `insert into {schema}.flow_end (run_id, outcome, result, ended_at)
    select ((${today}::int8 * 86400000) << 22) + n, 1, repeat('x', 100), now()
    from generate_series(1, 2000) as n`,
  );
  expect(await rowsOf(opened, analyze)).toEqual([{ done: 1 }]);
  expect(await rowsOf(opened, analyze)).toEqual([{ done: 0 }]);
});

test("who reads an old day is not waited for, and nothing is dropped under it", async () => {
  const opened = await flowDatabase();
  await makeDay(opened, idAt(Date.now() - 100 * DAY_MS));
  const drop = `select {schema}.flow_drop_days(
    ((extract(epoch from now()) * 1000 - 1767225600000) / 86400000)::int4 - 90, 5) as dropped`;
  await opened.database.transaction(async (tx) => {
    await tx.query(`select count(*) from ${opened.schema}.flow_run`);
    expect(await rowsOf(opened, drop)).toEqual([{ dropped: -1 }]);
  });
  expect(await daysOf(opened)).toEqual([100]);
  expect(await rowsOf(opened, drop)).toEqual([{ dropped: 1 }]);
});

test.each([-1, 1.5, 1e9, Number.NaN])("%s days are refused by name", async (keepDays) => {
  const { database } = await flowDatabase();
  await expect(flowsOn(database, [], { keepDays })).rejects.toMatchObject({
    code: "flow.definition_malformed",
  });
});
