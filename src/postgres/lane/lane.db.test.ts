import { expect, test } from "vitest";
import { nodeLane, putUp, change, shelfDatabase, shelvesOf, startWith, work } from "../testing.ts";
import {
  insertShelves,
  shelfStillThere,
  updateShelves,
  type SeenShelf,
  type ShelfChange,
} from "../testing.ts";
import { arrayOf } from "../binary.ts";
import { checkout } from "../database.ts";
import { LaneConnection } from "./connection.ts";
import { type Guard, type Unit, unit, type Writer } from "./unit.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `shelf-${i}`);

async function shelfLane() {
  const { database, ...rest } = await shelfDatabase();
  const lane = nodeLane(database);
  const submit = (...units: readonly Unit<never>[]) =>
    Promise.all(units.map((each) => lane.submit(work(each))));
  return { ...rest, database, lane, submit };
}

const COMMITTED = { status: "committed", answer: undefined };
const conflict = (by: string) => ({ status: "conflict", by });

test("commits the units of one tick together, each with its own answer", async () => {
  const { database, lane, submit } = await shelfLane();
  const answers = await submit(...names(300).map((name) => putUp(name, 5n)));
  expect(answers).toEqual(names(300).map(() => COMMITTED));
  expect(Object.keys(await shelvesOf(database))).toHaveLength(300);
  expect(lane.stats()).toMatchObject({ units: 300, refusedFlushes: 0, queued: 0, inFlight: 0 });
  // Halves of what is left, as long as the half before has been answered by then.
  expect(lane.stats().flushes).toBeLessThan(10);
});

test("with nothing in flight sixteen that wait go as two halves, one behind the other, and fifteen as one", async () => {
  const { lane, submit } = await shelfLane();
  await submit(putUp("first"));
  const flushesOf = async (count: number): Promise<number> => {
    const before = lane.stats().flushes;
    await submit(...names(count).map((name) => putUp(`${count}/${name}`)));
    return lane.stats().flushes - before;
  };
  expect(await flushesOf(15)).toBe(1);
  expect(await flushesOf(16)).toBe(2);
});

test("answers a failed guard alone: its neighbours in the flush are committed", async () => {
  const { database, lane, submit } = await shelfLane();
  await startWith(database, names(200));
  const culprit = 117;
  const units = names(200).map((name, i) => change(name, i === culprit ? 7 : 1, 3n));
  const answers = await submit(...units);
  answers.forEach((answer, i) => {
    expect(answer).toEqual(i === culprit ? conflict("shelf.still_there") : COMMITTED);
  });
  const shelves = await shelvesOf(database);
  names(200).forEach((name, i) => {
    expect(shelves[name]).toEqual(i === culprit ? [0n, 1] : [3n, 2]);
  });
  expect(lane.stats().refusedFlushes).toBe(1);
});

test("answers a repeated key alone, also when the key is taken inside the same flush", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["taken"]);
  const units = [
    ...names(80).map((name) => putUp(name, 1n)),
    putUp("taken"),
    putUp("shelf-40", 9n),
  ];
  const answers = await submit(...units);
  expect(answers.slice(0, 80)).toEqual(names(80).map(() => COMMITTED));
  expect(answers.slice(80)).toEqual([conflict("shelf.insert"), conflict("shelf.insert")]);
  const shelves = await shelvesOf(database);
  expect(Object.keys(shelves)).toHaveLength(81);
  expect(shelves["shelf-40"]).toEqual([1n, 1]);
});

test("a key that another takes while the unit alone in its flush is written, is that unit's conflict", async () => {
  const { database, submit } = await shelfLane();
  const { schema } = database;
  let answers: Promise<readonly unknown[]> | undefined;
  await database.transaction(async (tx) => {
    await tx.query(`insert into ${schema}.test_shelf values ('taken', 5, 1)`);
    answers = submit(putUp("taken"));
    const waits = `select from pg_stat_activity where datname = current_database()
      and wait_event = 'transactionid' and query like '%shelf.insert%'`;
    const waiting = () => database.transaction(async (other) => (await other.query(waits)).rows);
    await expect.poll(waiting).toHaveLength(1);
  });
  expect(await answers).toEqual([conflict("shelf.insert")]);
  expect(await shelvesOf(database)).toEqual({ taken: [5n, 1] });
});

