/** What is promised of leases when something breaks: processes, the database, wires, clocks, pools. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../base/index.ts";
import { migrate, openDatabase } from "../../postgres/index.ts";
import {
  openPooler,
  overProxy,
  shelvesOf,
  startServerOfItsOwn,
  testFolder,
} from "../../postgres/testing.ts";
import {
  aborted,
  anotherNode,
  behind,
  leaseDatabase,
  leaseMigrations,
  leasesOn,
  taken,
} from "../testing/leases.ts";
import { startLeaseNode } from "../testing/start-lease-node.ts";

const LOST = { code: "flow.lease_lost" };
const WAIT = { timeout: 30_000 };

test("P5: a process that is stopped past its time is succeeded, and can write nothing when it wakes", async () => {
  const opened = await leaseDatabase();
  const leases = leasesOn(opened.database, { node: "second" });
  const { url, schema } = opened;
  const node = startLeaseNode({ url, schema, node: "first" });
  const options = { ttlMs: 1_500 };
  expect(await node.ask({ do: "take", key: "job", options })).toMatchObject({ token: "1" });
  expect(await node.ask({ do: "unit", shelf: "early unit" })).toMatchObject({
    status: "committed",
  });
  expect(await node.ask({ do: "tx", shelf: "early tx" })).toMatchObject({ status: "committed" });
  node.stop();
  const held = await leases.take("job", { ttlMs: 60_000, waitMs: 20_000 });
  expect(held?.token).toBe(2n);
  // Said before it wakes: it does these before anything else.
  node.say({ do: "unit", shelf: "late unit" });
  node.say({ do: "tx", shelf: "late tx" });
  node.wake();
  expect(await node.answer("unit")).toMatchObject({ status: "conflict", by: "flow.lease_held" });
  expect(await node.answer("tx")).toMatchObject(LOST);
  expect(await node.ask({ do: "tell" })).toMatchObject({ lost: true, leftMs: 0 });
  expect(Object.keys(await shelvesOf(opened.database))).toEqual(["early tx", "early unit"]);
  expect(held?.lost.aborted).toBe(false);
});

test("P5: a killed holder is succeeded when its time has run out, a killed waiter is passed over", async () => {
  const opened = await leaseDatabase();
  const leases = leasesOn(opened.database, { node: "survivor" });
  const { url, schema } = opened;
  const holder = startLeaseNode({ url, schema, node: "holder" });
  const waiter = startLeaseNode({ url, schema, node: "waiter" });
  await holder.ask({ do: "take", key: "job", options: { ttlMs: 2_000 } });
  waiter.say({ do: "take", key: "job", options: { ttlMs: 2_000, waitMs: 60_000 } });
  await expect.poll(async () => (await leases.find("job"))?.waiting, WAIT).toBe(1);
  const waiting = leases.take("job", { ttlMs: 5_000, waitMs: 30_000 });
  await expect.poll(async () => (await leases.find("job"))?.waiting, WAIT).toBe(2);
  await Promise.all([holder.kill(), waiter.kill()]);
  expect((await waiting)?.token).toBe(2n);
});

test("PostgreSQL killed: what is held stays held, who waits goes on waiting and gets it", async () => {
  const server = await startServerOfItsOwn({ dir: await testFolder() });
  const { url } = server;
  const database = await openDatabase({ url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, leaseMigrations);
  const first = leasesOn(database, { node: "first" });
  const { leases: second } = await anotherNode({ url, schema: "shop" }, "second");
  const held = await taken(first, "job", 30_000);
  const waiting = second.take("job", { ttlMs: 5_000, waitMs: 60_000 });
  await expect.poll(async () => (await first.find("job"))?.waiting, WAIT).toBe(1);
  for (let kill = 0; kill < 2; kill++) {
    const pid = server.pid();
    process.kill(pid, "SIGKILL");
    await expect.poll(() => server.pid(), WAIT).not.toBe(pid);
    await expect
      .poll(
        () =>
          held.renew().then(
            () => true,
            () => false,
          ),
        WAIT,
      )
      .toBe(true);
  }
  expect(held.lost.aborted).toBe(false);
  await database.transaction((tx) => first.check(tx, held));
  expect(await held.release()).toBe(true);
  expect((await waiting)?.token).toBe(2n);
});

test("a holder that can't reach the database knows that it lost before anybody else gets the lease", async () => {
  const opened = await leaseDatabase();
  const { database, proxy } = await overProxy(opened);
  const cutOff = leasesOn(database, { node: "cut off" });
  const other = leasesOn(opened.database, { node: "other" });
  const held = await taken(cutOff, "job", 2_000);
  const reconnect = proxy.refuse();
  const next = await other.take("job", { ttlMs: 10_000, waitMs: 20_000 });
  expect(next?.token).toBe(2n);
  // A timer may be a moment late in a process that had to wait for its turn; what is left is not.
  expect(held.leftMs()).toBe(0);
  await expect.poll(() => held.lost.aborted).toBe(true);
  expect(held.lost.reason).toMatchObject(LOST);
  // Within the time to wait, and with the reason.
  const since = performance.now();
  await expect(cutOff.take("job", { ttlMs: 2_000, waitMs: 200 })).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(performance.now() - since).toBeLessThan(10_000);
  reconnect();
  expect(await held.release()).toBe(false);
  expect(await cutOff.take("job", { ttlMs: 2_000, waitMs: 200 })).toBeUndefined();
});

test("a wire that is silent keeps no call longer than it waits and a little more", async () => {
  const opened = await leaseDatabase();
  const { database, proxy } = await overProxy(opened);
  const leases = leasesOn(database);
  const swallowed = proxy.swallow("flow.leaseStandings");
  const since = performance.now();
  await expect(leases.take("job", { ttlMs: 2_000, waitMs: 500 })).rejects.toMatchObject({
    code: "postgres.unreachable",
  });
  await swallowed;
  expect(performance.now() - since).toBeLessThan(8_000);
  proxy.cutAll();
  expect((await taken(leases, "job")).token).toBe(1n);
});

test("a taking whose commit outlasts the lease hands nothing out that has run out", async () => {
  const opened = await leaseDatabase();
  const leases = leasesOn(opened.database);
  await (await taken(leases, "job")).release();
  // Every change of the row takes longer than the lease stands, for a while.
  await behind(
    opened,
    `create function {schema}.test_slow() returns trigger language plpgsql as $$
     begin if new.token = 2 then perform pg_sleep(1.2); end if; return new; end $$`,
  );
  await behind(
    opened,
    `create trigger test_slow after update on {schema}.flow_lease
     for each row execute function {schema}.test_slow()`,
  );
  expect(await leases.take("job", { ttlMs: 500 })).toBeUndefined();
  const held = await leases.take("job", { ttlMs: 500, waitMs: 10_000 });
  expect(held?.leftMs()).toBeGreaterThan(0);
  expect(held?.lost.aborted).toBe(false);
  expect(held?.token).toBeGreaterThan(2n);
});

test("a taking whose answer is lost is found, and not taken twice", async () => {
  const opened = await leaseDatabase();
  const { database, proxy } = await overProxy(opened);
  const leases = leasesOn(database);
  await (await taken(leases, "job")).release();
  const cut = proxy.cutAfter("commit\0", { lingerMs: 500 });
  const held = await leases.take("job", { ttlMs: 5_000, waitMs: 10_000 });
  await cut;
  expect(held?.token).toBe(2n);
  await held?.renew();
  expect(await leases.find("job")).toMatchObject({ token: 2n });
});

const HOUR_MS = 3_600_000;

test("a node's clock that is set back lengthens no lease", async () => {
  const opened = await leaseDatabase();
  const { database, proxy } = await overProxy(opened);
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => performance.now() + offsetMs };
  const jumpy = leasesOn(database, { node: "jumpy", clock });
  const other = leasesOn(opened.database, { node: "other" });
  const held = await taken(jumpy, "job", 2_000);
  await sleep(300);
  offsetMs -= HOUR_MS;
  expect(held.leftMs()).toBeLessThan(2_000);
  proxy.refuse();
  await other.take("job", { ttlMs: 10_000, waitMs: 20_000 });
  expect(held.lost.aborted).toBe(true);
  await expect(opened.database.transaction((tx) => jumpy.check(tx, held))).rejects.toMatchObject(
    LOST,
  );
});

test("a node's clock that is set back or forward while it holds and waits stops neither", async () => {
  const opened = await leaseDatabase();
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => performance.now() + offsetMs };
  const jumpy = leasesOn(opened.database, { node: "jumpy", clock });
  const { leases: other } = await anotherNode(opened, "other");
  const kept = await taken(jumpy, "kept", 1_500);
  const held = await taken(other, "job");
  const waiting = jumpy.take("job", { ttlMs: 5_000, waitMs: 20_000 });
  offsetMs -= HOUR_MS;
  await sleep(3_000);
  expect(kept.lost.aborted).toBe(false);
  await held.release();
  expect((await waiting)?.token).toBe(2n);
  // Forward, it counts as lost, which is safe; nothing else can be known.
  offsetMs += 2 * HOUR_MS;
  expect(await aborted(kept.lost)).toMatchObject(LOST);
  expect(kept.leftMs()).toBe(0);
});

test("a pool that others use up loses no lease whose connection it has, and is told where it has none", async () => {
  const opened = await leaseDatabase();
  const { leases, database } = await anotherNode(opened, "crowded", { poolMax: 3 });
  const held = await taken(leases, "job", 1_500);
  const enough = Promise.withResolvers<void>();
  const crowd = Array.from({ length: 6 }, () => database.transaction(() => enough.promise));
  await sleep(2_500);
  // The lane's own connection was there already.
  expect(held.lost.aborted).toBe(false);
  const ended = () =>
    behind(
      opened,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and query like '%commit%' and state = 'idle'
         and application_name = 'longmen'`,
    );
  // It is idle between two renewals, not at any moment.
  await expect.poll(async () => (await ended()).length, WAIT).toBeGreaterThan(0);
  expect(await aborted(held.lost)).toMatchObject(LOST);
  await expect(leases.take("other", { ttlMs: 1_500, waitMs: 100 })).rejects.toMatchObject({
    kind: "unavailable",
  });
  enough.resolve();
  await Promise.allSettled(crowd);
  await expect.poll(() => leases.take("job", { ttlMs: 1_500 }), WAIT).toMatchObject({ token: 2n });
});

test("behind a pooler in transaction mode: taken, renewed, waited for, checked, released", async () => {
  const opened = await leaseDatabase();
  const pooler = await openPooler(opened.url);
  const { schema } = opened;
  const { leases: first, database } = await anotherNode({ url: pooler.url, schema }, "first");
  const { leases: second } = await anotherNode({ url: pooler.url, schema }, "second");
  const held = await taken(first, "job", 900);
  const waiting = second.take("job", { ttlMs: 5_000, waitMs: 30_000 });
  await sleep(2_000);
  await database.transaction((tx) => first.check(tx, held));
  expect(held.lost.aborted).toBe(false);
  expect(await held.release()).toBe(true);
  const next = await waiting;
  expect(next?.token).toBe(2n);
  await expect(database.transaction((tx) => first.check(tx, held))).rejects.toMatchObject(LOST);
  pooler.killClients();
  await expect
    .poll(
      () =>
        next?.renew().then(
          () => true,
          () => false,
        ),
      WAIT,
    )
    .toBe(true);
  expect(await next?.release()).toBe(true);
});
