/** Limits hold whoever starts a task, and groups that wait are known by their names. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { task } from "../index.ts";
import { unit } from "../../postgres/index.ts";
import { nodeLane, work as worked } from "../../postgres/testing.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";
import { sweepOld } from "./write-tasks.ts";

const SLOW = { timeout: 20_000 };

interface Mail {
  readonly to: string;
  readonly n: number;
}

function mailTask(perGroup: number) {
  const inside = new Map<string, number>();
  const seen = { most: 0, done: [] as number[] };
  const work = task("mail", { group: ({ to }: Mail) => to, limits: { perGroup } }, async (mail) => {
    const now = (inside.get(mail.to) ?? 0) + 1;
    inside.set(mail.to, now);
    seen.most = Math.max(seen.most, now);
    await sleep(5);
    inside.set(mail.to, now - 1);
    seen.done.push(mail.n);
  });
  return { work, seen };
}

test("a task started by name where it is not served stands before its group's door", async () => {
  const opened = await flowDatabase();
  const { work, seen } = mailTask(1);
  const away = await flowsOn(opened.database, []);
  const serving = await flowNode(opened, "serving", [work]);
  const runs = await Promise.all(
    Array.from({ length: 30 }, (_, n) => away.startNamed("mail", { to: "a", n })),
  );
  await Promise.all(runs.map(({ id }) => serving.run(id).result({ timeoutMs: 60_000 })));
  expect(seen.most).toBe(1);
  expect(seen.done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
}, 90_000);

test("forks of a task stand before the door of their group", async () => {
  const opened = await flowDatabase();
  const { work, seen } = mailTask(1);
  const flows = await flowsOn(opened.database, [work]);
  const first = await flows.start(work, { to: "a", n: 0 });
  await first.result();
  const forks = await Promise.all(
    Array.from({ length: 12 }, (_, n) => flows.fork(first.id, { input: { to: "a", n: n + 1 } })),
  );
  for (const { run } of forks) await run?.result({ timeoutMs: 60_000 });
  expect(seen.done).toHaveLength(13);
  expect(seen.most).toBe(1);
}, 90_000);

test("a rate holds for what was started where nobody knows of it", async () => {
  const opened = await flowDatabase();
  const rated = task("rated", { limits: { rate: { limit: 4, perMs: 1_000 } } }, () => undefined);
  const away = await flowsOn(opened.database, []);
  const serving = await flowNode(opened, "serving", [rated]);
  const runs = await Promise.all(
    Array.from({ length: 10 }, () => away.startNamed("rated", undefined)),
  );
  await Promise.all(runs.map(({ id }) => serving.run(id).result({ timeoutMs: 60_000 })));
  const [windows] = await rowsOf(
    opened,
    `select max(inside)::int4 as most, max(total)::int4 as total from (
      select sum(n) over (order by at range between interval '999 milliseconds' preceding
        and current row) as inside, sum(n) over () as total from {schema}.flow_let_through) as windows`,
  );
  expect(Number(windows?.["most"])).toBeLessThanOrEqual(4);
  expect(Number(windows?.["total"])).toBeGreaterThan(0);
}, 90_000);

test("a group that can't be told fails its task by name, and stops no other", async () => {
  const opened = await flowDatabase();
  const did: unknown[] = [];
  const group = ({ to }: Mail): string => {
    if (to === "nobody") throw new Error("no such person");
    return to;
  };
  const work = task("mail", { group, limits: { perGroup: 1 } }, ({ to }) => void did.push(to));
  const away = await flowsOn(opened.database, []);
  const serving = await flowNode(opened, "serving", [work]);
  const bad = await away.startNamed("mail", { to: "nobody", n: 1 });
  const good = await away.startNamed("mail", { to: "a", n: 1 });
  await serving.run(good.id).result();
  await expect(serving.run(bad.id).result()).rejects.toThrow("its group can't be told");
  expect(did).toEqual(["a"]);
  expect((await serving.tasks.dead()).map(({ id }) => id)).toEqual([bad.id]);
});

test("one that is cancelled or paused before it was judged is so, and resumed goes before the door", async () => {
  const opened = await flowDatabase();
  const { work, seen } = mailTask(1);
  const away = await flowsOn(opened.database, []);
  const known = await flowNode(opened, "serving", [work]);
  await known.close();
  const [one, two] = [
    await away.startNamed("mail", { to: "a", n: 1 }),
    await away.startNamed("mail", { to: "a", n: 2 }),
  ];
  await away.cancel(one.id);
  await away.pause(two.id);
  const serving = await flowNode(opened, "serving", [work]);
  await expect(serving.run(one.id).result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  await expect.poll(async () => (await away.get(two.id))?.status, SLOW).toBe("paused");
  await away.resume(two.id);
  await serving.run(two.id).result();
  expect(seen.done).toEqual([2]);
});

test("groups that wait are listed by their names, page by page, and forgotten when they don't", async () => {
  const opened = await flowDatabase();
  const free = Promise.withResolvers<void>();
  const work = task("mail", { group: ({ to }: Mail) => to, limits: { perGroup: 1 } }, async () => {
    await free.promise;
  });
  const flows = await flowsOn(opened.database, [work]);
  expect(await flows.tasks.groups("mail")).toEqual([]);
  const all = [];
  for (const to of ["ann", "bob", "cid"]) {
    for (let n = 0; n < 3; n++) all.push(await flows.start(work, { to, n }));
  }
  const names = async () => {
    const groups = await flows.tasks.groups("mail");
    return groups.map(({ group, held, inside }) => `${group} ${held} ${inside}`).toSorted();
  };
  await expect.poll(names, SLOW).toEqual(["ann 2 1", "bob 2 1", "cid 2 1"]);
  const first = await flows.tasks.groups("mail", { limit: 2 });
  const rest = await flows.tasks.groups("mail", { limit: 2, after: first[1]?.at });
  expect([...first, ...rest].map(({ group }) => String(group)).toSorted()).toEqual([
    "ann",
    "bob",
    "cid",
  ]);
  await expect(flows.tasks.groups("letter")).rejects.toMatchObject({ code: "flow.task_missing" });
  await expect(flows.tasks.groups("mail", { after: "x" })).rejects.toMatchObject({
    code: "flow.group_malformed",
  });
  free.resolve();
  await Promise.all(all.map((run) => run.result({ timeoutMs: 60_000 })));
  expect(await flows.tasks.groups("mail")).toEqual([]);
  // It would sweep them itself, in time.
  await flows.close();
  const kept = "select name from {schema}.flow_group order by name";
  expect(await rowsOf(opened, kept)).toHaveLength(3);
  await nodeLane(opened.database).submit(worked(unit("sweep").write(sweepOld, null)));
  expect(await rowsOf(opened, kept)).toEqual([]);
}, 90_000);
