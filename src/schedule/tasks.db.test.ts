/** Schedules whose ticks start tasks. */
import { expect, test } from "vitest";
import { task } from "../flow/index.ts";
import { rowsOf, scheduleDatabase, scheduleNode, schedulesOn } from "./testing/nodes.ts";

const patience = { timeout: 20_000, interval: 50 };

test("a tick starts a task as it starts a flow, under its queue's limits", async () => {
  let atOnce = 0;
  let most = 0;
  const mail = task(
    "mail",
    { concurrency: 2, limits: { perGroup: 1 }, group: () => "all" },
    async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 30));
      atOnce -= 1;
    },
  );
  const shop = await scheduleDatabase();
  const schedules = await schedulesOn(shop.database, [mail]);
  await scheduleNode(shop, "node-2", [mail]);
  await schedules.create("mails", { at: Date.now() + 300, to: mail, shards: 12 });
  const ends = `select outcome, count(*)::int4 as n from {schema}.flow_end group by outcome`;
  await expect.poll(() => rowsOf(shop, ends), patience).toEqual([{ outcome: 1, n: 12 }]);
  expect(most).toBe(1);
  const { fires } = await schedules.fires("mails");
  expect(new Set(fires.map(({ run }) => run)).size).toBe(12);
});