test("isolates the one row among hundreds that the database can't take", async () => {
  const { database, submit } = await shelfLane();
  const culprit = 211;
  const units = names(400).map((name, i) => putUp(name, i === culprit ? -1n : 1n));
  const answers = await Promise.allSettled(units.map(async (each) => (await submit(each))[0]));
  answers.forEach((answer, i) => {
    if (i !== culprit) expect(answer).toEqual({ status: "fulfilled", value: COMMITTED });
  });
  expect(answers[culprit]).toMatchObject({
    status: "rejected",
    reason: {
      code: "lane.unit_failed",
      details: { key: `put-up-shelf-${culprit}` },
      cause: { code: "23514", constraint: "test_shelf_is_not_short" },
    },
  });
  expect(Object.keys(await shelvesOf(database))).toHaveLength(399);
});

test("isolates a unit whose values can't even be written down", async () => {
  const { database, submit } = await shelfLane();
  const units = names(60).map((name, i) => putUp(name, i === 31 ? 2n ** 63n : 1n));
  const answers = await Promise.allSettled(units.map((each) => submit(each)));
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(59);
  expect(answers[31]).toMatchObject({
    status: "rejected",
    reason: { code: "lane.unit_failed", details: { key: "put-up-shelf-31" } },
  });
  expect(Object.keys(await shelvesOf(database))).toHaveLength(59);
});

test("isolates a unit that breaks a unique key with an update, without failing its neighbours", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["here", "there", "else"]);
  const rename: Writer<{ from: string; to: string }> = {
    room: "shelf",
    label: "shelf.rename",
    layer: 3,
    values: (items) => [
      arrayOf.text(items.map(({ from }) => from)),
      arrayOf.text(items.map(({ to }) => to)),
    ],
    write: (q) => `update ${q("test_shelf")} as shelf set name = asked.goal
      from unnest($1::int4[], $2::text[], $3::text[]) as asked (ordinal, name, goal)
      where shelf.name = asked.name returning 1`,
    culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal) where false",
  };
  const renaming = (from: string, to: string) => unit(`${from}-${to}`).write(rename, { from, to });
  const answers = await Promise.allSettled([
    submit(renaming("else", "elsewhere")),
    submit(renaming("here", "there")),
    submit(putUp("new")),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(Object.keys(await shelvesOf(database))).toEqual(["elsewhere", "here", "new", "there"]);
});

test("applies a unit whole or not at all", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["a", "b"]);
  const both = unit("both")
    .guard<SeenShelf>(shelfStillThere, { name: "a", version: 1 })
    .guard<SeenShelf>(shelfStillThere, { name: "b", version: 2 })
    .write<ShelfChange>(updateShelves, { name: "a", by: 1n }, { name: "b", by: 1n })
    .write(insertShelves, { name: "c", quantity: 1n });
  expect(await submit(both)).toEqual([conflict("shelf.still_there")]);
  expect(await shelvesOf(database)).toEqual({ a: [0n, 1], b: [0n, 1] });
});

test("takes several guards of one kind, and refuses when one of them fails", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["a", "b", "c"]);
  const unitOn = (versions: readonly number[]) =>
    versions.reduce(
      (sum, version, i) =>
        sum.guard<SeenShelf>(shelfStillThere, { name: "abc".charAt(i), version }),
      unit("lines").write(updateShelves, { name: "a", by: 1n }),
    );
  expect(await submit(unitOn([1, 5, 1]))).toEqual([conflict("shelf.still_there")]);
  expect(await submit(unitOn([1, 1, 1]))).toEqual([COMMITTED]);
});

test("decides units with the same guarded row one after another: only the first finds it unchanged", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["hot", "cold"]);
  const answers = await submit(
    change("hot", 1, 1n),
    change("hot", 1, 2n),
    change("cold", 1, 4n),
    change("hot", 2, 8n),
  );
  expect(answers).toEqual([COMMITTED, conflict("shelf.still_there"), COMMITTED, COMMITTED]);
  expect(await shelvesOf(database)).toEqual({ hot: [9n, 3], cold: [4n, 2] });
});

