/** What one or two nodes are promised of leases, with nothing going wrong but what they ask. */
import { expect, onTestFinished, test } from "vitest";
import { arrayOf, unit, type Writer } from "../../postgres/index.ts";
import { insertShelves, nodeLane, shelvesOf, userPool } from "../../postgres/testing.ts";
import { type Held, leaseHeld } from "../index.ts";
import { takeLeases, waitInLine } from "./write-leases.ts";
import {
  aborted,
  anotherNode,
  behind,
  leapingClock,
  leaseDatabase,
  leasesOn,
  pass,
  taken,
  triedFor,
} from "../testing/leases.ts";

const LOST = { code: "flow.lease_lost" };
const MINUTE = 60_000;
const ttlMs = MINUTE;

/** Time leaps for the first of them, where it is made to. */
async function twoNodes() {
  const opened = await leaseDatabase();
  const clock = leapingClock();
  const first = leasesOn(opened.database, { node: "first", clock });
  const { leases: second } = await anotherNode(opened, "second");
  return { opened, first, second, clock };
}

test("one holder at a time, and each token is greater than the one before", async () => {
  const { first, second } = await twoNodes();
  const tokens: bigint[] = [];
  for (const leases of [first, second, first]) {
    const held = await taken(leases, "invoice/42");
    tokens.push(held.token);
    expect(await triedFor(first, "invoice/42")).toBeUndefined();
    expect(await triedFor(second, "invoice/42")).toBeUndefined();
    expect(held.leftMs()).toBeGreaterThan(ttlMs / 2);
    expect(await held.release()).toBe(true);
  }
  expect(tokens).toEqual([1n, 2n, 3n]);
});

test("releasing twice answers alike, and what was released is neither renewed nor lost", async () => {
  const { first } = await twoNodes();
  const held = await taken(first, "a");
  expect(await Promise.all([held.release(), held.release()])).toEqual([true, true]);
  expect(await held.release()).toBe(true);
  await expect(held.renew()).rejects.toMatchObject({ code: "flow.lease_released" });
  expect(held.leftMs()).toBe(0);
  expect(held.lost.aborted).toBe(false);
});

test("whoever waits gets it when it is released, in the order of coming", async () => {
  const { first, second, opened } = await twoNodes();
  const held = await taken(first, "a");
  const order: number[] = [];
  const waiting: Promise<void>[] = [];
  for (let place = 0; place < 6; place++) {
    const leases = place % 2 === 0 ? first : second;
    const wait = async () => {
      const got = await leases.take("a", { ttlMs, waitMs: 30_000 });
      order.push(place);
      await got?.release();
    };
    waiting.push(wait());
    const lined = () => behind(opened, "select count(*)::int as n from {schema}.flow_lease_waiter");
    await expect.poll(async () => (await lined())[0]?.["n"]).toBe(place + 1);
  }
  expect(await first.find("a")).toMatchObject({ holder: "first", waiting: 6 });
  // Who doesn't wait passes nobody who does.
  await held.release();
  await Promise.all([...waiting, first.take("a", { ttlMs }).then((got) => got?.release())]);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  const left = () => behind(opened, "select count(*)::int as n from {schema}.flow_lease_waiter");
  await expect.poll(async () => (await left())[0]?.["n"]).toBe(0);
});

test("taking passes no live waiter, whatever was seen before, and passes dead ones", async () => {
  const { first, opened } = await twoNodes();
  await (await taken(first, "a")).release();
  const lane = nodeLane(opened.database);
  const waiter = (aliveMs: number) => {
    const row = { waiterId: "w", key: "a", holder: "second", aliveMs };
    return lane.submit({ ...unit("w").write(waitInLine, row), context: undefined });
  };
  const take = () => {
    const asked = { key: "a", seen: 1n, takeId: "t", holder: "x", note: null, ttlMs, place: null };
    return lane.submit({ ...unit("t").write(takeLeases, asked), context: undefined });
  };
  await waiter(60_000);
  expect(await take()).toEqual({ status: "conflict", by: "flow.take_lease" });
  expect(await triedFor(first, "a")).toBeUndefined();
  await waiter(0);
  expect(await take()).toMatchObject({ status: "committed" });
});

