/** The client's half of runs: values as they were given, waits that end, failures that say why. */
import { expect, test } from "vitest";
import { connect, LongmenProblem, RunFailed } from "../../src/client/index.ts";
import { flow } from "../../src/flow/index.ts";
import { httpShop } from "./http-shop.ts";

const echo = flow("echo", {}, async (f, input: unknown) => {
  const said = await f.event("said");
  return { input, said };
});
const broken = flow("broken", {}, () => {
  throw new Error("it never works");
});

async function opened() {
  const shop = await httpShop({ flows: [echo, broken] });
  return { shop, longmen: connect({ url: shop.url, key: shop.adminKey }) };
}

const values = {
  amount: 12n,
  at: new Date(1_000),
  bytes: new Uint8Array([0, 200]),
  none: undefined,
  odd: [Number.NaN, -0],
  $: "a field",
};

test("what goes in comes out, over start, signal and result", async () => {
  const { longmen } = await opened();
  const { runs } = longmen;
  const started = await runs.start("echo", values, { key: "one" });
  expect(await runs.start("echo", values, { key: "one" })).toEqual({ ...started, created: false });
  const waiting = runs.result(started.id);
  await runs.signal(started.id, "said", values);
  expect(await waiting).toStrictEqual({ input: values, said: values });
  expect(await runs.get(started.id)).toMatchObject({
    ...{ flow: "echo", status: "done", key: "one" },
    createdAt: expect.any(Number) as number,
  });
  expect((await runs.get(started.id))?.input).toStrictEqual(values);
  const steps = await runs.steps(started.id);
  expect(steps.at(-1)?.result).toStrictEqual(values);
  expect(await runs.get("r0000000000001")).toBeUndefined();
});

test("a run that failed throws what it failed with; one that goes on throws when the time is up", async () => {
  const { longmen } = await opened();
  const { runs } = longmen;
  const { id } = await runs.start("broken");
  const failed = await runs.result(id).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(RunFailed);
  expect(failed).toMatchObject({ run: id, status: "failed", message: "it never works" });
  const open = await runs.start("echo", 1);
  const late = await runs.result(open.id, { deadlineMs: 50 }).catch((error: unknown) => error);
  expect(late).toBeInstanceOf(LongmenProblem);
  expect(late).toMatchObject({ code: "client.deadline_passed" });
  const stop = AbortSignal.timeout(50);
  await expect(runs.result(open.id, { signal: stop })).rejects.toMatchObject({
    name: "TimeoutError",
  });
  expect(await runs.cancel(open.id)).toMatchObject({ id: open.id });
  await expect(runs.result(open.id)).rejects.toMatchObject({ status: "cancelled" });
});

test("a list is walked over its pages, and verbs answer the run", async () => {
  const { longmen } = await opened();
  const { runs } = longmen;
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift((await runs.start("echo", n)).id);
  const found: string[] = [];
  for await (const { id } of runs.list({ flow: "echo" }, { limit: 2 })) found.push(id);
  expect(found).toEqual(ids);
  const [id = ""] = ids;
  await runs.pause(id);
  await expect
    .poll(async () => (await runs.list({ status: "paused" }).page()).items, { timeout: 60_000 })
    .toMatchObject([{ id }]);
  await runs.resume(id);
  await expect(runs.retry(id)).rejects.toMatchObject({ code: "flow.run_not_stopped" });
  expect(await runs.flows()).toEqual([
    { flow: "broken", version: 1, served: true },
    { flow: "echo", version: 1, served: true },
  ]);
});

test("what can't travel is refused before it is sent", async () => {
  const longmen = connect({ url: "http://127.0.0.1:9", key: "lm_x" });
  for (const input of [{ a: [() => 1] }, new Map(), { at: new Date(Number.NaN) }]) {
    await expect(longmen.runs.start("echo", input)).rejects.toMatchObject({
      code: "client.request_malformed",
      pointer: expect.stringMatching(/^\/input/) as string,
    });
  }
});

test("leases are listed, and ended once by their token", async () => {
  const { shop, longmen } = await opened();
  await using held = await shop.leases?.take("invoice/7", { ttlMs: 20_000 });
  const { items } = await longmen.leases.list({ prefix: "invoice/" }).page();
  expect(items).toMatchObject([{ key: "invoice/7", token: held?.token }]);
  const broken = await longmen.leases.break("invoice/7", { token: held?.token, reason: "stuck" });
  expect(broken).toMatchObject({ key: "invoice/7", holder: "node-1" });
  await expect(longmen.leases.break("invoice/7", { token: held?.token })).rejects.toMatchObject({
    code: "flow.lease_not_held",
  });
});
