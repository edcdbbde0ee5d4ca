/** The clock of the database jumps, under the statements as they are. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "longmen/postgres";
import { rowsOf, sampleOf } from "../../../src/postgres/testing.ts";
import { databaseClock } from "./database-clock.ts";
import { openWhole } from "./whole-node.ts";
import { auditWhole, openRuns, wholeShop } from "./whole-shop.ts";

const HOUR = 3_600_000;
const patience = { timeout: 60_000, interval: 100 };

test.each(
  sampleOf([
    ["an hour ahead, and back", [HOUR, 0]],
    ["an hour back, and further", [-HOUR, -2 * HOUR]],
    ["four days ahead, and back by one", [96 * HOUR, 72 * HOUR]],
  ]),
)(
  "P1 P2 P5: the database's clock goes %s: runs, postings, waits and ticks go on, once each",
  { timeout: 180_000 },
  async (_, jumps) => {
    const opened = await wholeShop();
    const { schema } = opened;
    const clock = await databaseClock(opened);
    const database = await openDatabase({ url: clock.url, schema, poolMax: 6 });
    onTestFinished(() => database.close());
    const node = await openWhole(database, { url: clock.url, schema, node: "node-1" });
    onTestFinished(() => node.close());
    const { flows, schedules, made } = node;
    const often = {
      everyMs: 500,
      to: { flow: "shelve" },
      asFire: true,
      overlap: "parallel",
    } as const;
    await schedules.create("job-often", { ...often, misfire: "once", lateMs: 2_000 });
    const told: { do: string; id: string }[] = [];
    const seen = "select extract(epoch from {schema}.clock_timestamp() - now())::int4 as ahead";
    for (const [n, ms] of [0, ...jumps].entries()) {
      await clock.setAhead(ms);
      expect(await rowsOf(opened, seen)).toEqual([{ ahead: ms / 1_000 }]);
      for (const one of [made.rounds, made.wander]) {
        const run = await flows.start(one as typeof made.rounds, 2, { key: `${one.name}-${n}` });
        told.push({ do: "started", id: run.id });
        await run.result({ timeoutMs: 60_000 });
      }
      await sleep(1_500);
    }
    const { fires } = await schedules.fires("job-often");
    expect(fires.length).toBeGreaterThan(1);
    await schedules.pause("job-often");
    await expect.poll(() => openRuns(opened), patience).toEqual([]);
    await auditWhole(opened, told);
  },
);