test("waiting ends: at its time without a lease, by a signal with its reason", async () => {
  const { first, second, opened } = await twoNodes();
  await taken(first, "a");
  expect(await triedFor(second, "a", { ttlMs, waitMs: 300 })).toBeUndefined();
  const gone = new AbortController();
  const waiting = second.take("a", { ttlMs, waitMs: 60_000, signal: gone.signal });
  setTimeout(() => gone.abort(new Error("the caller hung up")), 100);
  await expect(waiting).rejects.toThrow("the caller hung up");
  const signal = AbortSignal.abort(new Error("before it began"));
  await expect(second.take("b", { ttlMs, signal })).rejects.toThrow("before it began");
  const left = () => behind(opened, "select count(*)::int as n from {schema}.flow_lease_waiter");
  await expect.poll(async () => (await left())[0]?.["n"]).toBe(0);
});

test("a signal that comes while the lease is being taken leaves nothing held", async () => {
  const { first, second } = await twoNodes();
  for (let delayMs = 0; delayMs < 12; delayMs++) {
    const gone = new AbortController();
    const asked = first.take("a", { ttlMs: 60_000, signal: gone.signal });
    setTimeout(() => gone.abort(new Error("gone")), delayMs);
    const got = await asked.catch(() => undefined);
    if (got !== undefined) await got.release();
    await using again = await second.take("a", { ttlMs, waitMs: 30_000 });
    expect(again?.token).toBeGreaterThan(0n);
  }
});

test("a lease outlives its time as long as its holder lives", async () => {
  const { opened, first, second, clock } = await twoNodes();
  const held = await taken(first, "a", 60 * MINUTE);
  for (let round = 0; round < 4; round++) {
    await pass(opened, clock, 50 * MINUTE);
    await expect.poll(() => held.leftMs()).toBeGreaterThan(55 * MINUTE);
    expect(await triedFor(second, "a")).toBeUndefined();
  }
  expect(held.lost.aborted).toBe(false);
  await held.renew();
  expect(await held.release()).toBe(true);
});

test("a thousand leases are renewed by one statement", async () => {
  const { first, opened, clock } = await twoNodes();
  // 1,000 at once take some flushes; their renewals come together.
  await behind(
    opened,
    `create table {schema}.test_statement (at timestamptz default clock_timestamp(), rows int)`,
  );
  const held = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => taken(first, `many/${n}`, 60 * MINUTE)),
  );
  expect(new Set(held.map(({ token }) => token))).toEqual(new Set([1n]));
  await behind(
    opened,
    `create function {schema}.test_count() returns trigger language plpgsql as $$
     begin insert into {schema}.test_statement (rows) select count(*) from seen; return null; end $$`,
  );
  await behind(
    opened,
    `create trigger test_count after update on {schema}.flow_lease
     referencing new table as seen for each statement execute function {schema}.test_count()`,
  );
  const told = () =>
    behind(
      opened,
      `select rows::int as rows from {schema}.test_statement where rows > 0 order by at`,
    );
  for (const round of [1, 2]) {
    clock.leap(50 * MINUTE);
    await expect.poll(async () => (await told()).length).toBe(round);
    await expect.poll(() => held.at(-1)?.leftMs()).toBeGreaterThan(55 * MINUTE);
  }
  for (const { rows } of await told()) expect(rows).toBe(1_000);
  expect(held.some(({ lost }) => lost.aborted)).toBe(false);
  await first.close();
  expect(await first.list({ limit: 1 })).toEqual([]);
});

