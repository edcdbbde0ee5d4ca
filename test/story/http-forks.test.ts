/** Forks, what runs say of themselves, and verbs for many runs, over HTTP and in the client. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { flow } from "../../src/flow/index.ts";
import { httpShop } from "./http-shop.ts";

const did: string[] = [];
let isBroken = false;

const baked = flow("shop.baked", {}, async (f, order: { loaves: bigint }) => {
  f.state({ at: "dough" });
  await f.step("dough", () => void did.push(`dough for ${order.loaves}`));
  f.state({ at: "oven" });
  await f.step(
    "oven",
    () => {
      if (isBroken) throw new Error("the oven is cold");
      did.push(`oven for ${order.loaves}`);
    },
    { retry: { attempts: 1 } },
  );
  return order.loaves;
});
const waiting = flow("shop.waiting", {}, async (f, order: { town: string }) => {
  await f.event("go");
  return order.town;
});

async function opened() {
  const shop = await httpShop({ flows: [baked, waiting] });
  const keyFor = async (...scopes: string[]) => {
    const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
    return connect({ url: shop.url, key: String(made.body["token"]) });
  };
  return { shop, keyFor, ...connect({ url: shop.url, key: shop.adminKey }) };
}

test("a run is forked from a step, after a preview that says what will run and what is reused", async () => {
  const { shop, runs } = await opened();
  did.length = 0;
  isBroken = true;
  const first = await runs.start("shop.baked", { loaves: 3n });
  await expect(runs.result(first.id)).rejects.toThrow("the oven is cold");
  expect(await runs.state(first.id)).toMatchObject({ value: { at: "oven" } });

  isBroken = false;
  const told = await runs.fork(first.id, { preview: true });
  expect(told).toEqual({ created: false, again: ["oven"], reused: ["dough"] });
  expect(await runs.fork(first.id, { from: "dough", preview: true })).toMatchObject({
    again: ["dough", "oven"],
    reused: [],
  });
  const fork = await runs.fork(first.id, { key: "bake-again" });
  expect(fork).toMatchObject({ created: true, again: ["oven"], reused: ["dough"] });
  expect(await runs.result(fork.id ?? "")).toBe(3n);
  expect(did).toEqual(["dough for 3", "oven for 3"]);
  expect(await runs.get(fork.id ?? "")).toMatchObject({ origin: { run: first.id } });
  expect(await runs.fork(first.id, { key: "bake-again" })).toMatchObject({
    id: fork.id,
    created: false,
  });

  // With another input nothing but what was reused is of the old one.
  const other = await runs.fork(first.id, { from: "dough", input: { loaves: 5n } });
  expect(await runs.result(other.id ?? "")).toBe(5n);
  // The origin stays as it was.
  expect(await runs.get(first.id)).toMatchObject({ status: "failed" });
  await expect(runs.fork(first.id, { from: "shop" })).rejects.toMatchObject({
    code: "flow.step_missing",
  });
  await expect(runs.fork(first.id, { version: 9 })).rejects.toMatchObject({
    code: "flow.unknown_flow",
  });
  expect((await shop.ask(`POST /v1/runs/${first.id}/fork`)).status).toBe(201);
});

test("what a run has not said is nothing, and of no run it is that there is none", async () => {
  const { runs } = await opened();
  const { id } = await runs.start("shop.waiting", { town: "Ulm" });
  expect(await runs.state(id)).toBeUndefined();
  await expect(runs.state("r000000000000")).rejects.toMatchObject({ code: "flow.run_missing" });
});

test("runs are counted by what is true of them, then cancelled by a run that says how far it is", async () => {
  const { bulk, runs } = await opened();
  const ids: string[] = [];
  for (const town of ["Ulm", "Ulm", "Bonn"]) {
    ids.push((await runs.start("shop.waiting", { town }, { key: `${town}/${ids.length}` })).id);
  }
  const where = { flow: "shop.waiting", input: { town: "Ulm" } };
  expect(await bulk.count("cancel", where)).toMatchObject({ found: 2, complete: true });
  expect(await bulk.count("cancel", { keyPrefix: "Bonn/" })).toMatchObject({ found: 1 });
  expect(await bulk.count("cancel", { ...where, createdAfter: Date.now() + 3_600_000 })).toEqual({
    ...{ found: 0, complete: true },
    seen: expect.any(Number) as number,
  });

  const made = await bulk.start("cancel", where, { key: "no-ulm" });
  expect(await bulk.start("cancel", where, { key: "no-ulm" })).toEqual({
    id: made.id,
    created: false,
  });
  expect(await runs.result(made.id)).toMatchObject({ phase: "done", asked: 2 });
  expect(await bulk.get(made.id)).toMatchObject({
    ...{ verb: "cancel", where, status: "done", phase: "done", counted: 2, asked: 2 },
    by: expect.stringContaining("/") as string,
  });
  const statusOf = async (id = "") => (await runs.get(id))?.status;
  await expect.poll(() => statusOf(ids[0]), { timeout: 60_000 }).toBe("cancelled");
  await expect.poll(() => statusOf(ids[1]), { timeout: 60_000 }).toBe("cancelled");
  expect(["waiting", "running"]).toContain(await statusOf(ids[2]));
  await expect(bulk.cancel(made.id)).rejects.toMatchObject({ code: "flow.run_ended" });
});

test("a verb that is none, or for runs that it is not for, is refused with the field", async () => {
  const { shop, bulk } = await opened();
  const burn = await shop.ask("POST /v1/bulk", { verb: "burn", where: {} });
  expect(burn).toMatchObject({ status: 400, body: { pointer: "/verb" } });
  await expect(bulk.start("pause", { status: "parked" })).rejects.toMatchObject({
    code: "flow.bulk_malformed",
  });
  await expect(bulk.count("cancel", { flow: "nobody's" })).rejects.toMatchObject({
    code: "flow.bulk_malformed",
  });
  const time = { verb: "cancel", where: { createdBefore: "2026-02-30T00:00:00Z" } };
  expect((await shop.ask("POST /v1/bulk/count", time)).body["pointer"]).toBe(
    "/where/createdBefore",
  );
});

test("who may operate some flows does bulk verbs with those alone, and sees no other's", async () => {
  const { keyFor, runs, ...admin } = await opened();
  const { id } = await runs.start("shop.waiting", { town: "Ulm" });
  const bakers = await keyFor("runs.operate@shop.baked", "runs.read@shop.baked");
  const waiters = await keyFor("runs.operate@shop.waiting", "runs.read@shop.waiting");
  const denied = { code: "access.not_permitted" };
  await expect(bakers.bulk.count("cancel", { flow: "shop.waiting" })).rejects.toMatchObject(denied);
  await expect(bakers.bulk.start("cancel", {})).rejects.toMatchObject(denied);
  const made = await waiters.bulk.start("pause", { flow: "shop.waiting" });
  await expect
    .poll(async () => (await waiters.bulk.get(made.id)).phase, { timeout: 60_000 })
    .toBe("done");
  await expect(bakers.bulk.get(made.id)).rejects.toMatchObject({ code: "flow.run_missing" });
  // An ordinary run is no bulk run.
  await expect(admin.bulk.get(id)).rejects.toMatchObject({ code: "flow.run_missing" });
  const readers = await keyFor("runs.read@shop.waiting");
  await expect(readers.runs.fork(id)).rejects.toMatchObject(denied);
  await expect(bakers.runs.fork(id)).rejects.toMatchObject({ code: "flow.run_missing" });
});
