import { onTestFinished, expect, test } from "vitest";
import { type Database, openDatabase } from "../database.ts";
import { shelfDatabase, userPool } from "../testing.ts";
import { endLease, keepLease, takeOverLease } from "./keep-lease.ts";
import { takeLease } from "./lease.ts";

const NODE = "node-1";
const TTL_MS = 60_000;

async function leaseUntil(database: Database) {
  const { rows } = await database.transaction((tx) =>
    tx.query(`select epoch::int4, lease_until > clock_timestamp() as held
      from ${database.schema}.lane_lease where node = '${NODE}'`),
  );
  return rows[0];
}

async function leaseEnd(database: Database): Promise<number> {
  const { rows } = await database.transaction((tx) =>
    tx.query(`select (extract(epoch from lease_until) * 1000000)::text as until
      from ${database.schema}.lane_lease where node = '${NODE}'`),
  );
  return Number(rows[0]?.["until"]);
}

test.each(["a pool of our own", "a pool whose password nobody can hand to a thread"])(
  "is renewed from %s for as long as it is kept, and lost when somebody takes it",
  async (title) => {
    const opened = await shelfDatabase();
    const { url, schema } = opened;
    let { database } = opened;
    if (title !== "a pool of our own") {
      const pool = userPool(url, 2);
      Object.assign(pool.options, { password: () => "" });
      database = await openDatabase({ pool, schema });
      onTestFinished(() => database.close());
    }
    const held = await takeLease(database, NODE, TTL_MS);
    const lost = Promise.withResolvers<void>();
    const kept = await keepLease(database, held, {
      ttlMs: TTL_MS,
      everyMs: 50,
      onLost: () => lost.resolve(),
    });
    onTestFinished(() => kept.close());
    expect(kept.leftMs()).toBeGreaterThan(0);
    expect(Math.abs(kept.databaseNow() - Date.now())).toBeLessThan(30_000);
    // It ends later and later.
    for (let renewal = 0, until = 0; renewal < 5; renewal++) {
      await expect.poll(() => leaseEnd(opened.database)).toBeGreaterThan(until);
      until = await leaseEnd(opened.database);
    }
    expect(await leaseUntil(opened.database)).toEqual({ epoch: 1, held: true });
    // Nobody takes over what is renewed.
    expect(await takeOverLease(opened.database, held, TTL_MS)).toBeUndefined();
    await takeLease(opened.database, NODE, TTL_MS);
    await lost.promise;
  },
);

test("is taken over once it has run out, by one, and ends where it is ended", async () => {
  const { database } = await shelfDatabase();
  const held = await takeLease(database, NODE, TTL_MS);
  expect(await takeOverLease(database, held, TTL_MS)).toBeUndefined();
  await endLease(database, held, false);
  const taken = await Promise.all([1, 2, 3].map(() => takeOverLease(database, held, TTL_MS)));
  expect(taken.filter((one) => one !== undefined)).toEqual([{ node: NODE, epoch: 2 }]);
  // Who had it before ends nothing any more.
  await endLease(database, held, true);
  expect(await leaseUntil(database)).toEqual({ epoch: 2, held: true });
  await endLease(database, { node: NODE, epoch: 2 }, true);
  expect(await leaseUntil(database)).toEqual({ epoch: 2, held: false });
});