test("one lost lease among many doesn't keep the others from being renewed", async () => {
  const { first, opened, clock } = await twoNodes();
  const held = await Promise.all(
    Array.from({ length: 20 }, (_, n) => taken(first, `k/${n}`, 60 * MINUTE)),
  );
  await behind(opened, `update {schema}.flow_lease set token = token + 1 where key = 'k/7'`);
  const seventh = held[7] as Held;
  await pass(opened, clock, 50 * MINUTE);
  expect(await aborted(seventh.lost)).toMatchObject({
    ...LOST,
    details: { key: "k/7", token: 1n },
  });
  const others = held.filter((one) => one !== seventh);
  const left = () => Math.min(...others.map((one) => one.leftMs()));
  await expect.poll(left).toBeGreaterThan(55 * MINUTE);
  expect(held.filter(({ lost }) => lost.aborted)).toEqual([seventh]);
  await expect(seventh.renew()).rejects.toMatchObject(LOST);
  expect(await seventh.release()).toBe(false);
});

test("units of one holder share a flush; after it is lost they are refused", async () => {
  const { first, second, opened } = await twoNodes();
  const lane = nodeLane(opened.database);
  const held = await taken(first, "shelves");
  const put = (name: string, by = held) =>
    lane.submit({
      ...unit(name).write(leaseHeld, by).write(insertShelves, { name, quantity: 1n }),
      context: undefined,
    });
  await put("warm");
  const before = lane.stats().flushes;
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => put(`s${n}`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(["committed"]));
  // Halves of what is left, as long as the half before has been answered by then.
  expect(lane.stats().flushes - before).toBeLessThan(10);
  await held.release();
  const refused = { status: "conflict", by: "flow.lease_held" };
  expect(await put("late")).toEqual(refused);
  const next = await taken(second, "shelves");
  const [late, good] = await Promise.all([put("later"), put("next", next)]);
  expect([late, good?.status]).toEqual([refused, "committed"]);
  expect(Object.keys(await shelvesOf(opened.database))).toHaveLength(202);
});

/** A row that waits for a lock: what is committed with it is in flight until somebody lets go of that. */
const locking: Writer<number> = {
  room: "test",
  label: "test.locking",
  layer: 3,
  values: (locks) => [arrayOf.int4([...locks])],
  write: () =>
    "select pg_advisory_xact_lock(n) from unnest($1::int4[], $2::int4[]) as asked (ordinal, n)",
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};

/** Those who have looked, could not take it, and stand in line. */
const inLine = async (opened: Parameters<typeof behind>[0]) =>
  (await behind(opened, "select holder from {schema}.flow_lease_waiter")).length;

test("a take-over waits for a unit in flight, and its unit is committed", async () => {
  const { first, second, opened } = await twoNodes();
  const lane = nodeLane(opened.database);
  const held = await taken(first, "a");
  const client = await userPool(opened.url, 1).connect();
  onTestFinished(() => client.release());
  await client.query("select pg_advisory_lock(7)");
  const unitOf = unit("slow").write(leaseHeld, held).write(locking, 7);
  const committing = lane.submit({ ...unitOf, context: undefined });
  const waits = `select 1 from pg_locks as wanted join pg_database as here on here.oid = wanted.database
    where datname = current_database() and locktype = 'advisory' and not granted`;
  await expect.poll(async () => (await behind(opened, waits)).length).toBe(1);
  await behind(opened, `update {schema}.flow_lease set lease_until = clock_timestamp()`);
  let isTaken = false;
  const waiting = second.take("a", { ttlMs, waitMs: 50_000 }).finally(() => (isTaken = true));
  await expect.poll(() => inLine(opened)).toBe(1);
  expect(isTaken).toBe(false);
  await client.query("select pg_advisory_unlock(7)");
  expect(await committing).toMatchObject({ status: "committed" });
  expect((await waiting)?.token).toBe(2n);
});

test("what has run out is not renewed, though nobody has taken it", async () => {
  const { first, opened } = await twoNodes();
  const held = await taken(first, "a");
  await behind(opened, `update {schema}.flow_lease set lease_until = clock_timestamp()`);
  await expect(held.renew()).rejects.toMatchObject(LOST);
  expect(held.lost.aborted).toBe(true);
  expect(await first.find("a")).toBeUndefined();
});

