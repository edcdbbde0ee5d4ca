import { expect, onTestFinished, test } from "vitest";
import { arrayOf } from "./binary.ts";
import { binaryOf, copyRows, sendCopy } from "./copy.ts";
import { checkout, type Database } from "./database.ts";
import { testDatabase } from "./testing.ts";

const AT = Date.UTC(2026, 10, 21, 7, 29, 16, 123);
const LONG = "龙门".repeat(700);

async function goods(): Promise<{ database: Database; table: string }> {
  const { database, schema } = await testDatabase({ migrations: [] });
  const table = `"${schema}".goods`;
  await database.transaction((tx) =>
    tx.query(`create table ${table} (book int4, seq int8 primary key, at timestamptz, name text,
      kind int2, code int4, open bool, words json, bytes bytea, day timestamptz,
      check (seq < 1000000))`),
  );
  return { database, table };
}

async function lent(database: Database) {
  const { client, release } = await checkout(database);
  onTestFinished(() => release());
  return client;
}

const seqs = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, place) => from + place);

function someRows(from: number, count: number, into: string) {
  const { columns, bytes } = copyRows(count, {
    seq: { each: arrayOf.int8Number(seqs(from, count)) },
  });
  return { text: `copy ${into} (${columns.join(", ")}) from stdin (format binary)`, bytes };
}

test("copies every type, nulls, long cells and one value for all rows", async () => {
  const { database, table } = await goods();
  const rows = copyRows(3, {
    book: { all: binaryOf.int4(7) },
    seq: { each: arrayOf.int8([1n, -(2n ** 63n), 3n]) },
    at: { all: binaryOf.timestamptz(AT) },
    name: { each: arrayOf.text(["", LONG, null]) },
    kind: { each: arrayOf.int2([1, null, -3]) },
    code: { each: arrayOf.int4([null, 2_147_483_647, 0]) },
    open: { each: arrayOf.bool([true, false, null]) },
    words: { each: arrayOf.json(['{"a": 1}', null, "[]"]) },
    bytes: { each: arrayOf.bytea([Buffer.alloc(0), Buffer.alloc(200, 9), null]) },
    day: { each: arrayOf.timestamptz([AT, null, 0]) },
  });
  const client = await lent(database);
  const into = `copy ${table} (${rows.columns.join(", ")}) from stdin (format binary)`;
  expect(await sendCopy(client, into, rows.bytes)).toMatchObject({ command: "COPY", rowCount: 3 });
  const { rows: stored } = await client.query(
    `select book, seq::text, at, name, kind, code, open, words::text, bytes, day from ${table}
     order by abs(seq::numeric)`,
  );
  const shared = { book: 7, at: new Date(AT) };
  expect(stored).toEqual([
    {
      ...shared,
      ...{ seq: "1", name: "", kind: 1, code: null, open: true, words: '{"a": 1}' },
      ...{ bytes: Buffer.alloc(0), day: new Date(AT) },
    },
    {
      ...shared,
      ...{ seq: "3", name: null, kind: -3, code: 0, open: null, words: "[]" },
      ...{ bytes: null, day: new Date(0) },
    },
    {
      ...shared,
      ...{ seq: (-(2n ** 63n)).toString(), name: LONG, kind: null, code: 2_147_483_647 },
      ...{ open: false, words: null, bytes: Buffer.alloc(200, 9), day: null },
    },
  ]);
});

/** One in between lends the session on at a transaction's end, and loses what follows without being asked to. */
async function isPooler(client: Awaited<ReturnType<typeof lent>>): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid !== (client as { processID?: number | null }).processID;
}

test("answers in order in a pipeline inside of a transaction, whoever is in between", async () => {
  const { database, table } = await goods();
  const client = await lent(database);
  const first = someRows(1, 5_000, table);
  const second = someRows(5_001, 5_000, table);
  const refused = someRows(1, 10, table);
  // As a flush does it behind a pooler: the beginning is answered before anything follows.
  await client.query("begin");
  const answers = await Promise.all([
    sendCopy(client, first.text, first.bytes),
    client.query(`select count(*)::int4 as n from ${table}`),
    sendCopy(client, second.text, second.bytes),
    client.query("commit"),
  ]);
  expect(answers.map(({ rowCount }) => rowCount)).toEqual([5_000, 1, 5_000, null]);
  await client.query("begin");
  const outcomes = await Promise.allSettled([
    sendCopy(client, refused.text, refused.bytes),
    sendCopy(client, refused.text, refused.bytes),
    client.query("commit"),
  ]);
  const told = outcomes.map((each) =>
    each.status === "fulfilled" ? each.value.command : (each.reason as { code: string }).code,
  );
  expect(told).toEqual(["23505", "25P02", "ROLLBACK"]);
  const { rows } = await client.query(`select count(*)::int4 as n from ${table}`);
  expect(rows).toEqual([{ n: 10_000 }]);
});

test("answers in order in a pipeline, before and behind other statements", async ({ skip }) => {
  const { database, table } = await goods();
  const client = await lent(database);
  skip(await isPooler(client), "nothing is sent behind a transaction's end through a pooler");
  const first = someRows(1, 5_000, table);
  const second = someRows(5_001, 5_000, table);
  const answers = await Promise.all([
    client.query("begin"),
    sendCopy(client, first.text, first.bytes),
    client.query(`select count(*)::int4 as n from ${table}`),
    sendCopy(client, second.text, second.bytes),
    client.query("commit"),
    client.query(`select count(*)::int4 as n from ${table}`),
  ]);
  expect(answers.map(({ rowCount }) => rowCount)).toEqual([null, 5_000, 1, 5_000, null, 1]);
  expect([answers[2]?.rows, answers[5]?.rows]).toEqual([[{ n: 5_000 }], [{ n: 10_000 }]]);
});

test("leaves the wire in order when the server refuses the statement or a row in the middle", async ({
  skip,
}) => {
  const { database, table } = await goods();
  const client = await lent(database);
  skip(await isPooler(client), "nothing is sent behind a transaction's end through a pooler");
  const twice = someRows(1, 3_000, table);
  const late = someRows(999_000, 2_000, table);
  const outcomes = await Promise.allSettled([
    sendCopy(client, twice.text, twice.bytes),
    client.query("begin"),
    sendCopy(client, twice.text, twice.bytes),
    // In a failed transaction: refused before a row of it is read.
    sendCopy(client, late.text, late.bytes),
    client.query("commit"),
    sendCopy(client, late.text, late.bytes),
    sendCopy(client, late.text.replace("goods", "bads"), late.bytes),
    client.query(`select count(*)::int4 as n from ${table}`),
  ]);
  const told = outcomes.map((each) =>
    each.status === "fulfilled" ? each.value.command : (each.reason as { code: string }).code,
  );
  expect(told).toEqual([
    ...["COPY", "BEGIN", "23505", "25P02", "ROLLBACK"],
    ...["23514", "42P01", "SELECT"],
  ]);
  expect(outcomes.at(-1)).toMatchObject({ value: { rows: [{ n: 3_000 }] } });
});

test("refuses columns of different lengths", () => {
  const seq = { each: arrayOf.int8Number([1, 2, 3]) };
  expect(() => copyRows(3, { seq, code: { each: arrayOf.int4([1, 2]) } })).toThrow();
  expect(() => copyRows(2, { seq })).toThrow("every cell was written");
});
