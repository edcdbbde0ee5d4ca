import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./database.ts";
import { migrate, migrateTo } from "./migrate.ts";
import { migrationFolder, migrationOf } from "./migration.ts";
import { testDatabase } from "./testing.ts";

const accounts = migrationOf("shop", 1, "accounts", "create table account (id int8 primary key);");
const holds = migrationOf(
  "shop",
  2,
  "holds",
  `create table hold (id int8 primary key, account int8 not null references account);
   insert into account values (1);`,
);

async function tables(database: Awaited<ReturnType<typeof testDatabase>>["database"]) {
  return database.transaction(async (tx) => {
    const { rows } = await tx.query(
      "select tablename::text from pg_tables where schemaname = $1 order by 1",
      [database.schema],
    );
    return rows.map((row) => row["tablename"]);
  });
}

describe("migrating", () => {
  test("creates the schema and applies what is missing, once, in order", async () => {
    const { database } = await testDatabase();
    const first = await migrateTo(database, [accounts]);
    expect(first).toEqual({ applied: ["shop/0001-accounts"], alreadyThere: 0 });
    const second = await migrateTo(database, [accounts, holds]);
    expect(second).toEqual({ applied: ["shop/0002-holds"], alreadyThere: 1 });
    const third = await migrateTo(database, [accounts, holds]);
    expect(third).toEqual({ applied: [], alreadyThere: 2 });
    expect(await tables(database)).toEqual(["account", "hold", "schema_floor", "schema_migration"]);
  });

  test("reads a room's folder, and refuses a gap in its numbers", async () => {
    const { database } = await testDatabase();
    const dir = await mkdtemp(path.join(tmpdir(), "longmen-migrations-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    const folder = migrationFolder("shop", pathToFileURL(`${dir}/`));
    await writeFile(path.join(dir, "0001-accounts.sql"), accounts.text);
    expect((await migrate(database, [folder])).applied).toEqual(["shop/0001-accounts"]);
    await writeFile(path.join(dir, "0003-late.sql"), "select 1;");
    await expect(migrate(database, [folder])).rejects.toThrow("out of order");
  });

  test("eight nodes that migrate at once apply each migration once", async () => {
    const { database, url, schema } = await testDatabase();
    await database.transaction((tx) => tx.query(`drop schema ${schema} cascade`));
    const nodes = await Promise.all(
      Array.from({ length: 8 }, () => openDatabase({ url, schema, poolMax: 1 })),
    );
    const reports = await Promise.all(nodes.map((node) => migrateTo(node, [accounts, holds])));
    await Promise.all(nodes.map((node) => node.close()));
    const applied = reports.flatMap((report) => report.applied);
    expect(applied.sort()).toEqual(["shop/0001-accounts", "shop/0002-holds"]);
  });

  test("a migration that fails leaves nothing, names itself, and the ones before it stay", async () => {
    const { database } = await testDatabase();
    const broken = migrationOf("shop", 2, "broken", "create table half (); select 1 / 0;");
    await expect(migrateTo(database, [accounts, broken])).rejects.toMatchObject({
      code: "postgres.migration_failed",
      message: "Migration shop/0002-broken failed: division by zero",
    });
    expect(await tables(database)).toEqual(["account", "schema_floor", "schema_migration"]);
    expect((await migrateTo(database, [accounts, holds])).applied).toEqual(["shop/0002-holds"]);
  });

  test("the text of an applied migration may not change", async () => {
    const { database } = await testDatabase();
    await migrateTo(database, [accounts]);
    const changed = migrationOf("shop", 1, "accounts", "create table account (id int4);");
    await expect(migrateTo(database, [changed])).rejects.toMatchObject({
      code: "postgres.migration_changed",
    });
  });

  test("a newer node's additions are accepted, its breaking ones are not", async () => {
    const { database } = await testDatabase();
    await migrateTo(database, [accounts, holds]);
    expect((await migrateTo(database, [accounts])).applied).toEqual([]);
    const breaking = migrationOf("shop", 3, "split", "-- breaking\nalter table hold add at int8;");
    await migrateTo(database, [accounts, holds, breaking]);
    await expect(migrateTo(database, [accounts, holds])).rejects.toMatchObject({
      code: "postgres.schema_newer",
      message: expect.stringContaining("shop/0003-split") as string,
    });
  });

  test("somebody else's schema is refused and not touched", async () => {
    const { database, schema } = await testDatabase();
    await database.transaction((tx) =>
      tx.query(`drop table ${schema}.schema_migration, ${schema}.schema_floor;
        create table ${schema}.invoices ()`),
    );
    await expect(migrateTo(database, [accounts])).rejects.toMatchObject({
      code: "postgres.schema_foreign",
      message: `Schema ${schema} holds invoices, but is not Longmen's`,
    });
    expect(await tables(database)).toEqual(["invoices"]);
  });

  test("somebody else's table of the same name is refused too", async () => {
    const { database, schema } = await testDatabase();
    await database.transaction((tx) =>
      tx.query(`drop table ${schema}.schema_migration;
        create table ${schema}.schema_migration (version text)`),
    );
    await expect(migrateTo(database, [accounts])).rejects.toMatchObject({
      code: "postgres.schema_foreign",
    });
  });

  test("a role that may only use the schema starts on one that is up to date", async () => {
    const { database, url, schema } = await testDatabase();
    await migrateTo(database, [accounts]);
    const role = `${schema}_user`;
    await database.transaction((tx) =>
      tx.query(`create role ${role} login password 'x';
        grant usage on schema ${schema} to ${role};
        grant select on all tables in schema ${schema} to ${role}`),
    );
    const theirs = new URL(url);
    theirs.username = role;
    theirs.password = "x";
    const limited = await openDatabase({ url: theirs.href, schema });
    expect((await migrateTo(limited, [accounts])).applied).toEqual([]);
    await expect(migrateTo(limited, [accounts, holds])).rejects.toMatchObject({
      code: "postgres.permission_denied",
    });
    await limited.close();
    await database.transaction((tx) => tx.query(`drop owned by ${role}; drop role ${role}`));
  });
});
