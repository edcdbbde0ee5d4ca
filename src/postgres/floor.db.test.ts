import { expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "./database.ts";
import { demandCurrent } from "./floor.ts";
import { postgresMigrations } from "./index.ts";
import { migrate, migrateTo, readAll } from "./migrate.ts";
import { migrationOf } from "./migration.ts";
import { planMigrations } from "./plan-migrations.ts";
import {
  nodeLane,
  putUp,
  shelfDatabase,
  shelfMigrations,
  shelvesOf,
  testDatabase,
  type TestDatabase,
  work,
} from "./testing.ts";

const COMMITTED = { status: "committed", answer: undefined };
const ROOMS = [postgresMigrations, shelfMigrations];

/** A second process on the same schema, which has never migrated it. */
async function anotherNode({ url, schema }: TestDatabase): Promise<Database> {
  const database = await openDatabase({ url, schema, poolMax: 3 });
  onTestFinished(() => database.close());
  return database;
}

/** What the version after this one has: the same tables, and one migration more. */
async function nextVersion(text: string) {
  const now = await readAll(ROOMS);
  const number = now.filter(({ room }) => room === "test").length + 1;
  return [...now, migrationOf("test", number, "next", text)];
}

const shutOut = {
  code: "postgres.schema_newer",
  details: { room: "test", migration: "test/0002-next" },
};

test("two versions write side by side while migrations are compatible", async () => {
  const older = await shelfDatabase();
  const lane = nodeLane(older.database);
  const newer = await anotherNode(older);
  await migrateTo(newer, await nextVersion("-- compatible\nalter table test_shelf add note text;"));
  const lanes = [lane, nodeLane(newer), nodeLane(await anotherNode(older), { rooms: ROOMS })];
  for (const [place, each] of lanes.entries()) {
    expect(await each.submit(work(putUp(`shelf-${place}`)))).toEqual(COMMITTED);
  }
});

test("a node that is overtaken while it runs writes nothing more, says why, and so for good", async () => {
  const older = await shelfDatabase();
  const lane = nodeLane(older.database);
  expect(await lane.submit(work(putUp("before")))).toEqual(COMMITTED);
  const newer = await anotherNode(older);
  await migrateTo(newer, await nextVersion("-- breaking\nalter table test_shelf add note text;"));

  const late = ["a", "b"].map((name) => lane.submit(work(putUp(name))));
  for (const each of await Promise.allSettled(late)) {
    expect(each).toMatchObject({ status: "rejected", reason: shutOut });
  }
  const { flushes } = lane.stats();
  await expect(lane.submit(work(putUp("c")))).rejects.toMatchObject(shutOut);
  expect(lane.stats().flushes).toBe(flushes);
  expect(Object.keys(await shelvesOf(newer))).toEqual(["before"]);
  expect(await nodeLane(newer).submit(work(putUp("new")))).toEqual(COMMITTED);
});

test("of nodes that know what a later migration needs none is shut out", async () => {
  const older = await shelfDatabase();
  const newer = await anotherNode(older);
  await migrateTo(newer, await nextVersion("-- needs 0001\nalter table test_shelf add note text;"));
  expect(await nodeLane(older.database).submit(work(putUp("still")))).toEqual(COMMITTED);
});

test("a commit on its way when the migration comes is either before it, or refused", async () => {
  const older = await shelfDatabase();
  const { schema } = older;
  const lane = nodeLane(older.database);
  await lane.submit(work(putUp("first")));
  const newer = await anotherNode(older);
  // The migration holds the floor and has not committed yet.
  let flush: Promise<unknown> | undefined;
  await newer.transaction(async (tx) => {
    await tx.query(`lock table ${schema}.schema_floor in access exclusive mode`);
    flush = lane.submit(work(putUp("behind")));
    flush.catch(() => undefined);
    await expect
      .poll(async () => {
        const { rows } = await tx.query(
          `select count(*)::int4 as waiting from pg_locks
           join pg_database as d on d.oid = database
           where d.datname = current_database() and not granted and relation = $1::regclass`,
          [`${schema}.schema_floor`],
        );
        return rows[0]?.["waiting"];
      })
      .toBe(1);
    await tx.query(`insert into ${schema}.schema_floor values ('test', 2, 'test/0002-next')`);
  });
  await expect(flush).rejects.toMatchObject(shutOut);
  expect(Object.keys(await shelvesOf(newer))).toEqual(["first"]);
});

test("a migration waits for commits in flight, and holds nobody up while others hold a table", async () => {
  const older = await shelfDatabase();
  const { schema } = older;
  const newer = await anotherNode(older);
  const next = await nextVersion("-- breaking\nalter table test_shelf add note text;");
  const lane = nodeLane(older.database);
  const reader = Promise.withResolvers<void>();
  const holding = Promise.withResolvers<void>();
  // A backup, say: it reads the shelves in one long snapshot.
  const backup = older.database.transaction(async (tx) => {
    await tx.query(`select from ${schema}.test_shelf`);
    holding.resolve();
    await reader.promise;
  });
  await holding.promise;
  await expect(migrateTo(newer, next, { patienceMs: 1 })).rejects.toMatchObject({
    code: "postgres.migration_blocked",
    message: expect.stringMatching(
      /test\/0002-next waited in vain for process \d+ \(longmen/,
    ) as string,
  });
  expect(await lane.submit(work(putUp("meanwhile")))).toEqual(COMMITTED);
  reader.resolve();
  await backup;
  expect((await migrateTo(newer, next)).applied).toEqual(["test/0002-next"]);
});

test("who never migrated learns at the first write whether the tables are as old as it, or older", async () => {
  const bare = await testDatabase({ migrations: [postgresMigrations] });
  const lane = nodeLane(await anotherNode(bare), { rooms: ROOMS });
  await expect(lane.submit(work(putUp("x")))).rejects.toMatchObject({
    code: "postgres.schema_older",
    details: { migration: "test/0001-shelves", schema: bare.schema },
  });
  await migrate(bare.database, ROOMS);
  expect(await lane.submit(work(putUp("x")))).toEqual(COMMITTED);
});

test("a no of a look that began before the question is not believed: the tables may be there by now", async () => {
  const bare = await testDatabase({ migrations: [postgresMigrations] });
  const node = await anotherNode(bare);
  const read = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const quick = { ...node };
  // The first answer is on its way for a while.
  const slowly: typeof node.run = async (statement, values) => {
    Object.assign(node, quick);
    const rows = await quick.run(statement, values);
    read.resolve();
    await told.promise;
    return rows;
  };
  Object.assign(node, { run: slowly });
  const before = demandCurrent(node, [shelfMigrations]).catch((error: unknown) => error);
  await read.promise;
  await migrate(bare.database, ROOMS);
  const after = demandCurrent(node, [shelfMigrations]);
  told.resolve();
  expect(await before).toMatchObject({ code: "postgres.schema_older" });
  await after;
});

test("an old node is refused at its start, too, and a plan says so before anything is done", async () => {
  const older = await shelfDatabase();
  const newer = await anotherNode(older);
  await migrateTo(newer, await nextVersion("-- breaking\nalter table test_shelf add note text;"));
  const starting = await anotherNode(older);
  await expect(migrate(starting, ROOMS)).rejects.toMatchObject(shutOut);
  await expect(planMigrations(starting, ROOMS)).rejects.toMatchObject(shutOut);
});

test("a plan names what would be applied and who may stay, and applies nothing", async () => {
  const bare = await testDatabase({ migrations: [postgresMigrations] });
  const plan = await planMigrations(bare.database, ROOMS);
  expect(plan).toMatchObject({
    schemaExists: true,
    pending: [{ migration: "test/0001-shelves", currentNodesMayStay: true, needs: undefined }],
    currentNodesMayStay: true,
  });
  expect(await planMigrations(bare.database, ROOMS)).toMatchObject({ pending: plan.pending });
});

test("what was written by a version that knew no floor gets one with the next migration", async () => {
  const { database, schema } = await shelfDatabase();
  await database.transaction((tx) => tx.query(`drop table ${schema}.schema_floor`));
  await migrateTo(
    database,
    await nextVersion("-- breaking\nalter table test_shelf add note text;"),
  );
  const { rows } = await database.transaction((tx) =>
    tx.query(`select room, oldest, migration from ${schema}.schema_floor`),
  );
  expect(rows).toEqual([{ room: "test", oldest: 2, migration: "test/0002-next" }]);
});
