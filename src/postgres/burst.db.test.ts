import { expect, onTestFinished, test } from "vitest";
import { sendBurst, type BurstPart } from "./burst.ts";
import { arrayOf } from "./binary.ts";
import { copyRows } from "./copy.ts";
import { checkout } from "./database.ts";
import { testDatabase } from "./testing.ts";

async function session() {
  const { database, schema } = await testDatabase({ migrations: [] });
  const { client, release } = await checkout(database);
  onTestFinished(() => release(true));
  await client.query(`create table ${schema}.goods (id int8 primary key)`);
  const goods = async () =>
    (await client.query<{ id: string }>(`select id from ${schema}.goods order by id`)).rows.map(
      ({ id }) => Number(id),
    );
  const ask = (name: string, text: string, values: readonly string[] = []): BurstPart => ({
    name,
    text,
    values,
  });
  const insert = (id: number, name = "insert") =>
    ask(name, `insert into ${schema}.goods values ($1)`, [String(id)]);
  const copied = (ids: readonly number[]): BurstPart => {
    const { columns, bytes } = copyRows(ids.length, { id: { each: arrayOf.int8Number(ids) } });
    const text = `copy ${schema}.goods (${columns.join(", ")}) from stdin (format binary)`;
    return { text, copied: bytes };
  };
  return { client, goods, ask, insert, copied };
}

test("answers each statement's rows in order, and is one transaction", async () => {
  const { client, goods, ask, insert, copied } = await session();
  const sum = ask("sum", "select $1::int4 + 1, null", ["1"]);
  for (const round of [0, 10]) {
    const parts = [sum, copied([round + 1, round + 2]), insert(round + 3), sum];
    expect(await sendBurst(client, parts)).toEqual({
      rows: [[["2", null]], [], [], [["2", null]]],
    });
  }
  expect(await goods()).toEqual([1, 2, 3, 11, 12, 13]);
});

test("what follows one that failed is not done, nor what it followed; the next burst is", async () => {
  const { client, goods, ask, insert, copied } = await session();
  const before = sendBurst(client, [insert(1)]);
  const failing = sendBurst(client, [insert(2), copied([3, 3]), insert(4)]);
  const behind = sendBurst(client, [insert(5), copied([6])]);
  expect(await before).toEqual({ rows: [[]] });
  expect(await failing).toMatchObject({ rows: [[]], error: { code: "23505" } });
  expect(await behind).toEqual({ rows: [[], []] });
  expect(await goods()).toEqual([1, 5, 6]);
  const wrong = ask("wrong", "select 1 / $1::int4", ["0"]);
  expect(await sendBurst(client, [wrong])).toMatchObject({ rows: [], error: { code: "22012" } });
  const right = ask("wrong", "select 1 / $1::int4", ["1"]);
  expect(await sendBurst(client, [right])).toEqual({ rows: [[["1"]]] });
});

test("a statement that could not be made is made by the burst that comes when it can be", async () => {
  const { client, ask } = await session();
  const missing = ask("late", "select id from pg_temp.late");
  expect(await sendBurst(client, [missing])).toMatchObject({ error: { code: "42P01" } });
  await client.query("create temporary table late (id int4)");
  const [one, other] = await Promise.all([
    sendBurst(client, [missing]),
    sendBurst(client, [missing]),
  ]);
  expect([one, other]).toEqual([{ rows: [[]] }, { rows: [[]] }]);
});

test("inside a transaction it belongs to it, and its failure to the whole", async () => {
  const { client, goods, insert } = await session();
  const all = [
    client.query("begin"),
    sendBurst(client, [insert(1)]),
    sendBurst(client, [insert(1)]),
    client.query("commit"),
  ] as const;
  expect(await all[2]).toMatchObject({ error: { code: "23505" } });
  expect(await all[3]).toMatchObject({ command: "ROLLBACK" });
  expect(await goods()).toEqual([]);
});

test("rows of more than one message arrive whole", async () => {
  const { client, goods, copied } = await session();
  const ids = Array.from({ length: 20_000 }, (_, nth) => nth);
  expect(await sendBurst(client, [copied(ids)])).toEqual({ rows: [[]] });
  expect(await goods()).toEqual(ids);
});

test("a connection that breaks says so", async () => {
  const { client, ask } = await session();
  client.on("error", () => undefined);
  const broken = ask("broken", "select pg_terminate_backend(pg_backend_pid())");
  expect(await sendBurst(client, [broken])).toMatchObject({
    rows: [],
    error: expect.any(Error) as Error,
  });
  expect(await sendBurst(client, [broken])).toMatchObject({
    rows: [],
    error: expect.any(Error) as Error,
  });
});
