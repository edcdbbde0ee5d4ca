/** Runs and tasks by count, over HTTP and in the client: what ended, by flow and time; which groups wait. */
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { flow, task } from "../../src/flow/index.ts";
import { httpShop } from "./http-shop.ts";

const SLOW = { timeout: 60_000 };

const pack = flow("order.pack", {}, (_, order: number) => {
  if (order === 13) throw new Error("there is no thirteenth shelf");
  return `packed ${order}`;
});

/** One mail at a time to each address; none goes out before the line is free. */
function mailTask() {
  const line = Promise.withResolvers<void>();
  onTestFinished(() => line.resolve());
  const mail = task(
    "mail.send",
    { group: ({ to }: { readonly to: string }) => to, limits: { perGroup: 1 }, concurrency: 8 },
    () => line.promise,
  );
  return { mail, line };
}

async function shopOf(...flows: NonNullable<Parameters<typeof httpShop>[0]>["flows"] & object) {
  const shop = await httpShop({ flows });
  const { runs, tasks } = connect({ url: shop.url, key: shop.adminKey });
  const keyOf = async (...scopes: string[]) => {
    const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
    return String(made.body["token"]);
  };
  return { shop, runs, tasks, keyOf };
}

test("a task's groups that wait are listed by name, page by page, and are gone when all is sent", async () => {
  const { mail, line } = mailTask();
  const { runs, tasks } = await shopOf(mail);
  const ids: string[] = [];
  for (const to of ["ann", "bob", "eve"]) {
    for (let n = 0; n < 3; n++) ids.push((await runs.start("mail.send", { to })).id);
  }
  const waiting = async () => {
    const found: string[] = [];
    for await (const { group, held, inside } of tasks.groups("mail.send", { limit: 2 })) {
      found.push(`${group}: ${held} held, ${inside} inside`);
    }
    return found.toSorted();
  };
  await expect
    .poll(waiting, SLOW)
    .toEqual(["ann: 2 held, 1 inside", "bob: 2 held, 1 inside", "eve: 2 held, 1 inside"]);
  const { items, cursor } = await tasks.groups("mail.send", { limit: 2 }).page();
  expect(items).toHaveLength(2);
  expect(cursor).toBeDefined();
  expect(items[0]?.since).toBeGreaterThan(Date.UTC(2026, 0, 1));

  line.resolve();
  for (const id of ids) await runs.result(id);
  expect(await waiting()).toEqual([]);
});

test("what ended is told by flow and minute, and a scrape with a key tells it by name", async () => {
  const { shop, runs, keyOf } = await shopOf(pack);
  for (const order of [11, 12, 13]) {
    const { id } = await runs.start("order.pack", order);
    await runs.result(id).catch(() => undefined);
  }
  // A minute may end between two of them.
  const sums = async (asked: { readonly flow?: string; readonly everyMs?: number }) => {
    const all = await runs.tally(asked);
    const sumOf = (what: "done" | "failed" | "cancelled") =>
      all.reduce((sum, one) => sum + one[what], 0);
    return [sumOf("done"), sumOf("failed"), sumOf("cancelled")];
  };
  await expect.poll(() => sums({ flow: "order.pack", everyMs: 60_000 }), SLOW).toEqual([2, 1, 0]);
  expect(await sums({})).toEqual([2, 1, 0]);
  for (const { flow, at } of await runs.tally()) {
    expect(flow).toBe("order.pack");
    // Stretches begin at whole minutes.
    expect(at % 60_000).toBe(0);
  }
  expect(
    await runs.tally({ since: Date.now() - 86_400_000, until: Date.now() - 3_600_000 }),
  ).toEqual([]);

  const scraped = async (key: string | undefined) =>
    (await shop.ask("GET /metrics", undefined, { key })).text;
  const named = 'longmen_runs_ended_total{flow="order.pack",outcome="failed"} 1';
  const reader = await keyOf("runs.read@order.*");
  await expect.poll(() => scraped(reader), SLOW).toContain(named);
  expect(await scraped(await keyOf("runs.read@mail.*"))).not.toContain("order.pack");
  expect(await scraped(reader)).toContain('longmen_flow_ended_total{outcome="failed"} 1');
});

test("who may not read a flow's runs learns nothing of their number", async () => {
  const { mail, line } = mailTask();
  const { shop, runs, keyOf } = await shopOf(pack, mail);
  line.resolve();
  const { id } = await runs.start("order.pack", 1);
  await runs.result(id);
  await expect.poll(() => runs.tally(), SLOW).toHaveLength(1);
  const key = await keyOf("runs.read@mail.*");
  const seen = await shop.ask("GET /v1/runs/tally", undefined, { key });
  expect([seen.status, seen.body]).toEqual([200, { items: [] }]);
  for (const request of [
    "GET /v1/runs/tally?flow=order.pack",
    "GET /v1/tasks/order.pack/groups",
    // Whether there is one is not told either.
    "GET /v1/tasks/order.nothing/groups",
  ]) {
    expect([request, (await shop.ask(request, undefined, { key })).status]).toEqual([request, 403]);
  }
  const empty = await shop.ask("GET /v1/tasks/mail.send/groups", undefined, { key });
  expect(empty.body).toEqual({ items: [] });
  for (const query of ["since=yesterday", "since=2026-11-21", "everyMs=-1", "everyMs=90000.5"]) {
    const refused = await shop.ask(`GET /v1/runs/tally?${query}`);
    expect([query, refused.body["code"]]).toEqual([query, "http.query_malformed"]);
  }
});
