/** Starts nodes of everything, and audits what they leave behind: nothing lost, nothing twice, all at its end. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { flowMigrations } from "longmen/flow";
import { ledgerMigrations, openLedger } from "longmen/ledger";
import { postgresMigrations } from "longmen/postgres";
import { scheduleMigrations } from "longmen/schedule";
import {
  rowsOf,
  shelfMigrations,
  testDatabase,
  type TestDatabase,
} from "../../../src/postgres/testing.ts";
import { type NodeProcess, startNode } from "../flow/start-node.ts";
import { auditTicks } from "../schedule/schedule-shop.ts";
import { ROUNDS, type WholeInput, type WholeOrder, type WholeTold } from "./whole-node.ts";

export type WholeProcess = NodeProcess<WholeOrder, WholeTold>;

/** Killed with the test, at the latest. */
export function startWhole(input: WholeInput): WholeProcess {
  const script = fileURLToPath(new URL("whole-node.ts", import.meta.url));
  return startNode<WholeOrder, WholeTold>(script, input);
}

export async function wholeShop(): Promise<TestDatabase> {
  const migrations = [
    ...[postgresMigrations, ledgerMigrations, flowMigrations],
    ...[scheduleMigrations, shelfMigrations],
  ];
  const opened = await testDatabase({ migrations, poolMax: 8 });
  const ledger = openLedger({ database: opened.database, sweep: false });
  const book = await ledger.createBook("shop");
  await book.batch([
    { kind: "asset", asset: "CNY/2" },
    { kind: "open", path: "bank", asset: "CNY/2", side: "debit", bound: "none" },
    { kind: "open", path: "till", asset: "CNY/2", side: "credit" },
  ]);
  await ledger.close();
  await rowsOf(
    opened,
    `create table {schema}.task_note (number int8 generated always as identity primary key,
      run text not null, grp text not null, node text not null, what text not null)`,
  );
  return opened;
}

/** What stands in the way of the end, if anything does. */
export const openRuns = (opened: TestDatabase) =>
  rowsOf(
    opened,
    `select version.name, live.state, node.node, live.epoch, live.asked, count(*)::int4 as n,
      min(live.run_id)::text as first, (select max(error) from {schema}.flow_trouble as told
        where told.run_id = min(live.run_id) and kind = 2) as why
    from {schema}.flow_live as live
      join {schema}.flow_version as version using (flow)
      left join {schema}.flow_node as node using (owner)
    group by version.name, live.state, node.node, live.epoch, live.asked limit 10`,
  );

const idOf = (number: unknown) => `r${BigInt(String(number)).toString(36).padStart(13, "0")}`;

/** Returns how many runs of each flow there were. */
export async function auditWhole(opened: TestDatabase, told: readonly WholeTold[]) {
  const ends = await rowsOf(
    opened,
    `select run.run_id::text as id, version.name, ended.outcome, ended.result
     from {schema}.flow_run as run join {schema}.flow_version as version using (flow)
     left join {schema}.flow_end as ended using (run_id)`,
  );
  // Who waits for ever is cancelled at last; all else ends well.
  const wrong = ends.filter(({ name, outcome }) => outcome !== (name === "idle" ? 3 : 1));
  expect(wrong.slice(0, 5)).toEqual([]);
  const known = new Set(ends.map(({ id }) => idOf(id)));
  const lost = told.filter(({ do: word, id }) => word === "started" && !known.has(id ?? ""));
  expect(lost).toEqual([]);
  const counts: Record<string, number> = {};
  for (const { name } of ends) counts[String(name)] = (counts[String(name)] ?? 0) + 1;
  await auditEffects(opened, ends, counts);
  await auditOrders(opened, counts["order"] ?? 0);
  await auditTicks(opened);
  await auditStarts(opened);
  return counts;
}

type Rows = Record<string, unknown>[];

/** As much was paid and shelved as the runs say, once; and the books verify. */
async function auditEffects(opened: TestDatabase, ends: Rows, counts: Record<string, number>) {
  const came = { rows: 0, paid: 0 };
  for (const { name, result } of ends) {
    if (name === "rounds") {
      came.rows += ROUNDS;
      came.paid += ROUNDS;
    } else if (name === "wander") {
      const one = JSON.parse(String(result)) as typeof came;
      came.rows += one.rows;
      came.paid += one.paid;
    }
  }
  const ledger = openLedger({ database: opened.database, sweep: false });
  const book = await ledger.book("shop");
  expect(await book.verify()).toMatchObject({ verified: true });
  const till = await book.account("till", "CNY/2");
  await ledger.close();
  const [done] = await rowsOf(
    opened,
    `select count(*) filter (where name like 'r%')::int4 as rows,
      count(*) filter (where name like 'batched|%')::int4 as batched from {schema}.test_shelf`,
  );
  expect({ ...done, paid: Number(till?.available) }).toEqual({
    ...came,
    batched: counts["batched"] ?? 0,
  });
  const tasks = (counts["free"] ?? 0) + (counts["limited"] ?? 0);
  const begun = "select count(distinct run)::int4 as n from {schema}.task_note where what = 'out'";
  expect(await rowsOf(opened, begun)).toEqual([{ n: tasks }]);
}

/** Each order came to its end: every piece of work once, every event taken once, all of it taken back. */
async function auditOrders(opened: TestDatabase, orders: number) {
  const did = await rowsOf(
    opened,
    `select split_part(name, '|', 2) as did, count(*)::int4 as n from {schema}.test_shelf
     where name like 'order-%|%' group by 1 order by 1`,
  );
  const works = orders === 0 ? [] : ["charge", "recall", "refund", "release", "reserve", "send"];
  expect(did).toEqual(works.map((word) => ({ did: word, n: orders })));
  const taken = await rowsOf(
    opened,
    `select name, count(*)::int4 as n from {schema}.flow_machine_event
     where name <> 'charged' group by name order by name`,
  );
  const events = orders === 0 ? [] : ["cancel", "pay", "ship"];
  expect(taken).toEqual(events.map((name) => ({ name, n: orders })));
}

/** Every tick that was started has a run of its own, which did once what it does. */
async function auditStarts(opened: TestDatabase) {
  const [row] = await rowsOf(
    opened,
    `select (select count(*)::int4 from {schema}.schedule_fire where outcome = 1) as started,
      (select count(distinct run_id)::int4 from {schema}.schedule_fire where outcome = 1) as runs,
      (select count(*)::int4 from {schema}.flow_run join {schema}.flow_version using (flow)
        where name in ('shelve', 'linger')) as begun,
      (select count(*)::int4 from {schema}.test_shelf where name like 'job-%') as shelves,
      (select count(*)::int4 from {schema}.schedule_fire where outcome = 2) as waiting`,
  );
  const started = Number(row?.["started"]);
  const same = { started, runs: started, begun: started, shelves: started };
  expect(row).toEqual({ ...same, waiting: 0 });
}
