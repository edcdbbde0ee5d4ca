/** Tasks over HTTP and in the client: enqueued, listed when dead, done again. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { task } from "../../src/flow/index.ts";
import { httpShop } from "./http-shop.ts";

let isDown = true;
const mail = task(
  "mail.send",
  { concurrency: 4, retry: { attempts: 2, baseMs: 1 } },
  async (to: string, context) => {
    context.progress(`to ${to}`);
    if (isDown) throw new Error("no route");
    return Promise.resolve(`sent to ${to}`);
  },
);

test("a task is enqueued by name; dead ones are listed and redriven, one or all, each once", async () => {
  isDown = true;
  const shop = await httpShop({ flows: [mail] });
  const { runs, tasks } = connect({ url: shop.url, key: shop.adminKey });
  const ids: string[] = [];
  for (const to of ["ann", "bob", "eve"]) ids.unshift((await runs.start("mail.send", to)).id);
  for (const id of ids) await expect(runs.result(id)).rejects.toThrow("no route");
  const dead = async () => {
    const found: string[] = [];
    for await (const { id } of tasks.dead({ task: "mail.send" }, { limit: 2 })) found.push(id);
    return found;
  };
  expect(await dead()).toEqual(ids);
  await expect
    .poll(() => tasks.queues())
    .toMatchObject([{ task: "mail.send", concurrency: 4, running: 0 }]);

  isDown = false;
  const [first = "", ...others] = ids;
  expect(await tasks.redrive(first)).toMatchObject({ id: first });
  expect(await runs.result(first)).toBe("sent to eve");
  await expect(tasks.redrive(first)).rejects.toMatchObject({ code: "flow.task_not_dead" });
  expect(await tasks.redriveAll("mail.send", { limit: 10 })).toBe(2);
  expect(await tasks.redriveAll("mail.send")).toBe(0);
  for (const id of others) expect(await runs.result(id)).toMatch(/^sent to/);
  expect(await dead()).toEqual([]);
  await expect(tasks.redriveAll("nobody")).rejects.toMatchObject({ code: "flow.task_missing" });
  await expect.poll(() => shop.flows?.stats()).toMatchObject({ started: 3, failed: 3, done: 3 });
});

test("who may not of a task neither sees nor redrives it", async () => {
  isDown = true;
  const shop = await httpShop({ flows: [mail] });
  const { runs } = connect({ url: shop.url, key: shop.adminKey });
  const { id } = await runs.start("mail.send", "ann");
  await runs.result(id).catch(() => undefined);
  const scopes = ["runs.read@parcel.*", "runs.operate@parcel.*"];
  const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
  const key = String(made.body["token"]);
  expect((await shop.ask("GET /v1/tasks/dead", undefined, { key })).body["items"]).toEqual([]);
  expect((await shop.ask("GET /v1/tasks/queues", undefined, { key })).body["items"]).toEqual([]);
  for (const [request, body, status] of [
    ["GET /v1/tasks/dead?task=mail.send", undefined, 403],
    ["POST /v1/tasks/redrive", { task: "mail.send" }, 403],
    [`POST /v1/runs/${id}/redrive`, {}, 404],
  ] as const) {
    expect([request, (await shop.ask(request, body, { key })).status]).toEqual([request, status]);
  }
});
