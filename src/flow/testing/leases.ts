/** For tests: nodes that take leases on a schema of their own, and what stands in it. */
import { onTestFinished } from "vitest";
import { LongmenError, systemClock } from "../../base/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { shelfMigrations, testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import {
  flowMigrations,
  type Held,
  type Leases,
  type LeasesOptions,
  openLeases,
  type TakeOptions,
} from "../index.ts";

export const leaseMigrations = [postgresMigrations, flowMigrations, shelfMigrations];

export function leaseDatabase(): Promise<TestDatabase> {
  return testDatabase({ migrations: leaseMigrations });
}

/** Leases of one node; closed with the test. */
export function leasesOn(database: Database, options: Partial<LeasesOptions> = {}): Leases {
  const leases = openLeases({ database, node: "node-1", ...options });
  onTestFinished(() => leases.close());
  return leases;
}

/** Another node on the same schema, with a pool of its own. */
export async function anotherNode(
  { url, schema }: Pick<TestDatabase, "url" | "schema">,
  node: string,
  options: Partial<LeasesOptions> & { readonly poolMax?: number } = {},
): Promise<{ readonly leases: Leases; readonly database: Database }> {
  const database = await openDatabase({ url, schema, poolMax: options.poolMax ?? 4 });
  onTestFinished(() => database.close());
  return { leases: leasesOn(database, { node, ...options }), database };
}

/** Nobody else has it: it is waited for only where the machine stands still. */
const PATIENCE_MS = 30_000;

/** A lease that nobody else has. */
export async function taken(leases: Leases, key: string, ttlMs = 60_000): Promise<Held> {
  const held = await leases.take(key, { ttlMs, waitMs: PATIENCE_MS });
  if (held === undefined) throw new Error(`${key} is held by somebody else`);
  return held;
}

const ASKS_MAX = 20;

/**
 * Asks for a lease that somebody else has, until there is an answer: a call whose look stood still on its way is told
 * that the database can't be reached.
 */
export async function triedFor(
  leases: Leases,
  key: string,
  options: TakeOptions = { ttlMs: 60_000 },
): Promise<Held | undefined> {
  for (let ask = 1; ; ask++) {
    try {
      return await leases.take(key, options);
    } catch (error) {
      const isPassing = error instanceof LongmenError && error.kind === "unavailable";
      if (!isPassing || ask === ASKS_MAX) throw error;
    }
  }
}

/** When the signal is aborted: its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

/** Time as it passes, which may leap: whoever sleeps past where it leaps to wakes up. */
export interface LeapingClock extends NonNullable<LeasesOptions["clock"]> {
  leap(ms: number): void;
}

export function leapingClock(): LeapingClock {
  let aheadMs = 0;
  let leaping = new AbortController();
  const now = (): number => performance.now() + aheadMs;
  return {
    now,
    sleep: async (ms, signal) => {
      const until = now() + ms;
      while (now() < until) {
        const { signal: leapt } = leaping;
        const either = signal === undefined ? leapt : AbortSignal.any([leapt, signal]);
        const slept = systemClock.sleep(until - now(), either);
        await slept.catch((error: unknown) => {
          if (!leapt.aborted) throw error;
        });
      }
      signal?.throwIfAborted();
    },
    leap: (ms) => {
      aheadMs += ms;
      leaping.abort();
      leaping = new AbortController();
    },
  };
}

/** So much time passes for leases in the database and for nodes of that clock, at once. */
export async function pass(
  opened: Pick<TestDatabase, "schema" | "database">,
  clock: LeapingClock,
  ms: number,
): Promise<void> {
  const by = `${ms} * interval '1 millisecond'`;
  await behind(opened, `update {schema}.flow_lease set lease_until = lease_until - ${by}`);
  clock.leap(ms);
}

/** What a test does or reads behind everybody's back. */
export async function behind(
  { schema, database }: Pick<TestDatabase, "schema" | "database">,
  text: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(text.replaceAll("{schema}", schema)),
  );
  return rows;
}
