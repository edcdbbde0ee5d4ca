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
  userPool,
} from "../../postgres/testing.ts";
import {
  aborted,
  anotherNode,
  behind,
  leapingClock,
  leaseDatabase,
  leaseMigrations,
  leasesOn,
  pass,
  taken,
  triedFor,
} from "../testing/leases.ts";
import { startLeaseNode } from "../testing/start-lease-node.ts";

const LOST = { code: "flow.lease_lost" };
const WAIT = { timeout: 30_000 };
const MINUTE = 60_000;
const HOUR_MS = 60 * MINUTE;

test("P5: a process that is stopped past its time is succeeded, and can write nothing when it wakes", async () => {
  const opened = await leaseDatabase();
  const leases = leasesOn(opened.database, { node: "second" });
  const { url, schema } = opened;
  const node = startLeaseNode({ url, schema, node: "first" });
  const options = { ttlMs: 4_000 };
  expect(await node.ask({ do: "take", key: "job", options })).toMatchObject({ token: "1" });
  expect(await node.ask({ do: "unit", shelf: "early unit" })).toMatchObject({
    status: "committed",
  });
  expect(await node.ask({ do: "tx", shelf: "early tx" })).toMatchObject({ status: "committed" });
  node.stop();
  const held = await leases.take("job", { ttlMs: 60_000, waitMs: 50_000 });
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
  await holder.ask({ do: "take", key: "job", options: { ttlMs: MINUTE } });
  waiter.say({ do: "take", key: "job", options: { ttlMs: MINUTE, waitMs: 60_000 } });
  await expect.poll(async () => (await leases.find("job"))?.waiting, WAIT).toBe(1);
  const waiting = leases.take("job", { ttlMs: MINUTE, waitMs: 50_000 });
  await expect.poll(async () => (await leases.find("job"))?.waiting, WAIT).toBe(2);
  await Promise.all([holder.kill(), waiter.kill()]);
  const aMinuteLater = "lease_until = lease_until - interval '1 minute'";
  await behind(opened, `update {schema}.flow_lease set ${aMinuteLater}`);
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
  const held = await taken(first, "job", HOUR_MS);
  const waiting = second.take("job", { ttlMs: MINUTE, waitMs: 60_000 });
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
}, 120_000);

test("a holder that can't reach the database knows that it lost before anybody else gets the lease", async () => {
  const opened = await leaseDatabase();
  const { database, proxy } = await overProxy(opened);
  const cutOff = leasesOn(database, { node: "cut off" });
  const other = leasesOn(opened.database, { node: "other" });
  const held = await taken(cutOff, "job", 2_000);
  const reconnect = proxy.refuse();
  const next = await other.take("job", { ttlMs: MINUTE, waitMs: 50_000 });
  expect(next?.token).toBe(2n);
  // A timer may be a moment late in a process that had to wait for its turn; what is left is not.
  expect(held.leftMs()).toBe(0);
  await expect.poll(() => held.lost.aborted, WAIT).toBe(true);
  expect(held.lost.reason).toMatchObject(LOST);
  // Within the time to wait, and with the reason.
  const since = performance.now();
  await expect(cutOff.take("job", { ttlMs: 2_000, waitMs: 200 })).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(performance.now() - since).toBeLessThan(10_000);
  reconnect();
  expect(await held.release()).toBe(false);
  // A connection that was begun before may fail yet.
  expect(await triedFor(cutOff, "job", { ttlMs: 2_000, waitMs: 200 })).toBeUndefined();
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
  const clock = leapingClock();
  const leases = leasesOn(opened.database, { clock });
  const other = leasesOn(opened.database, { node: "other" });
  await (await taken(leases, "job")).release();
  // The second taking is committed when this lets it.
  await behind(
    opened,
    `create function {schema}.test_slow() returns trigger language plpgsql as $$
     begin if new.token = 2 then perform pg_advisory_xact_lock(7); end if; return new; end $$`,
  );
  await behind(
    opened,
    `create trigger test_slow after update on {schema}.flow_lease
     for each row execute function {schema}.test_slow()`,
  );
  const client = await userPool(opened.url, 1).connect();
  onTestFinished(() => client.release());
  await client.query("select pg_advisory_lock(7)");
  const taking = leases.take("job", { ttlMs: MINUTE, waitMs: MINUTE / 2 });
  const waits = `select 1 from pg_locks as wanted join pg_database as here on here.oid = wanted.database
    where datname = current_database() and locktype = 'advisory' and not granted`;
  await expect.poll(async () => (await behind(opened, waits)).length, WAIT).toBe(1);
  clock.leap(2 * MINUTE);
  await client.query("select pg_advisory_unlock(7)");
  expect(await taking).toBeUndefined();
  // What the database has of it is given back.
  const held = await other.take("job", { ttlMs: MINUTE, waitMs: 50_000 });
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
  const held = await leases.take("job", { ttlMs: MINUTE, waitMs: 50_000 });
  await cut;
  expect(held?.token).toBe(2n);
  await held?.renew();
  expect(await leases.find("job")).toMatchObject({ token: 2n });
});

