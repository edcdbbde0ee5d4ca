import { describe, expect, test } from "vitest";
import type { Database } from "../database.ts";
import { postgresMigrations } from "../index.ts";
import { shelfMigrations, shelvesOf, startWith, testDatabase } from "../testing.ts";
import type { CopyPage } from "./copy-stream.ts";
import { fillSchema, type FillOptions } from "./fill.ts";
import { inOrder } from "./shape.ts";
import { inSnapshot, type Snapshot } from "./snapshot.ts";

const migrations = [postgresMigrations, shelfMigrations];

async function stocked(count = 5) {
  const { database } = await testDatabase({ migrations });
  const names = Array.from({ length: count }, (_, index) => `shelf/${index}`);
  await startWith(database, names);
  return database;
}

async function empty(): Promise<Database> {
  return (await testDatabase()).database;
}

/** Copies one schema into another, with whatever the test puts in between. */
function copied(from: Database, to: Database, change: Partial<FillOptions> = {}): Promise<boolean> {
  return inSnapshot(from, { writers: "go_on" }, ({ shape, rows }) =>
    fillSchema(to, { shape, rows, migrations, prove: () => Promise.resolve(), ...change }),
  );
}

async function hasShelves(database: Database): Promise<boolean> {
  const { count } = await database.transaction((tx) =>
    tx.query(
      "select 1 from information_schema.tables where table_schema = $1 and table_name = 'test_shelf'",
      [database.schema],
    ),
  );
  return count > 0;
}

async function notesOf(database: Database): Promise<unknown> {
  const { rows } = await database.transaction((tx) =>
    tx.query(`select name, length(note) as length, md5(note) as hash from ${database.schema}.test_shelf
      where note is not null order by name`),
  );
  return rows;
}

async function countRows({ shape, rows }: Snapshot): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of shape.tables) {
    counts[table.name] = 0;
    for await (const page of rows(table))
      counts[table.name] = (counts[table.name] ?? 0) + page.rows;
  }
  return counts;
}

describe("a copy of a schema", () => {
  test("has every row, also those longer than a page, and says how many", async () => {
    const database = await stocked(20_000);
    const { database: there } = await testDatabase({ migrations });
    for (const each of [database, there]) {
      await each.transaction((tx) =>
        tx.query(`alter table ${each.schema}.test_shelf add column note text`),
      );
    }
    await database.transaction((tx) =>
      tx.query(`update ${database.schema}.test_shelf set note = repeat('龙门', 600000)
        where name in ('shelf/1', 'shelf/19999')`),
    );
    const counts = await inSnapshot(database, { writers: "go_on" }, countRows);
    expect(counts).toEqual({ lane_lease: 0, test_shelf: 20_000 });
    expect(await copied(database, there)).toBe(true);
    expect(await shelvesOf(there)).toEqual(await shelvesOf(database));
    expect(await notesOf(there)).toEqual(await notesOf(database));
  });

  test("shows one instant while others write, or lets them wait", async () => {
    const database = await stocked();
    await inSnapshot(database, { writers: "go_on" }, async (snapshot) => {
      await startWith(database, ["new"]);
      expect((await countRows(snapshot))["test_shelf"]).toBe(5);
    });
    const waited = await inSnapshot(database, { writers: "wait" }, async (snapshot) => {
      let isDone = false;
      const writing = startWith(database, ["later"]).then(() => (isDone = true));
      expect((await countRows(snapshot))["test_shelf"]).toBe(6);
      return { isDone, writing };
    });
    expect(waited.isDone).toBe(false);
    await waited.writing;
    expect(Object.keys(await shelvesOf(database))).toContain("later");
  });

  test("that nobody reads to its end costs a connection, and nothing else", async () => {
    const database = await stocked(50_000);
    const broken = inSnapshot(database, { writers: "go_on" }, async ({ shape, rows }) => {
      for (const table of shape.tables) {
        for await (const page of rows(table)) {
          if (page.rows > 0) throw new Error("enough");
        }
      }
    });
    await expect(broken).rejects.toThrow("enough");
    expect(Object.keys(await shelvesOf(database))).toHaveLength(50_000);
  });

  test("leaves nothing when it breaks off: the rows, the proof, or the server's no", async () => {
    const database = await stocked();
    const there = await empty();
    async function* cut(): AsyncGenerator<CopyPage> {
      yield { bytes: Buffer.from("PGCOPY\n"), rows: 0 };
      await Promise.reject(new Error("the wire"));
    }
    async function* noRows(): AsyncGenerator<CopyPage> {
      await Promise.resolve();
      yield { bytes: Buffer.from("no rows at all, of whatever format"), rows: 0 };
    }
    await expect(copied(database, there, { rows: cut })).rejects.toThrow("the wire");
    await expect(copied(database, there, { rows: noRows })).rejects.toMatchObject({
      code: "postgres.rows_refused",
    });
    const prove = () => Promise.reject(new Error("not the same"));
    await expect(copied(database, there, { prove })).rejects.toThrow("not the same");
    expect(await hasShelves(there)).toBe(false);
    expect(await copied(database, there)).toBe(true);
  });

  test("with a mark is made once, and into rows of others never", async () => {
    const database = await stocked();
    const there = await empty();
    expect(await copied(database, there, { mark: "move-1" })).toBe(true);
    expect(await copied(database, there, { mark: "move-1" })).toBe(false);
    await expect(copied(database, there, { mark: "move-2" })).rejects.toMatchObject({
      code: "postgres.schema_occupied",
    });
    expect(await shelvesOf(there)).toEqual(await shelvesOf(database));
  });

  test("is refused by a schema that is newer or has other columns", async () => {
    const { database: older } = await testDatabase({ migrations: [postgresMigrations] });
    const { database: newer } = await testDatabase({ migrations });
    await expect(copied(older, newer)).rejects.toMatchObject({ code: "postgres.schema_ahead" });
    const source = await stocked();
    await newer.transaction((tx) =>
      tx.query(`alter table ${newer.schema}.test_shelf add column colour text`),
    );
    await expect(copied(source, newer)).rejects.toMatchObject({ code: "postgres.shape_differs" });
  });
});

test("tables that others refer to come first", () => {
  const tables = ["child", "grandchild", "parent", "loner"].map((name) => ({ name }));
  const edges = [
    { from: "child", to: "parent" },
    { from: "grandchild", to: "child" },
  ];
  const names = inOrder(tables, edges).map(({ name }) => name);
  expect(names).toEqual(["parent", "loner", "child", "grandchild"]);
  const circle = [...edges, { from: "parent", to: "grandchild" }];
  expect(() => inOrder(tables, circle)).toThrow("circle");
});