test("a take-over waits for a transaction under the lease, and fences those that come after it", async () => {
  const { first, second, opened } = await twoNodes();
  const held = await taken(first, "a");
  const pool = userPool(opened.url, 1);
  const client = await pool.connect();
  onTestFinished(() => client.release());
  await client.query("begin");
  await first.check(client, held);
  await behind(opened, `update {schema}.flow_lease set lease_until = clock_timestamp()`);
  // Run out, but in use: nobody gets it, and nobody's lane waits for it.
  let isTaken = false;
  const waiting = second.take("a", { ttlMs, waitMs: 50_000 }).finally(() => (isTaken = true));
  await expect.poll(() => inLine(opened)).toBe(1);
  await expect(second.breakLease("a", { by: "ann" })).rejects.toMatchObject({
    code: "flow.lease_not_held",
  });
  expect(isTaken).toBe(false);
  await client.query(`insert into ${opened.schema}.test_shelf values ('in time', 1, 1)`);
  await client.query("commit");
  expect((await waiting)?.token).toBe(2n);
  await client.query("begin");
  await expect(first.check(client, held)).rejects.toMatchObject(LOST);
  await client.query("rollback");
  await expect(opened.database.transaction((tx) => first.check(tx, held))).rejects.toMatchObject(
    LOST,
  );
});

test("a check outside of a transaction is refused: it would hold nothing", async () => {
  const { first, opened } = await twoNodes();
  const held = await taken(first, "a");
  const pool = userPool(opened.url, 1);
  const client = await pool.connect();
  onTestFinished(() => client.release());
  const refused = { code: "flow.lease_check_unprotected" };
  await expect(first.check(client, held)).rejects.toMatchObject(refused);
  await expect(first.check(pool, held)).rejects.toMatchObject(refused);
  await expect(first.check(opened.database, held)).rejects.toMatchObject(refused);
});

test("an operator breaks a lease: its holder is fenced at once and told, and who did it is recorded", async () => {
  const { first, second, opened, clock } = await twoNodes();
  const held = await taken(first, "nightly");
  await expect(second.breakLease("nightly", { by: "ann", token: 9n })).rejects.toMatchObject({
    code: "flow.lease_not_held",
  });
  const broken = await second.breakLease("nightly", { by: "ann", reason: "hangs", token: 1n });
  expect(broken).toMatchObject({ key: "nightly", token: 1n, holder: "first" });
  await expect(opened.database.transaction((tx) => first.check(tx, held))).rejects.toMatchObject(
    LOST,
  );
  expect(held.lost.aborted).toBe(false);
  // When its next renewal is due.
  clock.leap(MINUTE / 2);
  expect(await aborted(held.lost)).toMatchObject(LOST);
  expect((await taken(second, "nightly")).token).toBe(3n);
  const [record] = await second.breaks("nightly");
  expect(record).toMatchObject({ token: 1n, holder: "first", by: "ann", reason: "hangs" });
  await expect(second.breakLease("other", { by: "ann" })).rejects.toMatchObject({
    code: "flow.lease_not_held",
  });
});

test("a lease under which a transaction stays open can't be broken, and says so", async () => {
  const { first, second, opened } = await twoNodes();
  const held = await taken(first, "a");
  await opened.database.transaction(async (tx) => {
    await first.check(tx, held);
    await expect(second.breakLease("a", { by: "ann" })).rejects.toMatchObject({
      code: "flow.lease_in_use",
    });
  });
  await held.renew();
});

test("the list tells who holds what, for how long and why, page by page", async () => {
  const { first, second } = await twoNodes();
  for (const n of [1, 2, 3]) await first.take(`job/${n}`, { ttlMs, note: `part ${n}` });
  await second.take("other", { ttlMs });
  const page = await first.list({ prefix: "job/", limit: 2 });
  expect(page.map(({ key, note, holder }) => [key, note, holder])).toEqual([
    ["job/1", "part 1", "first"],
    ["job/2", "part 2", "first"],
  ]);
  const [view] = page;
  expect((view?.until ?? 0) - (view?.since ?? 0)).toBeGreaterThanOrEqual(ttlMs);
  expect(view?.heldForMs).toBeGreaterThanOrEqual(0);
  expect(await first.list({ prefix: "job/", after: "job/2" })).toHaveLength(1);
  expect((await first.list()).map(({ key }) => key)).toEqual(["job/1", "job/2", "job/3", "other"]);
});

