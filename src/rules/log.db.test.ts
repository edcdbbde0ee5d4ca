import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { isBound } from "../postgres/index.ts";
import { instantOfId } from "./decision-log.ts";
import { openRules } from "./index.ts";
import { ann, BOOK, bob, live, nodeOn, prices, refusal, rulesNode } from "./testing/nodes.ts";

const NAME = "price";
const DAY_MS = 86_400_000;

test("decisions are found by rule set newest first, and by trace oldest first", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  await live(rules, "other", prices(100));
  for (let i = 0; i < 5; i++) {
    await rules.decide(BOOK, i % 2 === 0 ? NAME : "other", { i, tier: "gold" }, { traceId: "t-1" });
  }
  await rules.decide(BOOK, NAME, { i: 9 }, { traceId: "t-2" });
  await rules.logged();
  const numbers = (page: { readonly items: readonly { readonly input: unknown }[] }) =>
    page.items.map(({ input }) => (input as { readonly i: number }).i);
  const first = await rules.decisions(BOOK, { name: NAME }, { limit: 3 });
  expect(numbers(first)).toEqual([9, 4, 2]);
  const { cursor } = first;
  expect(numbers(await rules.decisions(BOOK, { name: NAME }, { limit: 3, cursor }))).toEqual([0]);
  expect(numbers(await rules.decisions(BOOK, { traceId: "t-1" }))).toEqual([0, 1, 2, 3, 4]);
  expect(numbers(await rules.decisions("elsewhere", { traceId: "t-1" }))).toEqual([]);
});

test("P7: what can't be written down isn't decided, and is again once it can", async () => {
  const { rules: maker, database, lane } = await rulesNode();
  await live(maker, NAME, prices(900));
  await maker.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  let blocked = Promise.withResolvers<void>();
  const slow = {
    submit: async (...work: Parameters<typeof lane.submit>) => {
      await blocked.promise;
      return lane.submit(...work);
    },
  };
  blocked.resolve();
  const { rules } = await nodeOn(database, { lane: slow, logWaitingMax: 10 });
  await rules.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  blocked = Promise.withResolvers<void>();
  for (let i = 0; i < 10; i++) await rules.decide(BOOK, NAME, { tier: "gold" });
  const refused = await refusal(rules.decide(BOOK, NAME, { tier: "gold" }));
  expect(refused).toMatchObject({ code: "rules.log_full", kind: "limited", retry: "later" });
  blocked.resolve();
  await rules.logged();
  await rules.decide(BOOK, NAME, { tier: "gold" });
  await rules.logged();
  expect((await rules.decisions(BOOK, { name: NAME })).items.length).toBe(13);
});

test("P7: what waits to be written down is bounded by its length, too", async () => {
  const { rules: maker, database, lane } = await rulesNode();
  await live(maker, NAME, prices(900));
  let blocked = Promise.resolve();
  const slow = {
    submit: async (...work: Parameters<typeof lane.submit>) => {
      await blocked;
      return lane.submit(...work);
    },
  };
  const { rules } = await nodeOn(database, { lane: slow, logLengthMax: 10_000 });
  await rules.decide(BOOK, NAME, {}, { log: "durable" });
  const { promise, resolve } = Promise.withResolvers<void>();
  blocked = promise;
  const long = "x".repeat(4_000);
  for (let i = 0; i < 3; i++) await rules.decide(BOOK, NAME, { i, long });
  expect((await refusal(rules.decide(BOOK, NAME, {}))).code).toBe("rules.log_full");
  resolve();
  await rules.logged();
  await rules.decide(BOOK, NAME, { long });
  await rules.logged();
  expect((await rules.decisions(BOOK, { name: NAME })).items.length).toBe(5);
});

test("P1: rows whose commit failed are sent again, and are there once", async () => {
  const { rules: maker, database, lane } = await rulesNode();
  await live(maker, NAME, prices(900));
  await maker.decide(BOOK, NAME, {}, { log: "durable" });
  let failures = 2;
  const losing = {
    submit: async (...work: Parameters<typeof lane.submit>) => {
      const answer = await lane.submit(...work);
      if (failures-- > 0) throw new Error("the reply was lost");
      return answer;
    },
  };
  const { rules } = await nodeOn(database, { lane: losing });
  failures = 0;
  await rules.decide(BOOK, NAME, { n: 0 }, { log: "durable" });
  failures = 2;
  await rules.decide(BOOK, NAME, { n: 1 }, { log: "durable" });
  expect((await rules.decisions(BOOK, { name: NAME })).items.length).toBe(3);
});

test("no row waits for the next one to be written, whenever it comes", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  for (let i = 0; i < 100; i++) {
    const before = rules.decide(BOOK, NAME, { i }, { log: "durable" });
    const others = [1, 2, 3].map(async (turns) => {
      await before;
      for (let turn = 0; turn < turns * 2; turn++) await Promise.resolve();
      return rules.decide(BOOK, NAME, { i, turns }, { log: "durable" });
    });
    await Promise.all(others);
  }
  const { items } = await rules.decisions(BOOK, { name: NAME }, { limit: 1_000 });
  expect(items.length).toBe(400);
});