test("a node's clock that is set back lengthens no lease", async () => {
  const opened = await leaseDatabase();
  const { database, proxy } = await overProxy(opened);
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => performance.now() + offsetMs };
  const jumpy = leasesOn(database, { node: "jumpy", clock });
  const other = leasesOn(opened.database, { node: "other" });
  const held = await taken(jumpy, "job", 2_000);
  await sleep(300);
  // What passed between the last look at a clock and its being set back nobody can know of: none here.
  expect(held.leftMs()).toBeLessThan(2_000);
  offsetMs -= HOUR_MS;
  expect(held.leftMs()).toBeLessThan(2_000);
  proxy.refuse();
  await other.take("job", { ttlMs: MINUTE, waitMs: 50_000 });
  expect(held.leftMs()).toBe(0);
  await expect.poll(() => held.lost.aborted, WAIT).toBe(true);
  await expect(opened.database.transaction((tx) => jumpy.check(tx, held))).rejects.toMatchObject(
    LOST,
  );
});

test("a node's clock that is set back or forward while it holds and waits stops neither", async () => {
  const opened = await leaseDatabase();
  let offsetMs = 0;
  const passing = leapingClock();
  const clock = { ...passing, now: () => passing.now() + offsetMs };
  const jumpy = leasesOn(opened.database, { node: "jumpy", clock });
  const { leases: other } = await anotherNode(opened, "other");
  const kept = await taken(jumpy, "kept", HOUR_MS);
  const held = await taken(other, "job", 24 * HOUR_MS);
  const waiting = jumpy.take("job", { ttlMs: MINUTE, waitMs: 24 * HOUR_MS });
  const isWaiting = async () => (await other.find("job"))?.waiting;
  await expect.poll(isWaiting, WAIT).toBe(1);
  offsetMs -= HOUR_MS;
  for (let round = 0; round < 2; round++) {
    await pass(opened, passing, 50 * MINUTE);
    await expect.poll(() => kept.leftMs(), WAIT).toBeGreaterThan(55 * MINUTE);
  }
  expect(kept.lost.aborted).toBe(false);
  await held.release();
  expect((await waiting)?.token).toBe(2n);
  // Forward, it counts as lost, which is safe; nothing else can be known.
  offsetMs += 3 * HOUR_MS;
  passing.leap(MINUTE);
  expect(await aborted(kept.lost)).toMatchObject(LOST);
  expect(kept.leftMs()).toBe(0);
});

test("a pool that others use up loses no lease whose connection it has, and is told where it has none", async () => {
  const opened = await leaseDatabase();
  const clock = leapingClock();
  const { leases, database } = await anotherNode(opened, "crowded", { poolMax: 3, clock });
  const held = await taken(leases, "job", HOUR_MS);
  const enough = Promise.withResolvers<void>();
  const crowd = Array.from({ length: 6 }, () => database.transaction(() => enough.promise));
  await expect.poll(() => database.stats().waiting, WAIT).toBeGreaterThan(0);
  // The lane's own connection was there already.
  for (let round = 0; round < 2; round++) {
    await pass(opened, clock, 50 * MINUTE);
    await expect.poll(() => held.leftMs(), WAIT).toBeGreaterThan(55 * MINUTE);
  }
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
  await pass(opened, clock, 2 * HOUR_MS);
  expect(await aborted(held.lost)).toMatchObject(LOST);
  await expect(leases.take("other", { ttlMs: 1_500, waitMs: 100 })).rejects.toMatchObject({
    kind: "unavailable",
  });
  enough.resolve();
  await Promise.allSettled(crowd);
  const retaken = () => leases.take("job", { ttlMs: MINUTE }).catch(String);
  await expect.poll(retaken, WAIT).toMatchObject({ token: 2n });
});

test("behind a pooler in transaction mode: taken, renewed, waited for, checked, released", async () => {
  const opened = await leaseDatabase();
  const pooler = await openPooler(opened.url);
  const { schema } = opened;
  const clock = leapingClock();
  const behindPooler = { url: pooler.url, schema };
  const { leases: first, database } = await anotherNode(behindPooler, "first", { clock });
  const { leases: second } = await anotherNode({ url: pooler.url, schema }, "second");
  const held = await taken(first, "job", HOUR_MS);
  const waiting = second.take("job", { ttlMs: MINUTE, waitMs: 50_000 });
  for (let round = 0; round < 2; round++) {
    await pass(opened, clock, 50 * MINUTE);
    await expect.poll(() => held.leftMs(), WAIT).toBeGreaterThan(55 * MINUTE);
  }
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
