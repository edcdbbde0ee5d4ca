/** What operators do from a terminal: forks, bulk verbs, machines, schedules that are put. */
import { expect, onTestFinished, test } from "vitest";
import { accessMigrations } from "../../access/index.ts";
import { flow, flowMigrations, openFlows } from "../../flow/index.ts";
import { orderMachine, World } from "../../flow/testing.ts";
import { ledgerMigrations } from "../../ledger/index.ts";
import { postgresMigrations } from "../../postgres/index.ts";
import { testDatabase } from "../../postgres/testing.ts";
import { openSchedules, schedule, scheduleMigrations } from "../../schedule/index.ts";
import { runWords } from "../testing/run-words.ts";

let isBroken = true;
const baked = flow("shop.baked", {}, async (f, loaves: bigint) => {
  f.state({ loaves });
  await f.step("dough", () => "kneaded");
  await f.step(
    "oven",
    () => {
      if (isBroken) throw new Error("the oven is cold");
    },
    { retry: { attempts: 1 } },
  );
  return loaves;
});
const waiting = flow("shop.waiting", {}, (f) => f.event("go"));
const nightly = schedule("shop.nightly", { cron: "@daily", to: baked, input: 1n });

async function house() {
  const migrations = [postgresMigrations, ledgerMigrations, accessMigrations];
  const { database, ...at } = await testDatabase({
    migrations: [...migrations, flowMigrations, scheduleMigrations],
  });
  const world = new World();
  const served = [baked, waiting, orderMachine(world)];
  const flows = await openFlows({ database, node: "node-1", flows: served });
  const schedules = await openSchedules({ database, flows, schedules: [nightly] });
  onTestFinished(async () => {
    await schedules.close();
    await flows.close({ drainMs: 500 });
  });
  const longmen = (...words: string[]) =>
    runWords({ databaseUrl: at.url, schema: at.schema }, words);
  const json = async (...words: string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await longmen(...words, "--json");
    expect({ code, err }).toMatchObject({ code: 0 });
    return JSON.parse(out) as Record<string, unknown>;
  };
  return { flows, world, longmen, json };
}

const fits = (text: string) => Math.max(...text.split("\n").map((line) => line.length)) <= 80;

test("a failed run is forked after a preview, and says of itself what it said", async () => {
  const { flows, longmen, json } = await house();
  isBroken = true;
  const run = await flows.start(baked, 3n);
  const { id } = run;
  await expect(run.result()).rejects.toThrow("the oven is cold");
  expect(await json("runs", "state", id)).toMatchObject({ value: { loaves: { $: "bigint" } } });
  const preview = await longmen("runs", "fork", id, "--preview");
  expect(preview.out).toBe(
    "only a preview: nothing is begun\n" +
      "would do itself: oven, and what comes behind\nreuses: dough\n",
  );
  isBroken = false;
  const told = await json("runs", "fork", id, "--run-key", "again");
  expect(told).toMatchObject({ created: true, again: ["oven"], reused: ["dough"] });
  expect(await flows.run(String(told["id"])).result({ timeoutMs: 60_000 })).toBe(3n);
}, 60_000);

test("a bulk verb is counted first, then done and watched; a signal under one name is said once", async () => {
  const { flows, longmen, json } = await house();
  const runs = await flows.startAll(waiting, [undefined, undefined, undefined]);
  const [first = runs[0]] = runs;
  const where = ["--flow", "shop.waiting"];
  expect((await longmen("bulk", "cancel", ...where)).out).toBe(
    "cancel is for 3 runs; with --do it is done\n",
  );
  for (let time = 1; time <= 2; time++) {
    await longmen("runs", "signal", first?.id ?? "", "go", "--payload", "1", "--once", "a");
  }
  expect(await first?.result({ timeoutMs: 60_000 })).toBe(1);
  const done = await json("bulk", "cancel", ...where, "--do", "--bulk-key", "clear");
  expect(done).toMatchObject({ verb: "cancel", status: "done", counted: 2, asked: 2 });
  const id = String(done["id"]);
  expect((await longmen("bulk", "show", id)).out).toBe(`${id}  cancel: 2 of 2 asked, done\n`);
  const ended = await longmen("bulk", "stop", id);
  expect(ended).toMatchObject({ code: 3 });
  expect(ended.err).toContain("(flow.run_ended)");
}, 60_000);

test("a subject is shown with its events, and found among the stuck with what to do", async () => {
  const { flows, world, longmen } = await house();
  world.fails.set("label", Number.POSITIVE_INFINITY);
  const order = flows.machineNamed("order");
  await order.start("4711", { amount: 12n });
  await order.send("4711", "pay", { id: "pay-1", payload: { amount: 12n, by: "ann" } });
  await order.send("4711", "ship");
  const stuck = () => longmen("machines", "stuck", "--machine", "order");
  await expect.poll(async () => (await stuck()).out, { timeout: 25_000 }).toContain("label failed");
  expect(fits((await stuck()).out)).toBe(true);
  const shown = await longmen("machines", "show", "order", "4711");
  expect(shown.out).toContain("state     shipped");
  expect(shown.out).toMatch(/1 {2}pay +created +paid/);
  expect(fits(shown.out)).toBe(true);
  // Its guards are code that the command does not have.
  const sent = await longmen("machines", "send", "order", "4711", "deliver");
  expect(sent.err).toContain("(flow.unknown_flow)");
}, 60_000);

test("a schedule is tried out, put, changed and removed; one of the code's is left to the code", async () => {
  const { longmen, json } = await house();
  const cron = ["--cron", "0 30 2 * * MON-FRI", "--zone", "Europe/Berlin"];
  expect((await longmen("schedules", "preview", ...cron)).out).toContain(
    "plan      every weekday at 02:30, Europe/Berlin\nnext      ",
  );
  const put = ["schedules", "put", "my.nightly", ...cron, "--to", "shop.baked", "--input", "1"];
  expect(await json(...put, "--with", '{"shards":2}')).toMatchObject({ put: "made", shards: 2 });
  expect(await json(...put)).toMatchObject({ put: "changed", shards: 1 });
  expect((await longmen(...put)).out).toContain("my.nightly  unchanged, active, next ");
  const once = ["--at", "2199-01-01T00:00:00Z", "--to", "shop.baked"];
  expect((await longmen("schedules", "put", "my.nightly", ...once)).code).toBe(0);
  expect((await longmen("schedules", "remove", "my.nightly")).code).toBe(0);
  const daily = ["--cron", "0 3 * * *", "--to", "shop.baked"];
  await longmen("schedules", "put", "retail.nightly-verify-all", ...daily);
  const list = (await longmen("schedules", "list")).out;
  expect(list).toMatch(/^retail\.nightly-verify-all {2}0 3 \* \* \* .*shop\.baked/m); // a name to be copied
  expect(fits(list)).toBe(true);
  const theirs = await longmen("schedules", "put", "shop.nightly", ...once);
  expect(theirs.err).toContain("(schedule.defined_in_code)");
  expect((await longmen("schedules", "remove", "shop.nightly")).code).toBe(3);
  expect((await longmen("schedules", "remove", "shop.nightly", "--from-code")).code).toBe(0);
}, 60_000);