test("does not wait for a row that somebody else holds: that counts as changed", async () => {
  const { database, submit, schema } = await shelfLane();
  await startWith(database, ["held", "free"]);
  await database.transaction(async (tx) => {
    await tx.query(`select 1 from ${schema}.test_shelf where name = 'held' for update`);
    const answers = await submit(change("held", 1, 1n), change("free", 1, 1n));
    expect(answers).toEqual([conflict("shelf.still_there"), COMMITTED]);
  });
  expect(await submit(change("held", 1, 1n))).toEqual([COMMITTED]);
});

test("aborts when fewer rows are written than were sent", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["there"]);
  const blind = (name: string) => unit(name).write(updateShelves, { name, by: 1n });
  expect(await submit(blind("there"), blind("gone"))).toEqual([
    COMMITTED,
    conflict("shelf.update"),
  ]);
  expect(await shelvesOf(database)).toEqual({ there: [1n, 2] });
});

test("aborts when more rows are written than were sent", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["a", "b"]);
  const greedy: Writer<number> = {
    ...updateShelves,
    label: "shelf.greedy",
    values: (items) => [arrayOf.int4([...items])],
    write: (q) => `update ${q("test_shelf")} set quantity = 1
      where $2::int4[] is not null returning 1`,
    culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal) where false",
  };
  const answers = await Promise.allSettled([
    submit(unit("greedy").write(greedy, 1)),
    submit(putUp("c")),
  ]);
  expect(answers).toMatchObject([
    { status: "rejected", reason: { code: "lane.unit_failed", details: { key: "greedy" } } },
    { status: "fulfilled" },
  ]);
  expect(await shelvesOf(database)).toEqual({ a: [0n, 1], b: [0n, 1], c: [0n, 1] });
});

test("counts several rows for one item when the writer says so", async () => {
  const { database, submit } = await shelfLane();
  const twins: Writer<string> = {
    ...insertShelves,
    label: "shelf.twins",
    rowsPerItem: 2,
    values: (items) => [arrayOf.text([...items])],
    write: (q) => `insert into ${q("test_shelf")} (name, quantity, version)
      select name || half, 0, 1
      from unnest($1::int4[], $2::text[]) as made (ordinal, name), unnest(array['-left', '-right']) as half
      on conflict do nothing returning 1`,
    culprits: (q) => `select asked.ordinal
      from unnest($1::int4[], $2::text[]) as asked (ordinal, name)
      join ${q("test_shelf")} as shelf on shelf.name in (asked.name || '-left', asked.name || '-right')`,
  };
  const twin = (name: string) => unit(name).write(twins, name);
  await startWith(database, ["b-right"]);
  expect(await submit(twin("a"), twin("b"), twin("c"))).toEqual([
    COMMITTED,
    conflict("shelf.twins"),
    COMMITTED,
  ]);
  expect(Object.keys(await shelvesOf(database))).toEqual([
    "a-left",
    "a-right",
    "b-right",
    "c-left",
    "c-right",
  ]);
});

test("writes rooms in the order of their layers, whatever the order of the unit", async () => {
  const { database, submit } = await shelfLane();
  const later: Writer<ShelfChange> = { ...updateShelves, label: "shelf.later", layer: 9 };
  const backwards = unit("backwards")
    .write(later, { name: "new", by: 2n })
    .write(insertShelves, { name: "new", quantity: 1n });
  expect(await submit(backwards)).toEqual([COMMITTED]);
  expect(await shelvesOf(database)).toEqual({ new: [3n, 2] });
});

test("answers many units of one call in order", async () => {
  const { database, lane } = await shelfLane();
  await startWith(database, ["taken"]);
  expect(await lane.submitAll([])).toEqual([]);
  const works = [putUp("x"), putUp("taken"), putUp("y")].map(work);
  expect(await lane.submitAll(works)).toEqual([COMMITTED, conflict("shelf.insert"), COMMITTED]);
});

test("guards and writes of lanes in parallel never both win the same version", async () => {
  const { database } = await shelfDatabase();
  await startWith(database, ["contested"]);
  const lanes = [1, 2, 3].map((n) => nodeLane(database, { name: `lane ${n}` }));
  let wins = 0;
  for (let round = 1; round <= 30; round++) {
    const version = wins + 1;
    const answers = await Promise.all(
      lanes.map((lane) => lane.submit(work(change("contested", version, 1n)))),
    );
    const won = answers.filter(({ status }) => status === "committed").length;
    expect(won).toBeLessThanOrEqual(1);
    wins += won;
  }
  expect(wins).toBeGreaterThan(0);
  expect(await shelvesOf(database)).toEqual({ contested: [BigInt(wins), wins + 1] });
});

