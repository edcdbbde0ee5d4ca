/** Verbs for many tasks: in line, held before a door, waiting for a day, running, dead. */
import { expect, test } from "vitest";
import { type Flows, task } from "../index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";

const SLOW = { timeout: 20_000 };
const DAY_MS = 86_400_000;

interface Mail {
  readonly to: string;
  readonly n: number;
  readonly kind?: string;
}

/** Mails that nobody sends while the door is shut, at most two to one person at once. */
function mailTask() {
  const door = Promise.withResolvers<void>();
  const inside = new Map<string, number>();
  const seen = { begun: 0, most: 0, sent: [] as number[], broken: false, aborted: 0 };
  const mail = task(
    "mail",
    { group: ({ to }: Mail) => to, limits: { perGroup: 2 }, retry: { attempts: 1 } },
    async ({ to, n }, { signal }) => {
      seen.begun += 1;
      const now = (inside.get(to) ?? 0) + 1;
      inside.set(to, now);
      seen.most = Math.max(seen.most, now);
      signal.addEventListener("abort", () => (seen.aborted += 1), { once: true });
      await door.promise;
      inside.set(to, (inside.get(to) ?? 1) - 1);
      if (seen.broken) throw new Error("broken");
      seen.sent.push(n);
    },
  );
  return { mail, door, seen };
}

const statesOf = async (opened: Parameters<typeof rowsOf>[0]) => {
  const rows = await rowsOf(
    opened,
    "select state::int4 as state, count(*)::int4 as n from {schema}.flow_live where asked = 0 group by state",
  );
  return Object.fromEntries(rows.map(({ state, n }) => [Number(state), Number(n)]));
};

async function startMany(flows: Flows, of: ReturnType<typeof mailTask>["mail"], at?: number) {
  const inputs = Array.from({ length: 40 }, (_, n) => ({
    to: n % 2 === 0 ? "ann" : "bob",
    n,
    ...(n % 4 === 0 ? { kind: "vip" } : {}),
  }));
  return Promise.all(inputs.map((input) => flows.start(of, input, at === undefined ? {} : { at })));
}

test("held, waiting and running tasks are paused and go on, two of a group at once", async () => {
  const opened = await flowDatabase();
  const { mail, door, seen } = mailTask();
  const flows = await flowsOn(opened.database, [mail]);
  const runs = await startMany(flows, mail);
  // A task that is claimed but has not begun is paused like any other.
  await expect.poll(() => seen.begun, SLOW).toBe(4);
  expect((await statesOf(opened))[2]).toBe(4);
  const late = await flows.start(mail, { to: "ann", n: 99 }, { at: Date.now() + DAY_MS });
  expect(await flows.countFor("pause", { flow: "mail" })).toBe(41);
  await (await flows.bulk("pause", { flow: "mail" })).result();
  // Those that run end: nobody stops a handler for a pause.
  expect((await statesOf(opened))[5]).toBe(37);
  door.resolve();
  await expect.poll(() => seen.sent.length, SLOW).toBe(4);
  expect(await flows.countFor("resume", { flow: "mail", status: "paused" })).toBe(37);
  await (await flows.bulk("resume", { flow: "mail" })).result();
  await Promise.all(runs.map((run) => run.result({ timeoutMs: 60_000 })));
  expect(seen.most).toBe(2);
  expect(seen.sent.toSorted((a, b) => a - b)).toEqual([...Array(40).keys()]);
  // What has its time a day ahead keeps it.
  expect((await flows.get(late.id))?.status).toBe("waiting");
}, 90_000);

test("tasks that have not begun are cancelled without a node that serves them, by what is in their input", async () => {
  const opened = await flowDatabase();
  const { mail, seen, door } = mailTask();
  const serving = await flowNode(opened, "serving", [mail]);
  const runs = await startMany(serving, mail, Date.now() + DAY_MS);
  await serving.close();
  const flows = await flowsOn(opened.database, []);
  const meant = { flow: "mail", input: { kind: "vip" } };
  expect(await (await flows.bulk("cancel", meant)).result()).toMatchObject({ asked: 10 });
  expect(await statesOf(opened)).toEqual({ 3: 30 });
  for (const [n, run] of runs.entries()) {
    const status = (await flows.get(run.id))?.status;
    expect(status).toBe(n % 4 === 0 ? "cancelled" : "waiting");
  }
  expect(await (await flows.bulk("cancel", meant)).result()).toMatchObject({ counted: 0 });
  door.resolve();
  expect(seen.sent).toEqual([]);
});

test("held and running ones are cancelled: handlers hear it, and their group has room again", async () => {
  const opened = await flowDatabase();
  const { mail, door, seen } = mailTask();
  const flows = await flowsOn(opened.database, [mail]);
  const runs = await startMany(flows, mail);
  await expect.poll(() => seen.begun, SLOW).toBe(4);
  await (await flows.bulk("cancel", { flow: "mail" })).result();
  for (const run of runs) {
    await expect(run.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  }
  expect(seen.aborted).toBe(4);
  expect(await rowsOf(opened, "select * from {schema}.flow_dead")).toEqual([]);
  door.resolve();
  const next = await flows.start(mail, { to: "ann", n: 100 });
  await next.result();
  expect(seen.sent).toContain(100);
  const [counted] = await flows.tally({ flow: "mail", since: Date.now() - 120_000 });
  expect(counted?.cancelled).toBeLessThanOrEqual(40);
}, 90_000);

test("the dead are redriven by what is in their input, under their limits, once; the others stay dead", async () => {
  const opened = await flowDatabase();
  const { mail, door, seen } = mailTask();
  door.resolve();
  seen.broken = true;
  const flows = await flowsOn(opened.database, [mail]);
  const runs = await startMany(flows, mail);
  await Promise.allSettled(runs.map((run) => run.result({ timeoutMs: 60_000 })));
  expect(await flows.tasks.dead()).toHaveLength(40);
  seen.broken = false;
  seen.most = 0;
  const meant = { flow: "mail", input: { kind: "vip" } };
  expect(await flows.countFor("redrive", meant)).toBe(10);
  const both = await Promise.all([flows.bulk("redrive", meant), flows.bulk("retry", meant)]);
  await Promise.all(both.map((run) => run.result()));
  await expect.poll(() => seen.sent.length, SLOW).toBe(10);
  await expect.poll(async () => (await flows.tasks.dead()).length, SLOW).toBe(30);
  expect(seen.sent.toSorted((a, b) => a - b)).toEqual(runs.flatMap((_, n) => (n % 4 ? [] : [n])));
  expect(seen.most).toBeLessThanOrEqual(2);
  for (const [n, run] of runs.entries()) {
    expect((await flows.get(run.id))?.status).toBe(n % 4 === 0 ? "done" : "failed");
  }
  // The rest by the dead's own list, which looks at nothing else.
  expect(await flows.tasks.redriveAll("mail")).toEqual({ redriven: 30 });
  await expect.poll(() => seen.sent.length, SLOW).toBe(40);
  await expect.poll(() => statesOf(opened), SLOW).toEqual({});
  expect(await flows.tasks.dead()).toEqual([]);
}, 90_000);
