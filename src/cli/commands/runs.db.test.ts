/** `longmen runs` and `longmen leases`, on a database of their own beside a node that works. */
import { expect, onTestFinished, test } from "vitest";
import { accessMigrations } from "../../access/index.ts";
import {
  type AnyFlow,
  flow,
  flowMigrations,
  type Flows,
  openFlows,
  openLeases,
  task,
} from "../../flow/index.ts";
import { ledgerMigrations } from "../../ledger/index.ts";
import { postgresMigrations } from "../../postgres/index.ts";
import { testDatabase } from "../../postgres/testing.ts";
import { runWords } from "../testing/run-words.ts";

let isBroken = true;
const order = flow("order.placed.in.a.shop.with.a.long.name", {}, async (f, input: unknown) => {
  await f.step("reserve", () => "reserved");
  const approved = await f.event("approved");
  await f.step(
    "charge",
    () => {
      if (isBroken) throw new Error("the card is cold");
    },
    { retry: { attempts: 2, baseMs: 1 } },
  );
  return { input, approved };
});

async function house(...flowsToo: AnyFlow[]) {
  const migrations = [postgresMigrations, ledgerMigrations, accessMigrations, flowMigrations];
  const { database, url: databaseUrl, schema } = await testDatabase({ migrations });
  const flows = await openFlows({ database, node: "node-1", flows: [order, ...flowsToo] });
  onTestFinished(() => flows.close({ drainMs: 500 }));
  const longmen = (...words: string[]) => runWords({ databaseUrl, schema }, words);
  const json = async (...words: string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await longmen(...words, "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return JSON.parse(out) as Record<string, unknown>;
  };
  return { database, flows, longmen, json };
}

const fits = (text: string) => Math.max(...text.split("\n").map((line) => line.length)) <= 80;

async function ended(flows: Flows, id: string): Promise<unknown> {
  return flows
    .run(id)
    .result({ timeoutMs: 60_000 })
    .catch((error: unknown) => error);
}

test("a run is started, told, shown, tried again from the command line", async () => {
  const { flows, longmen, json } = await house();
  isBroken = true;
  const input = '{"amount":{"$":"bigint","v":"12"},"lines":[1,2]}';
  const words = ["runs", "start", order.name, "--input", input, "--run-key", "4711"];
  const { id, created } = await json(...words);
  expect(created).toBe(true);
  const again = await longmen(...words);
  expect(again).toMatchObject({ code: 0, out: `${String(id)}  was started before, by this key\n` });
  const other = await longmen(...words.slice(0, 3), "--input", "1", "--run-key", "4711");
  expect(other.code).toBe(3);
  expect(other.err).toContain("(flow.key_reused)");

  const signal = await longmen("runs", "signal", String(id), "approved", "--payload", '"ann"');
  expect(signal.code).toBe(0);
  expect(await ended(flows, String(id))).toMatchObject({ message: "the card is cold" });
  const shown = await longmen("runs", "show", String(id));
  expect(fits(shown.out)).toBe(true);
  for (const text of ["failed", "the card is cold", "reserve", "attempt 1 of charge"]) {
    expect(shown.out).toContain(text);
  }
  expect(await json("runs", "show", String(id))).toMatchObject({
    ...{ status: "failed", input: JSON.parse(input) as unknown },
    steps: expect.arrayContaining([expect.objectContaining({ step: "charge" })]) as unknown,
  });

  const preview = await json("runs", "retry", String(id), "--preview");
  expect(preview).toMatchObject({ again: ["charge"] });
  isBroken = false;
  expect((await longmen("runs", "retry", String(id))).out).toContain("done again: charge");
  expect(await ended(flows, String(id))).toEqual({
    input: { amount: 12n, lines: [1, 2] },
    approved: "ann",
  });
}, 60_000);

test("runs are listed in 80 columns, stopped, and go on; a wrong id is told", async () => {
  const { flows, longmen, json } = await house();
  isBroken = false;
  const runs = [];
  for (let n = 0; n < 3; n++) runs.push(await flows.start(order, n, { key: "k".repeat(90) + n }));
  const [first, second] = runs.map(({ id }) => id);
  const listed = await longmen("runs", "list", "--limit", "2");
  expect(fits(listed.out)).toBe(true);
  expect(listed.err).toContain(`--after ${String(second)}`);
  expect((await longmen("runs", "pause", String(first))).code).toBe(0);
  const paused = () => json("runs", "list", "--status", "paused");
  await expect.poll(paused, { timeout: 60_000 }).toMatchObject({ runs: [{ id: first }] });
  expect((await longmen("runs", "resume", String(first))).code).toBe(0);
  expect((await longmen("runs", "cancel", String(second))).code).toBe(0);
  expect(await ended(flows, String(second))).toMatchObject({ code: "flow.run_cancelled" });
  for (const words of [
    ["show", "r0000000000001"],
    ["cancel", "r0000000000001"],
  ]) {
    const missing = await longmen("runs", ...words);
    expect(missing.code).toBe(3);
    expect(missing.err).toContain("(flow.run_missing)");
  }
  expect((await longmen("runs", "show", "12")).err).toContain("(flow.run_id_malformed)");
  const unknown = await longmen("runs", "start", "nobody");
  expect(unknown.err).toContain("(flow.unknown_flow)");
}, 60_000);

test("what ended is counted by flow, and groups of a task that wait are listed, in 80 columns", async () => {
  const free = Promise.withResolvers<void>();
  onTestFinished(() => free.resolve());
  const mail = task(
    "mail.send",
    { group: (to: string) => to, limits: { perGroup: 1 } },
    () => free.promise,
  );
  const { flows, longmen, json } = await house(mail);
  expect((await longmen("runs", "tally")).out).toBe("no run has ended in that time\n");
  expect((await longmen("tasks", "groups", "mail.send")).out).toBe("no group waits\n");
  const runs = [];
  for (const to of ["ann", "bob", "ann", "bob"]) runs.push(await flows.start(mail, to));
  const groups = () => json("tasks", "groups", "mail.send", "--limit", "5");
  const waits = { version: 1, held: 1, inside: 1 };
  await expect.poll(groups, { timeout: 60_000 }).toMatchObject({
    groups: expect.arrayContaining([
      expect.objectContaining({ ...waits, group: "ann" }),
      expect.objectContaining({ ...waits, group: "bob" }),
    ]) as unknown,
  });
  const listed = await longmen("tasks", "groups", "mail.send", "--limit", "1");
  expect(fits(listed.out)).toBe(true);
  expect(listed.err).toMatch(/there may be more: --after 1:-?\d+/);
  const after = /--after (\S+)/.exec(listed.err)?.[1] ?? "";
  const rest = await json("tasks", "groups", "mail.send", "--after", after);
  expect(rest["groups"]).toHaveLength(1);

  free.resolve();
  for (const { id } of runs) await ended(flows, id);
  const tally = () => json("runs", "tally", "--flow", "mail.send");
  await expect.poll(tally, { timeout: 60_000 }).toMatchObject({
    tallies: [{ flow: "mail.send", done: 4, failed: 0, cancelled: 0 }],
  });
  const shown = await longmen("runs", "tally", "--every", "60000");
  expect(fits(shown.out)).toBe(true);
  expect(shown.out).toContain("mail.send");
  expect((await longmen("runs", "tally", "--every", "1000")).err).toContain(
    "(flow.tally_malformed)",
  );
  expect((await longmen("runs", "list", "--every", "1000")).code).toBe(2);
  expect((await longmen("tasks", "groups", "nobody")).err).toContain("(flow.task_missing)");
  expect((await longmen("tasks", "groups")).code).toBe(2);
}, 90_000);

test("leases are listed and broken", async () => {
  const { database, longmen, json } = await house();
  const leases = openLeases({ database, node: "till-7" });
  await using held = await leases.take("invoice/42", { ttlMs: 20_000 });
  const listed = await longmen("leases", "list");
  expect(listed.out).toContain("invoice/42");
  expect(fits(listed.out)).toBe(true);
  const token = String(held?.token);
  const broken = ["leases", "break", "invoice/42", "--token", token, "--reason", "stuck"];
  expect(await json(...broken)).toMatchObject({ key: "invoice/42", token, holder: "till-7" });
  expect((await longmen(...broken)).err).toContain("(flow.lease_not_held)");
  expect((await longmen("leases", "list")).out).toBe("nobody holds a lease\n");
  await leases.close();
});