test("withLease works under it and gives it back, also when the work throws", async () => {
  const { first, second } = await twoNodes();
  expect(await first.withLease("a", { ttlMs }, ({ token }) => token)).toBe(1n);
  await expect(
    first.withLease("a", { ttlMs }, () => Promise.reject(new Error("no paper"))),
  ).rejects.toThrow("no paper");
  const held = await taken(second, "a");
  await expect(first.withLease("a", { ttlMs, waitMs: 50 }, () => 1)).rejects.toMatchObject({
    code: "flow.lease_held",
    retry: "later",
  });
  expect(held.token).toBe(3n);
});

test("what is malformed is refused by its field, and nothing is done", async () => {
  const { first } = await twoNodes();
  const bad: [string, unknown, string][] = [
    ["", { ttlMs }, "key"],
    ["a b", { ttlMs }, "key"],
    ["a//b", { ttlMs }, "key"],
    ["x".repeat(201), { ttlMs }, "key"],
    ["a", {}, "ttlMs"],
    ["a", { ttlMs: 499 }, "ttlMs"],
    ["a", { ttlMs: 86_400_001 }, "ttlMs"],
    ["a", { ttlMs: 1_000.5 }, "ttlMs"],
    ["a", { ttlMs, waitMs: -1 }, "waitMs"],
    ["a", { ttlMs, waitMs: Infinity }, "waitMs"],
    ["a", { ttlMs, note: "two\nlines" }, "note"],
    ["a", { ttlMs, note: "" }, "note"],
    ["a", { ttlMs, signal: "stop" }, "signal"],
  ];
  for (const [key, options, field] of bad) {
    await expect(first.take(key, options as { ttlMs: number })).rejects.toMatchObject({
      code: "flow.lease_malformed",
      details: { field },
    });
  }
  const malformed = { code: "flow.lease_malformed" };
  await expect(first.breakLease("a", { by: "" })).rejects.toMatchObject(malformed);
  await expect(first.list({ limit: 0 })).rejects.toMatchObject(malformed);
  await expect(first.list({ prefix: "a b" })).rejects.toMatchObject(malformed);
  await expect(first.find("a b")).rejects.toMatchObject(malformed);
  expect(await first.list()).toEqual([]);
});

test("closing ends the waiting, gives back what is held, and takes nothing more", async () => {
  const { first, second, opened } = await twoNodes();
  await taken(first, "a");
  await taken(second, "b");
  const waiting = first.take("b", { ttlMs, waitMs: 60_000 });
  const refused = waiting.then(
    () => "taken",
    (error: { code: string }) => error.code,
  );
  await expect.poll(async () => (await first.find("b"))?.waiting).toBe(1);
  await Promise.all([first.close(), first.close()]);
  expect(await refused).toBe("flow.leases_closed");
  await expect(first.take("c", { ttlMs })).rejects.toMatchObject({ code: "flow.leases_closed" });
  expect((await taken(second, "a")).token).toBe(2n);
  expect(await behind(opened, "select key from {schema}.flow_lease_waiter")).toEqual([]);
});

test("who holds nothing and waits for nothing asks the database nothing", async () => {
  const { first, second, opened } = await twoNodes();
  const held = await taken(first, "a");
  const sessions = async () => {
    const [row] = await behind(
      opened,
      `select coalesce(json_agg(json_build_array(pid, query_start) order by pid), '[]')::text as told
       from pg_stat_activity
       where datname = current_database() and query like '%flow.%' and pid <> pg_backend_pid()`,
    );
    return row?.["told"];
  };
  const seenAsking = async () => {
    await second.take("a", { ttlMs, waitMs: 100 });
    return sessions();
  };
  await expect.poll(seenAsking).not.toBe("[]");
  await held.release();
  // What ends with the waiting is done before long, and then nothing more comes; the lane gives its
  // connection back after 5 s.
  const isQuiet = async () => {
    const before = await sessions();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return (await sessions()) === before;
  };
  await expect.poll(isQuiet).toBe(true);
});
