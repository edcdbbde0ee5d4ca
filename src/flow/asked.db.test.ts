/** What is asked of runs, and what wakes them, while they are being let go of; and what can't be done. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { FaultPlan } from "../base/index.ts";
import { flow, type Flows, task } from "./index.ts";
import { idAt, showRunId } from "./run-id.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "./testing/flows.ts";

const SOON = { timeout: 20_000, interval: 50 };
const statusOf = async (flows: Flows, id: string) => (await flows.get(id))?.status;

const waits = flow("waits", {}, async (f) => {
  await f.step("begins", () => 1);
  return f.event("never");
});

test("cancels a run that was asked to pause just before", async () => {
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [waits]);
  for (let nth = 0; nth < 5; nth++) {
    const run = await flows.start(waits, undefined);
    await flows.pause(run.id);
    await flows.cancel(run.id);
    await expect.poll(() => statusOf(flows, run.id), SOON).toBe("cancelled");
  }
});

test("goes on with a run that was resumed just after it was paused", async () => {
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [waits]);
  for (let nth = 0; nth < 5; nth++) {
    const run = await flows.start(waits, undefined);
    await sleep(nth * 10);
    await flows.pause(run.id);
    await flows.resume(run.id);
    await flows.signal(run.id, "never", nth);
    expect(await run.result({ timeoutMs: 20_000 })).toBe(nth);
  }
});

test("answers all who ask the same of a run at once, and a cancel beside them counts", async () => {
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [waits]);
  const run = await flows.start(waits, undefined);
  const asked = [
    ...Array.from({ length: 5 }, () => flows.pause(run.id)),
    ...Array.from({ length: 5 }, () => flows.cancel(run.id)),
    ...Array.from({ length: 5 }, () => flows.pause(run.id)),
  ];
  await Promise.all(asked);
  await expect.poll(() => statusOf(flows, run.id), SOON).toBe("cancelled");
  expect(flows.stats().lane.refusedFlushes).toBe(0);
});

test("leaves a task to its instant when it is paused and resumed, or resumed without having been paused", async () => {
  const opened = await flowDatabase();
  let ran = 0;
  const later = task("later", {}, () => void (ran += 1));
  const begins = flow("begins", {}, () => void (ran += 1));
  const flows = await flowsOn(opened.database, [later, begins]);
  const at = Date.now() + 3_600_000;
  for (const delayed of [later, begins]) {
    const one = await flows.start(delayed, undefined, { at });
    await flows.pause(one.id);
    await expect.poll(() => statusOf(flows, one.id), SOON).toBe("paused");
    await flows.resume(one.id);
    const other = await flows.start(delayed, undefined, { at });
    await flows.resume(other.id);
    for (const { id } of [one, other]) {
      expect(await flows.get(id)).toMatchObject({ status: "waiting", wakeAt: at });
    }
  }
  expect(ran).toBe(0);
});

test("hears what was said while it was paused", async () => {
  const { database } = await flowDatabase();
  const patient = flow("patient", {}, (f) => f.event("go", { timeoutMs: 3_600_000 }));
  const flows = await flowsOn(database, [patient]);
  const run = await flows.start(patient, undefined);
  await expect.poll(() => statusOf(flows, run.id), SOON).toBe("waiting");
  await flows.pause(run.id);
  await flows.signal(run.id, "go", "meanwhile");
  expect(await statusOf(flows, run.id)).toBe("paused");
  await flows.resume(run.id);
  expect(await run.result({ timeoutMs: 20_000 })).toBe("meanwhile");
});

test("counts the losses of a run anew once it was resumed", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [waits]);
  const run = await flows.start(waits, undefined);
  await expect.poll(() => statusOf(flows, run.id), SOON).toBe("waiting");
  await opened.database.transaction((tx) =>
    tx.query(`update "${opened.schema}".flow_live set state = 4, crashes = 5`),
  );
  await flows.resume(run.id);
  expect(await rowsOf(opened, "select crashes from {schema}.flow_live")).toEqual([{ crashes: 0 }]);
});

test("wakes a run whose node dies between letting go of it and looking for what came meanwhile", async () => {
  const opened = await flowDatabase();
  const hears = flow("hears", {}, (f) => f.event("go"));
  const other = await flowNode(opened, "other", []);
  let isSaid = false;
  const faults = new FaultPlan()
    .arm(
      "flow.before_commit",
      async () => {
        // The first unit of the run's own behind its wait is that it is let go of.
        const [wait] = await rowsOf(opened, "select run_id::text as run from {schema}.flow_wait");
        if (wait === undefined || isSaid) return;
        isSaid = true;
        await other.signal(showRunId(BigInt(String(wait["run"]))), "go", "said");
      },
      { onHit: 1, times: 1_000 },
    )
    .arm("flow.left", "throw");
  const dying = await flowNode(opened, "dying", [hears], { faults });
  const run = await dying.start(hears, undefined);
  await expect.poll(() => isSaid, SOON).toBe(true);
  await expect.poll(() => dying.runCount, SOON).toBe(0);
  await dying.close();
  const next = await flowNode(opened, "next", [hears]);
  expect(await next.run(run.id).result({ timeoutMs: 20_000 })).toBe("said");
});

test("hears a signal that another node numbers by a clock that is behind", async () => {
  const opened = await flowDatabase();
  const hears = flow("hears", {}, (f) => f.event("go"));
  const flows = await flowsOn(opened.database, [hears]);
  const run = await flows.start(hears, undefined);
  const behind = idAt(Date.now() - 1_000);
  await opened.database.transaction((tx) =>
    tx.query(
      `insert into "${opened.schema}".flow_event (event_id, name, match, payload, at)
        values (${behind}, 'go', '${run.id}', '1', now())`,
    ),
  );
  expect(await run.result({ timeoutMs: 20_000 })).toBe(1);
});

test("says of a run that is to be cancelled, but whose code has changed, that nothing was undone and what to do", async () => {
  const opened = await flowDatabase();
  const world: string[] = [];
  const versionOf = (name: string) =>
    flow("changes", {}, async (f) => {
      const undo = async (): Promise<void> => void world.push(`${name} undone`);
      await f.step("first", () => world.push("first"), {
        undo: async () => void world.push("first undone"),
      });
      await f.step(name, () => world.push(name), { undo });
      await f.event("go");
    });
  const before = await flowNode(opened, "before", [versionOf("charge")]);
  const run = await before.start(versionOf("charge"), undefined);
  await expect.poll(() => statusOf(before, run.id), SOON).toBe("waiting");
  await before.close();
  const after = await flowNode(opened, "after", [versionOf("charges")]);
  await after.cancel(run.id);
  await expect.poll(() => statusOf(after, run.id), SOON).toBe("parked");
  const [trouble] = await after.troubles(run.id);
  expect(trouble?.error).toMatchObject({ code: "flow.cancel_mismatch" });
  expect(world).toEqual(["first", "charge"]);
  // Somebody refunds the charge by hand, and says so.
  await after.retry(run.id, { from: "charge" });
  await expect.poll(() => statusOf(after, run.id), SOON).toBe("cancelled");
  expect(world).toEqual(["first", "charge", "first undone"]);
});

test("starts by name once for a while, also a task that only others serve", async () => {
  const opened = await flowDatabase();
  const later = task("later", {}, () => 1);
  await flowNode(opened, "serves", [later]);
  const other = await flowNode(opened, "other", []);
  const once = { dedupe: { key: "k", windowMs: 60_000 } };
  const first = await other.startNamed("later", undefined, once);
  const again = await other.startNamed("later", undefined, once);
  expect([first.created, again]).toMatchObject([true, { id: first.id, created: false }]);
  const brief = { dedupe: { key: "brief", windowMs: 1 } };
  const one = await other.startNamed("later", undefined, brief);
  // A node knows the database's clock to some milliseconds, a busy one to more.
  let next = one;
  const isNew = async () => {
    next = await other.startNamed("later", undefined, brief);
    return [next.created, next.id === one.id];
  };
  await expect.poll(isNew, SOON).toEqual([true, false]);
  expect(await next.result({ timeoutMs: 20_000 })).toBe(1);
});

test("refuses to signal a run that has ended, and says a repeat as it was said before", async () => {
  const { database } = await flowDatabase();
  const hears = flow("hears", {}, (f) => f.event("go"));
  const flows = await flowsOn(database, [hears]);
  const run = await flows.start(hears, undefined);
  const options = { once: { caller: "ann", name: "first" } };
  expect(await flows.signal(run.id, "go", 1, options)).toBe("now");
  expect(await run.result({ timeoutMs: 20_000 })).toBe(1);
  await expect(flows.signal(run.id, "go", 2)).rejects.toMatchObject({ code: "flow.run_ended" });
  expect(await flows.signal(run.id, "go", 1, options)).toBe("before");
});

test("P8: keeps who asked a run to stop, stay, go on or try again, in which request and why", async () => {
  const { database } = await flowDatabase();
  let fails = true;
  const shaky = flow("shaky", {}, async (f) => {
    await f.event("go");
    const once = { retry: { attempts: 1 } };
    const charge = () => {
      if (fails) throw new Error("the card was refused");
    };
    await f.step("charge", charge, once);
  });
  const flows = await flowsOn(database, [shaky, waits]);
  const ann = { by: "ann/k1", request: "4bf9@127.0.0.1" };
  const run = await flows.start(shaky, undefined);
  await flows.pause(run.id, { ...ann, reason: "the channel is down" });
  await flows.resume(run.id, ann);
  await flows.signal(run.id, "go");
  await expect.poll(() => statusOf(flows, run.id), SOON).toMatch(/^(failed|parked)$/);
  fails = false;
  await flows.retry(run.id, { ...ann, preview: true });
  await flows.retry(run.id, { ...ann, reason: "the card is good again" });
  await run.result({ timeoutMs: 20_000 });
  const asked = (await flows.troubles(run.id)).filter(({ kind }) => kind === "asked");
  expect(asked.map(({ error, by, request }) => [error.name, error.message, by, request])).toEqual([
    ["retry", "the card is good again", ann.by, ann.request],
    ["resume", "", ann.by, ann.request],
    ["pause", "the channel is down", ann.by, ann.request],
  ]);
  // What was refused was not done, and says nothing.
  await expect(flows.cancel(run.id, ann)).rejects.toMatchObject({ code: "flow.run_ended" });
  expect((await flows.troubles(run.id)).filter(({ kind }) => kind === "asked")).toHaveLength(3);
  const other = await flows.start(waits, undefined);
  await flows.cancel(other.id, { by: "bob/k2", reason: "ordered twice" });
  await expect.poll(() => statusOf(flows, other.id), SOON).toBe("cancelled");
  expect(await flows.troubles(other.id)).toMatchObject([{ kind: "asked", by: "bob/k2" }]);
  await expect(flows.pause(other.id, { by: "a\u0000b" })).rejects.toMatchObject({
    code: "flow.name_malformed",
  });
});