test("of two units that guard one row by different guards one is applied", async () => {
  const { database, submit } = await shelfLane();
  await startWith(database, ["a"]);
  const notReserved: Guard<SeenShelf> = { ...shelfStillThere, label: "shelf.not_reserved" };
  const reserve: Writer<ShelfChange> = { ...updateShelves, label: "shelf.reserve" };
  const change = { name: "a", by: 1n };
  const answers = await submit(
    unit("sell").guard(shelfStillThere, { name: "a", version: 1 }).write(updateShelves, change),
    unit("reserve").guard(notReserved, { name: "a", version: 1 }).write(reserve, change),
  );
  expect(answers).toEqual([COMMITTED, conflict("shelf.not_reserved")]);
  expect(await shelvesOf(database)).toEqual({ a: [1n, 2] });
});

test("a guard's own mistake in SQL is told to its unit alone", async () => {
  const { submit } = await shelfLane();
  const broken: Guard<string> = {
    ...shelfStillThere,
    label: "shelf.broken",
    key: (name) => name,
    values: (items) => [arrayOf.text([...items])],
    holds: () => "select no_such_column as ordinal from unnest($1::int4[], $2::text[])",
  };
  const answers = await Promise.allSettled([
    submit(unit("broken").guard(broken, "a").write(insertShelves, { name: "a", quantity: 1n })),
    submit(putUp("b")),
  ]);
  expect(answers).toMatchObject([
    { status: "rejected", reason: { code: "lane.unit_failed", details: { key: "broken" } } },
    { status: "fulfilled" },
  ]);
});

test("goes on with a new connection when what the old one had prepared is gone", async () => {
  const { database, lane, submit } = await shelfLane();
  await database.transaction((tx) =>
    tx.query(`create sequence ${database.schema}.turns;
      create function ${database.schema}.forgets_once() returns bool language plpgsql as $$ begin
        if nextval('${database.schema}.turns') = 1 then
          raise 'prepared statement does not exist' using errcode = '26000';
        end if;
        return true; end $$`),
  );
  const forgetful: Writer<string> = {
    ...insertShelves,
    label: "shelf.forgetful",
    values: (items) => [arrayOf.text(items)],
    write: (q) => `insert into ${q("test_shelf")} (name, quantity, version)
      select name, 1, 1 from unnest($2::text[]) as made (name) where ${q("forgets_once")}()
      returning 1`,
  };
  const answers = await submit(...names(3).map((name) => unit(name).write(forgetful, name)));
  expect(answers).toEqual(names(3).map(() => COMMITTED));
  expect(Object.keys(await shelvesOf(database))).toEqual(names(3));
  expect(lane.stats().refusedFlushes).toBe(1);
});

test("writes nothing outside of a transaction, and lends its connection back as it was", async () => {
  const { database } = await shelfDatabase();
  await startWith(database, ["one"]);
  const lent = await checkout(database);
  const { client } = lent;
  const settings = async () =>
    (
      await client.query<{
        name: string;
        setting: string;
        source: string;
      }>(`select name, setting, source from pg_settings
        where name in ('lock_timeout', 'idle_in_transaction_session_timeout', 'jit',
          'default_transaction_read_only') order by name`)
    ).rows;
  await client.query("set lock_timeout = 1234");
  const before = await settings();
  const connection = await LaneConnection.open(lent, database);
  expect(await settings()).not.toEqual(before);
  const write = `update ${database.schema}.test_shelf set quantity = 7`;
  await expect(lent.client.query(write)).rejects.toMatchObject({ code: "25006" });
  const part = { name: "test.write", text: write, values: [] };
  expect(await connection.transaction([part])).toMatchObject({ kind: "committed" });
  connection.release();
  // What is asked behind a release without waiting is answered for itself.
  expect(await settings()).toEqual(before);
  await database.transaction((tx) => tx.query(write.replace("= 7", "= 8")));
  expect(await shelvesOf(database)).toEqual({ one: [8n, 1] });
});
