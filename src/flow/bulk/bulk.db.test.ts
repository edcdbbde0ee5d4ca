/** Verbs for many runs. */
import { expect, test } from "vitest";
import type { TestDatabase } from "../../postgres/testing.ts";
import { type BulkWhere, flow } from "../index.ts";
import { flowDatabase, flowsOn, rowsOf } from "../testing/flows.ts";

const TODAY = "(extract(epoch from now()) * 1000)::int8 - 1767225600000";

/** As many runs that are ready as are asked for, of a flow that no node serves. */
async function backlog(opened: TestDatabase, count: number): Promise<void> {
  await rowsOf(opened, `insert into {schema}.flow_version (name, version) values ('mail', 1)`);
  await rowsOf(
    opened,
    `with made as materialized (
      select ((${TODAY} - 1 - n / 100) << 22) + n % 100 as run_id, n, known.flow
      from generate_series(1, ${count}) as n, {schema}.flow_version as known where known.name = 'mail'),
    live as (insert into {schema}.flow_live (run_id, wake_at, flow, owner, epoch, state)
      select run_id, clock_timestamp(), flow, 0, 0, 1 from made)
    insert into {schema}.flow_run (run_id, flow, key, input, created_at)
    select run_id, flow, case when n % 2 = 0 then 'even/' || n end,
      json_build_object('n', n, 'to', json_build_object('kind', case when n % 4 = 0 then 'vip' end)),
      clock_timestamp() from made`,
  );
}

const statesOf = (opened: TestDatabase) =>
  rowsOf(
    opened,
    `select state::int4, count(*)::int4 as n from {schema}.flow_live as live
     join {schema}.flow_version as known using (flow) where name = 'mail' group by state order by state`,
  );

test("200,000 runs are counted by pages, cancelled by short commits, and it says how far it is", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, []);
  await backlog(opened, 200_000);
  const pages: number[] = [];
  const onProgress = (found: number): void => void pages.push(found);
  expect(await flows.countFor("cancel", { flow: "mail" }, { onProgress })).toBe(200_000);
  expect(pages.length).toBeGreaterThan(9);
  expect(await flows.countFor("cancel", { keyPrefix: "even/" })).toBe(100_000);
  expect(await flows.countFor("cancel", { input: { to: { kind: "vip" } } })).toBe(50_000);
  expect(
    await flows.countFor("cancel", { flow: "mail", createdAfter: Date.now() + 3_600_000 }),
  ).toBe(0);
  const run = await flows.bulk("cancel", { flow: "mail", keyPrefix: "even/" }, { key: "all even" });
  const again = await flows.bulk(
    "cancel",
    { flow: "mail", keyPrefix: "even/" },
    { key: "all even" },
  );
  expect(again).toMatchObject({ id: run.id, created: false });
  const done = { verb: "cancel", phase: "done", counted: 100_000, asked: 100_000 };
  expect(await run.result()).toMatchObject(done);
  expect(await flows.query(run.id)).toMatchObject({ value: done });
  expect(await statesOf(opened)).toEqual([{ state: 1, n: 100_000 }]);
  const ended = `select sum(n)::int4 as n, max(n)::int4 as most from (
    select count(*) as n from {schema}.flow_end where outcome = 3 group by xmin::text) as commits`;
  // No commit has more than its share.
  expect(await rowsOf(opened, ended)).toEqual([{ n: 100_000, most: 500 }]);
}, 120_000);

test("pauses, resumes, and leaves alone what is not meant or not so any more", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, []);
  await backlog(opened, 2_000);
  const meant = { flow: "mail", input: { to: { kind: "vip" } } };
  expect(await (await flows.bulk("pause", meant)).result()).toMatchObject({ asked: 500 });
  expect(await statesOf(opened)).toEqual([
    { state: 1, n: 1_500 },
    { state: 5, n: 500 },
  ]);
  expect(await (await flows.bulk("pause", meant)).result()).toMatchObject({ counted: 0 });
  const later = { ...meant, createdBefore: new Date(Date.now() - 86_400_000) };
  expect(await (await flows.bulk("resume", later)).result()).toMatchObject({ asked: 0 });
  expect(await (await flows.bulk("resume", meant)).result()).toMatchObject({ asked: 500 });
  expect(await statesOf(opened)).toEqual([{ state: 1, n: 2_000 }]);
});

test("cancels runs that have begun with what they undo, and does again what failed, or all of it", async () => {
  const did: string[] = [];
  let broken = true;
  const work = flow("work", {}, async (f, n: number) => {
    await f.step("first", () => void did.push(`first ${n}`), {
      undo: async () => void did.push(`no first ${n}`),
    });
    if (n < 2) await f.event("go");
    await f.step(
      "second",
      () => {
        if (broken) throw new Error("broken");
      },
      { retry: { attempts: 1 } },
    );
    return n;
  });
  const plain = flow("plain", {}, async (f, n: number) => {
    await f.step("first", () => void did.push(`plain ${n}`));
    await f.step(
      "second",
      () => {
        if (broken) throw new Error("broken");
      },
      { retry: { attempts: 1 } },
    );
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [work, plain]);
  const waits = await Promise.all([flows.start(work, 0), flows.start(work, 1)]);
  const fails = await Promise.all([flows.start(plain, 2), flows.start(plain, 3)]);
  for (const run of fails) await expect(run.result()).rejects.toThrow("broken");
  await expect.poll(() => did.length, { timeout: 25_000 }).toBe(4);
  await (await flows.bulk("cancel", { flow: "work" })).result();
  for (const run of waits)
    await expect(run.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  expect(did.filter((word) => word.startsWith("no")).toSorted()).toEqual([
    "no first 0",
    "no first 1",
  ]);
  expect(await flows.countFor("retry", { flow: "plain" })).toBe(2);
  broken = false;
  await (await flows.bulk("retry", { flow: "plain", input: undefined, status: "failed" })).result();
  for (const { id } of fails) expect(await flows.run(id).result()).toBeUndefined();
  expect(did.filter((word) => word.startsWith("plain"))).toHaveLength(2);
  broken = true;
  const fourth = await flows.start(plain, 4);
  await expect(fourth.result()).rejects.toThrow("broken");
  broken = false;
  await (await flows.bulk("redrive", { flow: "plain" })).result();
  expect(await flows.run(fourth.id).result()).toBeUndefined();
  expect(did.filter((word) => word === "plain 4")).toHaveLength(2);
});

test.each([
  ["verb", "burn", {}],
  ["flow", "cancel", { flow: "nobody's" }],
  ["status", "cancel", { status: "failed" }],
  ["status", "pause", { status: "parked" }],
  ["createdBefore", "cancel", { createdBefore: Number.NaN }],
  ["keyPrefix", "cancel", { keyPrefix: 5 }],
  ["input", "cancel", { input: "x" }],
  ["flow", "cancel", { version: 2 }],
])("a bad %s is refused by name, and nothing is done", async (field, verb, where) => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, []);
  const refused = { code: "flow.bulk_malformed", details: { field } };
  await expect(flows.bulk(verb as "cancel", where as BulkWhere)).rejects.toMatchObject(refused);
  expect(await rowsOf(opened, "select * from {schema}.flow_run")).toEqual([]);
});
