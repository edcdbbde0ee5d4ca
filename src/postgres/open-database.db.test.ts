import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./database.ts";
import { migrateTo } from "./migrate.ts";
import { migrationOf } from "./migration.ts";
import { describeSchema } from "./schema-manifest.ts";
import { testDatabase, testServerUrl } from "./testing.ts";
import { startServer } from "./testing/other-server.ts";

function urlWith(change: (url: URL) => void): string {
  const url = new URL(testServerUrl());
  change(url);
  return url.href;
}

describe("opening a database that cannot be used", () => {
  test("a wrong password", async () => {
    const url = urlWith((u) => (u.password = "wrong"));
    await expect(openDatabase({ url })).rejects.toMatchObject({ code: "postgres.login_refused" });
  });

  test("a user that is not there", async () => {
    const url = urlWith((u) => (u.username = "nobody_here"));
    await expect(openDatabase({ url })).rejects.toMatchObject({ code: "postgres.login_refused" });
  });

  test("a database that is not there", async () => {
    const url = urlWith((u) => (u.pathname = "/nowhere"));
    await expect(openDatabase({ url })).rejects.toMatchObject({
      code: "postgres.database_missing",
    });
  });

  test("a port where nobody listens", async () => {
    // Not one that is free now: a server of another test might take it.
    const url = urlWith((u) => (u.port = "1"));
    await expect(openDatabase({ url })).rejects.toMatchObject({ code: "postgres.unreachable" });
  });

  test("a host that does not exist", async () => {
    const url = urlWith((u) => (u.hostname = "no-such-host.invalid"));
    await expect(openDatabase({ url })).rejects.toMatchObject({ code: "postgres.unreachable" });
  });

  test.each(["mysql://localhost/x", "localhost:5432", "", "postgres://["])(
    "an address that is none: %j",
    async (url) => {
      await expect(openDatabase({ url })).rejects.toMatchObject({ code: "postgres.url_malformed" });
    },
  );

  test("a role that may only read", async () => {
    const { database, url, schema } = await testDatabase();
    const role = `${schema}_reader`;
    await database.transaction((tx) =>
      tx.query(`create role ${role} login password 'x';
        alter role ${role} set default_transaction_read_only = on`),
    );
    const theirs = new URL(url);
    theirs.username = role;
    theirs.password = "x";
    await expect(openDatabase({ url: theirs.href })).rejects.toMatchObject({
      code: "postgres.read_only",
    });
    await database.transaction((tx) => tx.query(`drop role ${role}`));
  });

  test("a role whose dates are written in another style", async () => {
    const { database, url, schema } = await testDatabase();
    const role = `${schema}_german`;
    await database.transaction((tx) =>
      tx.query(`create role ${role} login password 'x';
        alter role ${role} set datestyle = 'German'`),
    );
    const theirs = new URL(url);
    theirs.username = role;
    theirs.password = "x";
    await expect(openDatabase({ url: theirs.href })).rejects.toMatchObject({
      code: "postgres.setting_unsupported",
      message: expect.stringContaining("datestyle is German") as string,
    });
    await database.transaction((tx) => tx.query(`drop role ${role}`));
  });

  test("no secret of the address is in the error", async () => {
    const url = urlWith((u) => (u.password = "hunter2hunter2"));
    const error: unknown = await openDatabase({ url }).catch((caught: unknown) => caught);
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2hunter2");
  });

  test("a pool with nothing free says so after its own time", async () => {
    const { database } = await testDatabase({ poolMax: 1 });
    const waiting = database.transaction(async () => {
      expect(database.stats()).toEqual({ open: 1, idle: 0, waiting: 0 });
      const second = database.transaction(() => Promise.resolve("second"));
      await expect.poll(() => database.stats().waiting).toBe(1);
      return { second };
    });
    expect(await (await waiting).second).toBe("second");
  });
});

const SYSTEM_15 = "/usr/lib/postgresql/15/bin";

describe("a server of the user's own, PostgreSQL 15", () => {
  test("migrates, works and describes its schema as PostgreSQL 18 does", async ({ skip }) => {
    skip(!existsSync(SYSTEM_15), `there is no PostgreSQL 15 in ${SYSTEM_15}`);
    const dir = await mkdtemp(path.join(tmpdir(), "longmen-15-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const server = await startServer(SYSTEM_15, dir);
    onTestFinished(() => server.stop());
    const shop = migrationOf("shop", 1, "all", everything);
    const old = await openDatabase({ url: server.url, schema: "old_shop" });
    expect(Math.floor(old.serverVersion / 10_000)).toBe(15);
    expect((await migrateTo(old, [shop])).applied).toEqual(["shop/0001-all"]);
    expect((await migrateTo(old, [shop])).applied).toEqual([]);
    const { database } = await testDatabase();
    await migrateTo(database, [shop]);
    expect(await describeSchema(old)).toEqual(await describeSchema(database));
    await old.close();
  });
});

const everything = `
  create domain amount as int8 check (value >= 0);
  create type side as enum ('debit', 'credit');
  create table account (
    id int8 generated always as identity primary key,
    path text collate "C" not null unique,
    side side not null default 'debit',
    held amount not null default 0,
    twice int8 generated always as (held * 2) stored,
    constraint "an account has a path" check (path <> '')
  ) with (fillfactor = 70);
  create index account_by_side on account (side, path) where held > 0;
  create view account_open as select id, path from account where held > 0;
  create function account_count() returns int8 language sql stable
    begin atomic select count(*) from account; end;
  create function account_touch() returns trigger language plpgsql as
    $$ begin return new; end $$;
  create trigger account_touched before update on account
    for each row execute function account_touch();
  create table entry (book int4 not null, seq int8 not null, primary key (book, seq))
    partition by range (book);
  create table entry_1 partition of entry for values from (1) to (2);`;