test("each day has a table of its own, and days that are older than kept go whole", async () => {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
  const clock = manualClock(today - 40 * DAY_MS);
  const { rules, database, opened } = await rulesNode({ clock, keepDays: 0 });
  await live(rules, NAME, prices(900));
  const old = await rules.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  expect((await rules.decision(BOOK, old.decisionId)).at).toBe(today - 40 * DAY_MS);
  await rules.logged();
  clock.set(today);
  const { rules: later } = await nodeOn(database, { keepDays: 30 });
  const fresh = await later.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  await later.logged();
  const tables = async () => {
    const { rows } = await database.transaction((tx) =>
      tx.query(`select relname from pg_class join pg_inherits on inhrelid = pg_class.oid
        where inhparent = '${opened.schema}.rules_decision'::regclass`),
    );
    return rows.length;
  };
  await expect.poll(tables).toBe(2);
  expect((await refusal(later.decision(BOOK, old.decisionId))).code).toBe("rules.decision_missing");
  expect((await later.decision(BOOK, fresh.decisionId)).version).toBe(1);
});

test("a day's table is bounded as a backup can make it again", async () => {
  const { rules, database, opened } = await rulesNode();
  await live(rules, NAME, prices(900));
  await rules.decide(BOOK, NAME, {}, { log: "durable" });
  const { rows } = await database.transaction((tx) =>
    tx.query(`select lower(pg_get_expr(relpartbound, pg_class.oid)) as bound
      from pg_class join pg_inherits on inhrelid = pg_class.oid
      where inhparent = '${opened.schema}.rules_decision'::regclass`),
  );
  expect(rows.length).toBe(2);
  for (const { bound } of rows) expect(isBound(String(bound))).toBe(true);
});

test("a shadow run counts what a candidate would change, and shows where", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900, 1_000));
  for (let i = 0; i < 450; i++)
    await rules.decide(BOOK, NAME, { i, tier: i % 3 === 0 ? "gold" : "none" });
  await rules.logged();
  const { version } = await rules.import(BOOK, { name: NAME, ...prices(800, 1_000) }, ann);
  const told: number[] = [];
  const report = await rules.shadow(BOOK, NAME, version, {
    last: 400,
    onProgress: (done) => told.push(done),
  });
  const changed = Array.from({ length: 400 }, (_, i) => 449 - i).filter((i) => i % 3 === 0).length;
  expect(report).toMatchObject({
    of: 1,
    candidate: 2,
    decided: 400,
    changed,
    same: 400 - changed,
    failed: 0,
  });
  expect(report.differences.length).toBe(100);
  expect(report.differences[0]?.fields).toEqual([{ path: "priceMinor", was: 900, wouldBe: 800 }]);
  expect(told.at(-1)).toBe(400);
  const { items } = await rules.decisions(BOOK, { name: NAME }, { limit: 1_000 });
  expect(items.length).toBe(450);
});

test("a shadow run looks through no day before its version was made", async () => {
  const { rules, database, lane } = await rulesNode();
  await live(rules, NAME, prices(900));
  const { version } = await rules.import(BOOK, { name: NAME, ...prices(800) }, ann);
  const asked: unknown[] = [];
  const watched = {
    ...database,
    run: (...[statement, values]: Parameters<typeof database.run>) => {
      if (statement.name === "rules.listDecisionsOfVersion") asked.push(values);
      return database.run(statement, values);
    },
  } as typeof database;
  const other = await openRules({ database: watched, lane });
  onTestFinished(() => other.close());
  await other.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  expect(await other.shadow(BOOK, NAME, version)).toMatchObject({ decided: 1, changed: 1 });
  const { madeAt } = await rules.findVersion(BOOK, NAME, 1);
  const [{ from }] = asked as [{ readonly from: string }];
  expect(instantOfId(from)).toBe(madeAt - 3_600_000);
  const missing = rules.shadow(BOOK, NAME, version, { of: 9 });
  expect((await refusal(missing)).code).toBe("rules.version_missing");
});

test("a shadow run counts refusals apart, stops when asked to, and needs what it compares", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  for (const tier of ["gold", "none"]) await rules.decide(BOOK, NAME, { tier });
  await rules.logged();
  const { jdm } = prices(900);
  const contract = { input: { type: "object", properties: { tier: { const: "gold" } } } };
  await rules.import(BOOK, { name: NAME, jdm, contract }, bob);
  const report = await rules.shadow(BOOK, NAME, 2);
  expect(report).toMatchObject({ decided: 2, same: 1, changed: 0, failed: 1 });
  const was = { priceMinor: 1_000 };
  expect(report.differences[0]?.fields).toEqual([
    { path: "", was, wouldBe: { refused: "rules.input_refused" } },
  ]);
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(rules.shadow(BOOK, NAME, 2, { signal })).rejects.toThrow("enough");
  expect((await refusal(rules.shadow(BOOK, NAME, 3))).code).toBe("rules.version_missing");
  expect((await refusal(rules.shadow(BOOK, NAME, 2, { last: 0 }))).code).toBe(
    "rules.field_malformed",
  );
});
