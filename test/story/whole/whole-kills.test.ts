/** Nodes and sessions killed at each commit of batches, forks, verbs for many runs, machines and fires. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "longmen/postgres";
import { httpCall } from "longmen/schedule";
import {
  COMMIT,
  overProxy,
  rowsOf,
  type TestDatabase,
  isLong,
  sampleOf,
} from "../../../src/postgres/testing.ts";
import { CALM_MS } from "../flow/flow-node.ts";
import { auditTicks } from "../schedule/schedule-shop.ts";
import { openWhole, type Story, tellStories } from "./whole-node.ts";
import { auditWhole, openRuns, startWhole, wholeShop } from "./whole-shop.ts";

const patience = { timeout: 60_000, interval: 100 };
const withoutMachines: readonly Story[] = ["batch", "fork", "bulk"];

/** So far apart are the commits at which one is killed; WHOLE_STRIDE=1 is each of them. */
const STRIDE = Number(process.env["WHOLE_STRIDE"] ?? 12);

/** A process that goes through the story and is killed at this hit, or comes to its end; then it is told again. */
async function crash(opened: TestDatabase, story: readonly Story[], point: string, hit: number) {
  const { url, schema } = opened;
  const [node, key] = [`node-${hit}`, `k${hit}`];
  // Who is killed is followed at once under its own name: no lease has to end for it.
  const input = { url, schema, node, leaseMs: CALM_MS };
  const child = startWhole({ ...input, faults: `${point}=kill@${hit}`, story, key });
  const ended = await child.ended;
  const database = await openDatabase({ url, schema, poolMax: 4 });
  const again = await openWhole(database, input);
  await tellStories(again, story, key);
  await again.close();
  await database.close();
  return ended;
}

test.each(
  sampleOf([
    ["before each of its commits", "flow.before_commit", withoutMachines],
    ["after each of its commits", "flow.after_commit", withoutMachines],
    ["with each of its flushes on the way", "lane.after_send", [...withoutMachines, "machine"]],
  ]),
)(
  "P1 P2 P5: killed %s, batches, forks, verbs for many runs and machines come to one end each",
  { timeout: 400_000 },
  async (_, point, story) => {
    const opened = await wholeShop();
    let ended: string[] = [];
    let told = 0;
    // Further and further, until there is nothing left to be killed at.
    for (let hit = 1; !ended.includes("7"); hit += 2 * STRIDE) {
      expect(hit).toBeLessThan(200);
      const both = [hit, hit + STRIDE].map((one) => crash(opened, story, point, one));
      ended = await Promise.all(both);
      told += both.length;
      expect(ended.filter((word) => word !== "SIGKILL" && word !== "7")).toEqual([]);
    }
    expect(told).toBeGreaterThan(2);
    expect(await openRuns(opened)).toEqual([]);
    const counts = await auditWhole(opened, []);
    const bulk = { idle: 3 * told, "longmen.bulk": told };
    expect(counts).toMatchObject({ batched: 3 * told, rounds: 2 * told, ...bulk });
  },
);

const all: readonly Story[] = [...withoutMachines, "machine"];

test.skipIf(!isLong)(
  "P1 P2 P5: replies lost behind one commit after the other cost batches, forks, bulk and machines nothing",
  async () => {
    const opened = await wholeShop();
    const { url, schema } = opened;
    const { database, proxy } = await overProxy(opened);
    const node = await openWhole(database, { url, schema, node: "node-1", leaseMs: 20_000 });
    onTestFinished(() => node.close());
    const over = new AbortController();
    const cutting = (async () => {
      for (let cuts = 0; !over.signal.aborted; cuts++) {
        const isCut = proxy.cutAfter(COMMIT, { lingerMs: cuts % 2 === 0 ? 200 : 0 });
        await Promise.race([isCut, once(over.signal, "abort")]);
        // Some pass: who is cut off each time only ever waits longer.
        await sleep(300 + 150 * (cuts % 4));
      }
    })();
    await tellStories(node, all, "k");
    over.abort();
    await cutting;
    await expect.poll(() => openRuns(opened), patience).toEqual([]);
    expect(await auditWhole(opened, [])).toMatchObject({ batched: 3, rounds: 2, order: 1 });
  },
);

