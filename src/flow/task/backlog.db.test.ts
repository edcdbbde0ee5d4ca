/** Many in line: claims and pages go by indexes, whatever waits. */
import { expect, test } from "vitest";
import { openDatabase } from "../../postgres/index.ts";
import type { TestDatabase } from "../../postgres/testing.ts";
import {
  look,
  readHeldViews,
  readHeldViewsOf,
  readParkedViews,
  readParkedViewsOf,
  readReadyViews,
  readReadyViewsOf,
  readRunViews,
  readRunViewsOf,
  readWaitingViews,
  readWaitingViewsOf,
} from "../flow.sql.ts";
import { type Flows, task } from "../index.ts";
import { idAt } from "../run-id.ts";
import { flowDatabase, flowsOn, rowsOf } from "../testing/flows.ts";
import { readDead, readHeldGates } from "./task.sql.ts";

const COUNT = 200_000;
const SLOW = { timeout: 60_000 };

/** As starts write them: that many ready tasks, as many held ones in a hundred groups, and some dead. */
async function fill(opened: TestDatabase): Promise<void> {
  await rowsOf(
    opened,
    `insert into {schema}.flow_version (name, version) values ('mail', 1), ('away', 1)
    on conflict do nothing`,
  );
  const ids = `select ${idAt(Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000)} + n::int8 * 4194304 as run_id, n`;
  await rowsOf(
    opened,
    `with made as materialized (${ids} from generate_series(1, ${COUNT}) as n),
    live as (insert into {schema}.flow_live (run_id, wake_at, flow, owner, epoch, state, priority, gate)
      select run_id, now() - interval '1 minute', known.flow, 0, 0,
        case when n % 2 = 0 then 1 else 6 end, n % 3, case when n % 2 = 1 then n % 100 + 5 end
      from made join {schema}.flow_version as known
        on known.name = case when n % 2 = 0 then 'mail' else 'away' end)
    insert into {schema}.flow_run (run_id, flow, input, created_at)
      select run_id, known.flow, n::text, now() from made join {schema}.flow_version as known
        on known.name = case when n % 2 = 0 then 'mail' else 'away' end`,
  );
  await rowsOf(opened, "analyze {schema}.flow_live");
  await rowsOf(opened, "analyze {schema}.flow_run");
}

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly Node[];
}

type Asked = { compile(schema: string): { readonly text: string } };

/** What a statement does to the large tables, by the plan that serves any values. */
async function planOf(
  opened: TestDatabase,
  statement: Asked,
  values: string,
  indexes: string[] = [],
): Promise<string[]> {
  const { text } = statement.compile(opened.schema);
  const [row] = await opened.database.transaction(async (tx) => {
    await tx.query("set local plan_cache_mode = force_generic_plan");
    await tx.query(`prepare asked as ${text}`);
    const { rows } = await tx.query(`explain (format json) execute asked (${values})`);
    await tx.query("deallocate asked");
    return rows;
  });
  const plans = row?.["QUERY PLAN"] as { Plan: Node }[] | undefined;
  const explained = plans?.[0];
  const days = await rowsOf(
    opened,
    "select distinct tableoid::regclass::text as of from {schema}.flow_run",
  );
  const large = new Set(["flow_live", "flow_dead"]);
  for (const { of } of days) large.add(String(of).replace(/.*\./, ""));
  const bad: string[] = [];
  const walk = (node: Node): void => {
    const of = node["Relation Name"] ?? "";
    // A day without rows has no index that would be worth while.
    if (large.has(of) && node["Node Type"] === "Seq Scan") bad.push(`Seq Scan of ${of}`);
    if (node["Node Type"].includes("Sort")) bad.push(node["Node Type"]);
    if (large.has(of)) indexes.push(node["Index Name"] ?? "");
    for (const inner of node.Plans ?? []) walk(inner);
  };
  if (explained !== undefined) walk(explained.Plan);
  return bad;
}

