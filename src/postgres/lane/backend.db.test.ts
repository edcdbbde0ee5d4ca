import { expect, test } from "vitest";
import type { Database } from "../database.ts";
import { testDatabase } from "../testing.ts";
import type { Transaction } from "../transaction.ts";
import { endBackend, readBackend, type Backend } from "./backend.sql.ts";

const waitMs = 5_000n;

/** Runs `work` while another session, whose process it is told, has a transaction open. */
async function withOther<T>(
  database: Database,
  work: (other: Backend, tx: Transaction) => Promise<T>,
): Promise<{ result: T; ended: boolean }> {
  const result = Promise.withResolvers<T>();
  try {
    await database.transaction(async (tx) => {
      result.resolve(await work(await tx.one(readBackend, {}), tx));
      await tx.query("select 1");
    });
    return { result: await result.promise, ended: false };
  } catch (error) {
    expect(error).toMatchObject({ code: "postgres.connection_lost" });
    return { result: await result.promise, ended: true };
  }
}

test("ends a server process and answers when it is gone", async () => {
  const { database } = await testDatabase();
  const { result, ended } = await withOther(database, async (other) => [
    await database.maybe(endBackend, { ...other, waitMs }),
    await database.maybe(endBackend, { ...other, waitMs }),
  ]);
  expect(result).toEqual([{ gone: true }, undefined]);
  expect(ended).toBe(true);
});

test("never ends another process that got the same id", async () => {
  const { database } = await testDatabase();
  const { result, ended } = await withOther(database, ({ pid, startedAt }) =>
    database.maybe(endBackend, { pid, startedAt: startedAt - 1n, waitMs }),
  );
  expect(result).toEqual({ gone: true });
  expect(ended).toBe(false);
});

test("says that a process may be left where it belongs to another role", async () => {
  const { database, schema } = await testDatabase();
  const { result, ended } = await withOther(database, (other) =>
    database.transaction(async (tx) => {
      await tx.query(`create role ${schema}_guest; set local role ${schema}_guest`);
      const found = await tx.maybe(endBackend, { ...other, waitMs });
      await tx.query(`reset role; drop role ${schema}_guest`);
      return found;
    }),
  );
  expect(result).toEqual({ gone: false });
  expect(ended).toBe(false);
});