test("P1 P2 P5: sessions that PostgreSQL ends again and again cost them nothing either", async () => {
  const opened = await wholeShop();
  const { url, schema } = opened;
  const database = await openDatabase({ url, schema, poolMax: 4 });
  onTestFinished(() => database.close());
  const node = await openWhole(database, { url, schema, node: "node-1", leaseMs: 20_000 });
  onTestFinished(() => node.close());
  const over = new AbortController();
  const ending = (async () => {
    while (!over.signal.aborted) {
      await rowsOf(
        opened,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and datname = current_database() and query like '%{schema}%'`,
      ).catch(() => undefined);
      await sleep(150);
    }
  })();
  for (let n = 0; n < 4; n++) {
    const told = () => tellStories(node, all, `k${n}`).then(() => "told", String);
    await expect.poll(told, patience).toBe("told");
  }
  over.abort();
  await ending;
  await expect.poll(() => openRuns(opened), patience).toEqual([]);
  expect(await auditWhole(opened, [])).toMatchObject({ batched: 12, rounds: 8, order: 4 });
});

/** A server that knows how often it was called for what. */
async function callee() {
  const heard = new Map<string, number>();
  const server = createServer((request, response) => {
    const id = String(request.headers["webhook-id"]);
    heard.set(id, (heard.get(id) ?? 0) + 1);
    request.resume().on("end", () => response.end("ok"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, allowHost: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/hook` };
}

test.each(
  sampleOf([
    ["before and after fires are committed", ["schedule.before_commit", "schedule.after_commit"]],
    ["before and after runs' commits", ["flow.before_commit", "flow.after_commit"]],
    ["with flushes on the way", ["lane.after_send", "lane.committed"]],
  ]),
)(
  "P1 P2 P5: nodes killed %s: of fires with shards and HTTP targets none is lost and each is one run",
  async (_, points) => {
    const opened = await wholeShop();
    const { url, schema } = opened;
    const { heard, ...target } = await callee();
    const input = { url, schema, allowHost: target.allowHost };
    const database = await openDatabase({ url, schema, poolMax: 4 });
    onTestFinished(() => database.close());
    const keeper = await openWhole(database, { ...input, node: "keeper" });
    onTestFinished(() => keeper.close());
    const { schedules } = keeper;
    const to = httpCall({ url: target.url, secret: "billing" });
    const routes = ["home", "round-robin", "least-loaded"] as const;
    const names = routes.map((route) => `call-${route}`);
    for (const [n, route] of routes.entries()) {
      const how = { everyMs: 300, shards: 3, overlap: "parallel", route } as const;
      await schedules.create(names[n] ?? "", { ...how, to });
    }
    for (const hit of [7, 12]) {
      const doomed = points.map((point) =>
        startWhole({ ...input, node: `doomed-${point}`, faults: `${point}=kill@${hit}` }),
      );
      for (const one of doomed) expect(await one.ended).toBe("SIGKILL");
    }
    for (const name of names) await schedules.pause(name);
    await expect.poll(() => openRuns(opened), patience).toEqual([]);
    await auditTicks(opened);
    const counted = await rowsOf(
      opened,
      `select (select count(*)::int4 from {schema}.schedule_fire where outcome = 1) as started,
        (select count(distinct run_id)::int4 from {schema}.schedule_fire where outcome = 1) as runs,
        (select count(*)::int4 from {schema}.flow_run) as begun,
        (select count(*)::int4 from {schema}.flow_end where outcome = 1) as ended`,
    );
    const [{ started } = {}] = counted;
    expect(counted).toEqual([{ started, runs: started, begun: started, ended: started }]);
    // Each of them was called for by its own id: at least once.
    expect(heard.size).toBe(started);
    expect(Number(started)).toBeGreaterThan(10);
  },
);