test("claims and lists of a large backlog are planned by indexes, without a sort or a scan", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, []);
  await flows.close();
  await fill(opened);
  const page = "9223372036854775807, null, 100";
  const named = "9223372036854775807, 'mail', 100";
  const looks = "'{1,2}', '{500,500}', '{-32768,-32768}', '{0,0}', '{1,2}', 1, 'x', 60000, 2000";
  const looked: string[] = [];
  // What falls due of several flows is merged by a sort of a page of each.
  const sorted = await planOf(opened, look, looks, looked);
  expect(sorted.filter((what) => !what.endsWith("Sort"))).toEqual([]);
  expect(sorted.length).toBeLessThanOrEqual(1);
  expect(looked).toEqual(expect.arrayContaining(["flow_live_ready", "flow_live_due"]));
  for (const statement of [readReadyViews, readWaitingViews, readParkedViews, readHeldViews]) {
    expect(await planOf(opened, statement, page)).toEqual([]);
    expect(await planOf(opened, statement, named)).toEqual([]);
  }
  for (const statement of [
    readReadyViewsOf,
    readWaitingViewsOf,
    readParkedViewsOf,
    readHeldViewsOf,
  ]) {
    const indexes: string[] = [];
    const any = "9223372036854775807, '{1,2}', 100";
    const plan = await planOf(opened, statement, any, indexes);
    // Of what nobody is there is a small index, too.
    const isLarge = statement === readReadyViewsOf || statement === readHeldViewsOf;
    if (isLarge) expect(indexes).toContain("flow_live_free");
    // Lists of several versions are merged by a sort of a page of each.
    expect(plan.filter((what) => !what.endsWith("Sort"))).toEqual([]);
  }
  expect(await planOf(opened, readRunViews, "9223372036854775807, 100")).toEqual([]);
  const ofFlow: string[] = [];
  const list = await planOf(opened, readRunViewsOf, "9223372036854775807, '{1,2}', 100", ofFlow);
  expect(list.filter((what) => !what.endsWith("Sort"))).toEqual([]);
  // Of each day its own, by flow: runs of other flows are not walked over.
  expect(ofFlow).toContainEqual(expect.stringMatching(/_flow_run_id_idx$/));
  expect(await planOf(opened, readHeldGates, "2, 0, 200")).toEqual([]);
  // A merge of each version's own list, which is sorted; the dead are sorted by a page at a time.
  const dead = await planOf(opened, readDead, "'{1,2}', 9223372036854775807, 100");
  expect(dead.filter((what) => what.startsWith("Seq"))).toEqual([]);
}, 90_000);

test("a node that works on a large backlog, and is asked for pages of it, scans nothing", async () => {
  const opened = await flowDatabase();
  await (await flowsOn(opened.database, [])).close();
  await fill(opened);
  const before = await scanned(opened);
  const database = await openDatabase({ url: opened.url, schema: opened.schema, poolMax: 4 });
  let did = 0;
  const mail = task("mail", { concurrency: 20 }, () => void (did += 1));
  const flows: Flows = await flowsOn(database, [mail], { node: "two" });
  await expect.poll(() => did, SLOW).toBeGreaterThan(2_000);
  for (const options of [{ status: "ready" }, { status: "held" }, { flow: "mail" }, {}] as const) {
    const first = await flows.list({ ...options, limit: 50 });
    expect(first).toHaveLength(50);
    const second = await flows.list({ ...options, limit: 50, before: first.at(-1)?.id });
    expect(second).toHaveLength(50);
    expect(second.some(({ id }) => first.some((one) => one.id === id))).toBe(false);
  }
  expect(await flows.list({ status: "parked" })).toEqual([]);
  // Of the oldest, behind all the others: some that are few.
  await rowsOf(opened, "insert into {schema}.flow_version (name, version) values ('few', 1)");
  const few = "(select flow from {schema}.flow_version where name = 'few')";
  await rowsOf(
    opened,
    `with oldest as (select run_id from {schema}.flow_run order by run_id limit 4),
    moved as (update {schema}.flow_run set flow = ${few} where run_id in (select run_id from oldest))
    insert into {schema}.flow_live (run_id, wake_at, flow, owner, epoch, state)
    select run_id, now(), ${few}, 0, 0, 1 from oldest
    on conflict (run_id) do update set flow = excluded.flow, state = 1, gate = null, owner = 0, epoch = 0`,
  );
  const rare = await flows.list({ flow: "few", status: "ready", limit: 3 });
  expect(rare.map(({ flow: of }) => of)).toEqual(["few", "few", "few"]);
  expect(await flows.list({ flow: "few", status: "ready", before: rare[2]?.id })).toHaveLength(1);
  expect(await flows.list({ flow: "few", status: "waiting" })).toEqual([]);
  expect(await flows.list({ flow: "nobody's", status: "ready" })).toEqual([]);
  await flows.tasks.groups("away", { limit: 50 });
  await flows.close();
  // Sessions that end say what they have read.
  await database.close();
  await expect
    .poll(async () => (await scanned(opened)).fetched - before.fetched, SLOW)
    .toBeGreaterThan(2_000);
  expect((await scanned(opened)).rows - before.rows).toBeLessThan(COUNT / 10);
}, 120_000);

/** Rows that sequential scans of live runs have read so far, and rows that index scans have fetched. */
async function scanned(opened: TestDatabase): Promise<{ rows: number; fetched: number }> {
  const [row] = await rowsOf(
    opened,
    `select seq_tup_read::int8::text as rows, coalesce(idx_tup_fetch, 0)::int8::text as fetched
    from pg_stat_all_tables where schemaname = '${opened.schema}' and relname = 'flow_live'`,
  );
  return { rows: Number(row?.["rows"]), fetched: Number(row?.["fetched"]) };
}
