/** The end of a round waits for what is slow, and the provider for nobody's luck. */
import { expect, test } from "vitest";
import { rowsOf, testDatabase } from "../../../src/postgres/testing.ts";
import { JUMP_MS, JUMPS_MAX, LISTEN_MS, openProvider, toCallBack } from "./provider.ts";
import { ended, LAST_JUMP_MS, poisoned } from "./settle.ts";

test("a sweep that ended nothing yet, since its node knows nothing of the late hour, is not the last", async () => {
  const { database, schema } = await testDatabase();
  const run = (text: string) => rowsOf({ database, schema }, text);
  await run("create schema if not exists {schema}");
  for (const table of ["order_order", "order_step"])
    await run(`create table {schema}.${table} (book_id int4, order_id text)`);
  await run("insert into {schema}.order_order values (1, 'waits')");
  const wrong: string[] = [];
  let sweeps = 0;
  const expire = async () => {
    sweeps += 1;
    if (sweeps === 3) await run("insert into {schema}.order_step values (1, 'waits')");
  };
  await ended({ log: { wrong }, nodes: { expire }, database });
  expect({ sweeps, wrong }).toEqual({ sweeps: 3, wrong: [] });
});

test("a provider whose answer may have been lost as often as it was asked calls back at last", async () => {
  const { database, schema } = await testDatabase();
  const run = (text: string) => rowsOf({ database, schema }, text);
  await run("create schema if not exists {schema}");
  await openProvider({ database, schema });
  const tempers = ["done", "early", "fails", "late", "later", "later refused", "refused", "silent"];
  for (const temper of tempers)
    await run(
      `insert into {schema}.test_provided values ('${temper}', 0, 'k', 'm', 1, '${temper}')`,
    );
  const called = async (late: boolean) =>
    (await toCallBack(database, schema, { late })).map(({ temper }) => temper);
  expect(await called(false)).toEqual(["fails", "later", "later refused"]);
  expect(await called(true)).toEqual(tempers.slice(0, 6));
});

test("a run listens longer than all jumps of the clock together, and the last", () => {
  expect(LISTEN_MS).toBeGreaterThan(JUMPS_MAX * JUMP_MS + LAST_JUMP_MS);
});

test("of parked runs those go on whose nodes were killed too often, and no others", async () => {
  const { database, schema } = await testDatabase();
  const run = (text: string) => rowsOf({ database, schema }, text);
  await run("create schema if not exists {schema}");
  await run("create table {schema}.flow_live (run_id int8, state int2)");
  await run("create table {schema}.flow_trouble (run_id int8, error text, at int4)");
  const rows = [
    [1, 4, "flow.poison"],
    [2, 4, "flow.mismatch"],
    [3, 2, "flow.poison"],
  ] as const;
  for (const [id, state, code] of rows) {
    await run(`insert into {schema}.flow_live values (${id}, ${state})`);
    await run(`insert into {schema}.flow_trouble values (${id}, '{"code":"flow.poison"}', 0)`);
    await run(`insert into {schema}.flow_trouble values (${id}, '{"code":"${code}"}', 1)`);
  }
  expect(await poisoned(database)).toEqual(["r0000000000001"]);
});
