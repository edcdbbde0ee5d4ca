/** How many ended how, by the minute. */
import { expect, test } from "vitest";
import { unit } from "../../postgres/index.ts";
import { nodeLane, work as worked } from "../../postgres/testing.ts";
import { flow, lookAtRuns, task } from "../index.ts";
import { DAY_MS, idAt } from "../run-id.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";
import { saveTallies } from "./write-keep.ts";

const SLOW = { timeout: 20_000 };
const ok = flow("ok", {}, (f, n: number) => f.step("s", () => n));
const mail = task("mail", { retry: { attempts: 1 } }, (n: number) => {
  if (n % 3 === 0) throw new Error("third");
});

test("ends are counted by flow and outcome, over nodes, and their sums are exact after a close", async () => {
  const opened = await flowDatabase();
  const since = Date.now() - 60_000;
  const nodes = [
    await flowNode(opened, "one", [ok, mail]),
    await flowNode(opened, "two", [ok, mail]),
  ] as const;
  const runs = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const node = nodes[n % 2 === 0 ? 0 : 1];
      return n < 20 ? node.start(ok, n) : node.start(mail, n);
    }),
  );
  await Promise.allSettled(runs.map((run) => run.result({ timeoutMs: 60_000 })));
  const waits = flow("waits", {}, (f) => f.event("go"));
  const three = await flowNode(opened, "three", [waits]);
  const waiting = await three.start(waits, undefined);
  await three.cancel(waiting.id);
  await expect(waiting.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  for (const node of [...nodes, three]) await node.close();
  const look = lookAtRuns(opened.database);
  const rows = await look.tally({ since });
  expect(
    rows.map(({ flow: of, done, failed, cancelled }) => [of, done, failed, cancelled]),
  ).toEqual([
    ["mail", 27, 13, 0],
    ["ok", 20, 0, 0],
    ["waits", 0, 0, 1],
  ]);
  const [counted] = await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_end");
  expect(counted).toEqual({ n: 61 });
  // A row a minute, flow, outcome and node, however many ended.
  const [kept] = await rowsOf(
    opened,
    `select count(*)::int4 as n, count(distinct minute)::int4 as minutes from {schema}.flow_tally`,
  );
  expect(Number(kept?.["n"])).toBeLessThanOrEqual(7 * Number(kept?.["minutes"]));
}, 90_000);

test("they come while the node works, minute by minute, of one flow where asked", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [ok, mail]);
  for (let n = 1; n <= 5; n++) await (await flows.start(ok, n)).result();
  await (await flows.start(mail, 1)).result();
  const doneOf = async () =>
    (await flows.tally({ flow: "ok", everyMs: 60_000 })).reduce((sum, { done }) => sum + done, 0);
  await expect.poll(doneOf, SLOW).toBe(5);
  const rows = await flows.tally({ flow: "ok", everyMs: 60_000 });
  expect(rows.every(({ flow: of, at }) => of === "ok" && at % 60_000 === 0)).toBe(true);
  const before = { since: Date.now() - 7_200_000, until: Date.now() - 3_600_000 };
  expect(await flows.tally(before)).toEqual([]);
});

test("stretches begin at `since`, and hold what ended in them", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [ok]);
  await flows.close();
  const from = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  await rowsOf(
    opened,
    `insert into {schema}.flow_tally (minute, flow, outcome, owner, epoch, n)
    select ${idAt(from)} + ((minute * 60000)::int8 << 22),
      (select flow from {schema}.flow_version where name = 'ok'), 1, node, 1, 10
    from generate_series(0, 9) as minute, generate_series(1, 2) as node`,
  );
  const rows = await flows.tally({ since: from + 60_000, until: from + 600_000, everyMs: 240_000 });
  expect(rows.map(({ at, done }) => [(at - from) / 60_000, done])).toEqual([
    [1, 80],
    [5, 80],
    [9, 20],
  ]);
});

test("a count that is written again, or late, counts nothing twice", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [ok]);
  await flows.close();
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const row = { minute: idAt(now), flow: 2, outcome: 1, owner: 9, epoch: 1 };
  const lane = nodeLane(opened.database);
  for (const n of [5, 7, 7, 6]) {
    const saved = unit(`tally ${n}`).write(saveTallies, { ...row, n });
    expect(await lane.submit(worked(saved))).toMatchObject({ status: "committed" });
  }
  // Two words of one minute in one flush.
  const both = unit("tally both")
    .write(saveTallies, { ...row, n: 8 })
    .write(saveTallies, { ...row, n: 9 });
  expect(await lane.submit(worked(both))).toMatchObject({ status: "committed" });
  expect(await rowsOf(opened, "select n from {schema}.flow_tally")).toEqual([{ n: 9 }]);
});

test("runs that end by a verb for many are counted in their commit", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, []);
  await rowsOf(opened, "insert into {schema}.flow_version (name, version) values ('away', 1)");
  for (let n = 0; n < 7; n++) await flows.startNamed("away", { n });
  expect(await (await flows.bulk("cancel", { flow: "away" })).result()).toMatchObject({ asked: 7 });
  const [row] = await flows.tally({ flow: "away", since: Date.now() - 120_000 });
  expect(row).toMatchObject({ flow: "away", cancelled: 7 });
});

test.each([
  ["until", { since: 1_800_000_000_000, until: 1_800_000_000_000 }],
  ["since", { since: Number.NaN }],
  ["since", { since: -1 }],
  ["everyMs", { everyMs: 1_000 }],
  ["everyMs", { everyMs: 90_000 }],
  ["everyMs", { since: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 5, 1), everyMs: 60_000 }],
])("a tally with a bad %s is refused by name", async (field, options) => {
  const { database } = await flowDatabase();
  await expect(lookAtRuns(database).tally(options)).rejects.toMatchObject({
    code: "flow.tally_malformed",
    details: { field },
  });
});
