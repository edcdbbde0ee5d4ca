import * as fc from "fast-check";
import { Pool } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasCode } from "../base/index.ts";
import { arg, as } from "./columns.ts";
import { checkout, openDatabase } from "./database.ts";
import { sql, table } from "./sql.ts";
import { openProxy, testDatabase, testServerUrl } from "./testing.ts";
import { constraintOf, sqlStateOf } from "./translate.ts";

const createNote = `create table note (
  id int8 primary key, body text not null, amount int8,
  constraint "a note is not empty" check (body <> '')
)`;

const insertNotes = sql.named("test.insertNotes", {
  params: { ids: arg.int8s, bodies: arg.texts, amounts: arg.int8s },
})`
  insert into ${table("note")} (id, body, amount)
  select * from unnest(${"ids"}, ${"bodies"}, ${"amounts"})`;

const readNote = sql.named("test.readNote", {
  params: { id: arg.int8 },
  columns: { id: as.int8, body: as.text, amount: as.int8Null },
})`
  select id, body, amount from ${table("note")} where id = ${"id"}`;

const countNotes = sql.named("test.countNotes", { columns: { count: as.int8 } })`
  select count(*) as count from ${table("note")}`;

const countOne = sql.named("test.countOne", { columns: { one: as.int4 } })`select 1`;

async function notes() {
  const opened = await testDatabase();
  await opened.database.transaction(async (tx) => {
    await tx.query(`set local search_path = ${opened.schema};
      ${createNote}`);
  });
  return opened.database;
}

const echo = sql.named("test.echo", {
  params: {
    int8s: arg.int8s,
    int4s: arg.int4s,
    int2s: arg.int2s,
    bools: arg.bools,
    texts: arg.texts,
    instants: arg.timestamptzs,
    bytes: arg.byteas,
    jsons: arg.jsons,
  },
  columns: {
    int8: as.int8Null,
    int4: as.int4Null,
    int2: as.int2Null,
    bool: as.boolNull,
    text: as.textNull,
    instant: as.timestamptzNull,
    bytes: as.byteaNull,
    json: as.jsonNull,
  },
})`
  select a, b, c, d, e, f, g, h from unnest(${"int8s"}, ${"int4s"}, ${"int2s"}, ${"bools"}, ${"texts"},
    ${"instants"}, ${"bytes"}, ${"jsons"}) with ordinality as t (a, b, c, d, e, f, g, h, place)
  order by place`;

const echoValues = sql.named("test.echoValues", {
  columns: {
    int8: as.int8Null,
    int4: as.int4Null,
    int2: as.int2Null,
    bool: as.boolNull,
    text: as.textNull,
    instant: as.timestamptzNull,
    bytes: as.byteaNull,
    json: as.jsonNull,
  },
  params: {
    a: arg.int8Null,
    b: arg.int4Null,
    c: arg.int2Null,
    d: arg.boolNull,
    e: arg.textNull,
    f: arg.timestamptzNull,
    g: arg.byteaNull,
    h: arg.jsonNull,
  },
})`select ${"a"}, ${"b"}, ${"c"}, ${"d"}, ${"e"}, ${"f"}, ${"g"}, ${"h"}`;

const storableText = fc
  .string({ unit: "binary", maxLength: 300 })
  .map((text) => text.replaceAll("\0", ""));

const row = fc.record({
  int8: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  int4: fc.option(fc.integer()),
  int2: fc.option(fc.integer({ min: -32_768, max: 32_767 })),
  bool: fc.option(fc.boolean()),
  text: fc.option(fc.oneof(fc.string({ maxLength: 140 }), storableText)),
  instant: fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
  bytes: fc.option(fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes))),
  json: fc.option(fc.json({ maxDepth: 2 }).filter((text) => !text.includes("\\u"))),
});

describe("values", () => {
  test("every value comes back from PostgreSQL as it was sent, in arrays", async () => {
    const { database } = await testDatabase();
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (rows) => {
        const back = await database.run(echo, {
          int8s: rows.map((r) => r.int8),
          int4s: rows.map((r) => r.int4),
          int2s: rows.map((r) => r.int2),
          bools: rows.map((r) => r.bool),
          texts: rows.map((r) => r.text),
          instants: rows.map((r) => r.instant),
          bytes: rows.map((r) => r.bytes),
          jsons: rows.map((r) => r.json),
        });
        expect(back).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  test("every value comes back as it was sent, alone", async () => {
    const { database } = await testDatabase();
    await fc.assert(
      fc.asyncProperty(row, async (r) => {
        const values = {
          a: r.int8,
          b: r.int4,
          c: r.int2,
          d: r.bool,
          e: r.text,
          f: r.instant,
          g: r.bytes,
          h: r.json,
        };
        expect(await database.one(echoValues, values)).toEqual(r);
      }),
      { numRuns: 100 },
    );
  });

  test("an instant is the same in every time zone a session may have", async () => {
    const { database } = await testDatabase();
    for (const zone of ["Asia/Shanghai", "Asia/Kolkata", "America/St_Johns", "Europe/Amsterdam"]) {
      await database.transaction(async (tx) => {
        await tx.query(`set local timezone = '${zone}'`);
        for (const instant of [0, 1_291_192_260_123, -3_000_000_000_000, -62_000_000_000_000]) {
          const none = { a: null, b: null, c: null, d: null, e: null, g: null, h: null };
          const back = await tx.one(echoValues, { ...none, f: instant });
          expect(back.instant).toBe(instant);
        }
      });
    }
  });

  test("half a surrogate pair is refused by name instead of being changed", async () => {
    const { database } = await testDatabase();
    const empty = {
      int8s: [],
      int4s: [],
      int2s: [],
      bools: [],
      instants: [],
      bytes: [],
      jsons: [],
    };
    const sent = database.run(echo, { ...empty, texts: ["\ud800"] });
    await expect(sent).rejects.toMatchObject({ code: "postgres.text_malformed" });
  });

  test("a NUL character is refused by name", async () => {
    const database = await notes();
    const sent = database.run(insertNotes, { ids: [1n], bodies: ["a\0b"], amounts: [null] });
    await expect(sent).rejects.toMatchObject({ code: "postgres.text_malformed" });
  });
});

describe("statements", () => {
  test("count says how many rows were written, maybe and one say what is there", async () => {
    const database = await notes();
    const values = { ids: [1n, 2n], bodies: ["one", "two"], amounts: [null, 5n] };
    expect(await database.count(insertNotes, values)).toBe(2);
    expect(await database.maybe(readNote, { id: 3n })).toBeUndefined();
    expect(await database.one(readNote, { id: 2n })).toEqual({ id: 2n, body: "two", amount: 5n });
  });

  test("one row asked for and none there is a bug, not an answer", async () => {
    const database = await notes();
    await expect(database.one(readNote, { id: 9n })).rejects.toThrow("test.readNote: not one row");
  });

  test("a broken constraint stays PostgreSQL's error and tells its name", async () => {
    const database = await notes();
    const values = { ids: [1n], bodies: [""], amounts: [null] };
    const error = await database.run(insertNotes, values).catch((caught: unknown) => caught);
    expect(sqlStateOf(error)).toBe("23514");
    expect(constraintOf(error)).toBe("a note is not empty");
  });

  test("the same statement serves two schemas on one pool", async () => {
    const pool = new Pool({ connectionString: testServerUrl(), max: 1 });
    const place = "schema";
    const opened = [await testDatabase({ place }), await testDatabase({ place })];
    for (const [i, { schema }] of opened.entries()) {
      const database = await openDatabase({ pool, schema });
      await database.transaction(async (tx) => {
        await tx.query(`set local search_path = ${schema}; ${createNote}`);
      });
      const ids = Array.from({ length: i + 1 }, (_, n) => BigInt(n));
      await database.run(insertNotes, { ids, bodies: ids.map(String), amounts: ids });
      expect(await database.one(countNotes, {})).toEqual({ count: BigInt(i + 1) });
    }
    await pool.end();
  });

  test("a statement prepared before a migration works after it", async () => {
    const database = await notes();
    const star = sql.named("test.star", { columns: { id: as.int8, body: as.text } })`
      select * from (select id, body from ${table("note")}) as n`;
    expect(await database.run(star, {})).toEqual([]);
    await database.transaction(async (tx) => {
      await tx.query(`alter table ${database.schema}.note alter column id type int4`);
      await tx.query(`alter table ${database.schema}.note alter column id type int8`);
      await tx.query(`alter table ${database.schema}.note alter column body type varchar(9)`);
    });
    expect(await database.run(star, {})).toEqual([]);
  });

  test("rows that are not those declared are a bug", async () => {
    const { database } = await testDatabase();
    const wrong = sql.named("test.wrong", { columns: { a: as.int4 } })`select 1, 2`;
    await expect(database.run(wrong, {})).rejects.toThrow("test.wrong declares 1 columns");
    const nil = sql.named("test.nil", { columns: { a: as.int4 } })`select null::int4`;
    await expect(database.run(nil, {})).rejects.toThrow("test.nil: a is null");
  });
});

describe("transactions", () => {
  test("what a transaction wrote is there when it returns and not when it throws", async () => {
    const database = await notes();
    const values = { ids: [1n], bodies: ["kept"], amounts: [null] };
    await database.transaction((tx) => tx.run(insertNotes, values));
    const broken = database.transaction(async (tx) => {
      await tx.run(insertNotes, { ids: [2n], bodies: ["lost"], amounts: [null] });
      throw new Error("the caller changed its mind");
    });
    await expect(broken).rejects.toThrow("changed its mind");
    expect(await database.one(countNotes, {})).toEqual({ count: 1n });
    expect(database.stats().waiting).toBe(0);
  });

  test("the caller's own errors come out as they are, also those that look like a lost server", async () => {
    const database = await notes();
    const own = Object.assign(new Error("no such file"), { code: "ENOENT" });
    const broken = database.transaction(() => Promise.reject(own));
    await expect(broken).rejects.toBe(own);
  });

  test("an error that the caller swallowed does not pass for a commit", async () => {
    const database = await notes();
    const swallowed = database.transaction(async (tx) => {
      await tx.run(insertNotes, { ids: [1n], bodies: ["x"], amounts: [null] });
      await tx.query("select 1 / 0").catch(() => undefined);
    });
    await expect(swallowed).rejects.toMatchObject({ code: "postgres.transaction_aborted" });
    expect(await database.one(countNotes, {})).toEqual({ count: 0n });
  });

  test("a lock that does not come in time is named, and the other transaction goes on", async () => {
    const database = await notes();
    await database.run(insertNotes, { ids: [1n], bodies: ["x"], amounts: [null] });
    const lock = `select from ${database.schema}.note where id = 1 for update`;
    await database.transaction(async (holder) => {
      await holder.query(lock);
      const waiting = database.transaction((tx) => tx.query(lock), { lockTimeoutMs: 50 });
      await expect(waiting).rejects.toMatchObject({ code: "postgres.lock_timeout" });
      expect(await holder.one(countNotes, {})).toEqual({ count: 1n });
    });
  });

  test("a transaction that waits too long between statements is ended and named", async () => {
    const database = await notes();
    const slow = database.transaction(
      async (tx) => {
        await tx.run(insertNotes, { ids: [1n], bodies: ["x"], amounts: [null] });
        const { rows } = await tx.query("select pg_backend_pid() as pid");
        const there = "select from pg_stat_activity where pid = $1";
        const isThere = async () =>
          (await database.transaction((look) => look.query(there, [rows[0]?.["pid"]]))).count;
        await expect.poll(isThere).toBe(0);
        await tx.one(countNotes, {});
      },
      { idleTimeoutMs: 50 },
    );
    await expect(slow).rejects.toSatisfy(
      (error) =>
        hasCode(error, "postgres.transaction_idle") || hasCode(error, "postgres.connection_lost"),
    );
    expect(await database.one(countNotes, {})).toEqual({ count: 0n });
  });

  test("a commit whose answer never came has an unknown outcome, not a failed one", async () => {
    const database = await notes();
    const cut = database.transaction(async (tx) => {
      const { rows } = await tx.query("select pg_backend_pid() as pid");
      await tx.query(`create function ${database.schema}.die() returns trigger language plpgsql as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5);
        return null; end $$`);
      await tx.query(`create constraint trigger die after insert on ${database.schema}.note
        deferrable initially deferred for each row execute function ${database.schema}.die()`);
      await tx.run(insertNotes, { ids: [1n], bodies: ["x"], amounts: [null] });
      return rows;
    });
    await expect(cut).rejects.toMatchObject({ code: "postgres.outcome_unknown" });
    expect(await database.one(countNotes, {})).toEqual({ count: 0n });
  });

  test("read only is kept by PostgreSQL", async () => {
    const database = await notes();
    const values = { ids: [1n], bodies: ["x"], amounts: [null] };
    const write = database.transaction((tx) => tx.run(insertNotes, values), { readOnly: true });
    await expect(write).rejects.toMatchObject({ code: "postgres.read_only" });
  });

  test("a statement that was not awaited is caught when the transaction is over", async () => {
    const database = await notes();
    const tx = await database.transaction((open) => Promise.resolve(open));
    await expect(tx.one(countNotes, {})).rejects.toThrow("the transaction is over");
  });
});

describe("connections", () => {
  test("a user's own pool stays open, unchanged, and is given back", async () => {
    const pool = new Pool({ connectionString: testServerUrl(), max: 2 });
    const { schema } = await testDatabase();
    const settings = "select name, setting from pg_settings where source in ('session', 'client')";
    const before = await pool.query(settings);
    const database = await openDatabase({ pool, schema });
    const { client, release } = await checkout(database);
    expect(client.pipeline).toBe(true);
    release();
    expect(client.pipeline).toBe(false);
    await database.close();
    expect(pool.ended).toBe(false);
    expect(pool.idleCount).toBe(pool.totalCount);
    expect((await pool.query(settings)).rows).toEqual(before.rows);
    await pool.end();
  });

  const settings = [
    "set default_transaction_read_only = on",
    "set statement_timeout = 1234",
    "select set_config('search_path', 'pg_temp', false)",
    "set role pg_monitor",
    "commit; set default_transaction_read_only = on; begin read write",
  ];
  const shown = `select current_setting('default_transaction_read_only') as read_only,
    current_setting('statement_timeout') as time, current_setting('search_path') as path,
    current_user::text as role, pg_backend_pid() as pid`;

  test.each(settings)("what a transaction's own SQL sets ends with it: %s", async (text) => {
    const database = await openDatabase({ url: testServerUrl(), poolMax: 1 });
    try {
      const look = () => database.transaction(async (tx) => (await tx.query(shown)).rows);
      const before = await look();
      await database.transaction((tx) => tx.query(text));
      expect(await look()).toEqual(before);
      const failing = database.transaction(async (tx) => {
        await tx.query(text);
        throw new Error("rolled back");
      });
      await expect(failing).rejects.toThrow("rolled back");
      expect(await look()).toEqual(before);
    } finally {
      await database.close();
    }
  });

  test("what a user's own pool has set on its connections stays; without that, what is set ends", async () => {
    const pool = new Pool({ connectionString: testServerUrl(), max: 1 });
    try {
      const database = await openDatabase({ pool });
      const look = async () => (await pool.query(shown)).rows[0] as Record<string, unknown>;
      const before = await look();
      await database.transaction((tx) => tx.query("set default_transaction_read_only = on"));
      expect(await look()).toEqual(before);
      await pool.query("set statement_timeout = 4321");
      await database.transaction((tx) => tx.query("set search_path = pg_temp"));
      expect(await look()).toMatchObject({ time: "4321ms", path: "pg_temp" });
    } finally {
      await pool.end();
    }
  });

  test("a connection that an administrator ends is replaced, and nobody else notices", async () => {
    const { database } = await testDatabase();
    const pid = sql.named("test.pid", { columns: { pid: as.int4 } })`select pg_backend_pid()`;
    const first = await database.one(pid, {});
    await database
      .transaction((tx) => tx.query("select pg_terminate_backend($1)", [first.pid]))
      .catch(() => undefined); // it may have been its own
    await expect.poll(() => database.one(pid, {}).catch(() => first)).not.toEqual(first);
  });

  test("a server that dies with its last word of the login ends nobody", async () => {
    const proxy = await openProxy(testServerUrl());
    const database = await openDatabase({ url: proxy.url, poolMax: 2 });
    onTestFinished(() => database.close());
    await database.transaction(async () => {
      proxy.dieAtLogin();
      await expect(database.run(countOne, {})).rejects.toMatchObject({
        code: "postgres.connection_lost",
      });
    });
    expect(await database.run(countOne, {})).toEqual([{ one: 1 }]);
  });

  test("a connection that breaks while its pool is closing ends nobody", async () => {
    const { database, url } = await testDatabase();
    const other = await openDatabase({ url, poolMax: 1, applicationName: "longmen closing" });
    await other.close();
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'longmen closing'`;
    const gone = () => database.transaction(async (tx) => (await tx.query(end)).rows);
    await expect.poll(gone).toEqual([]);
  });

  test("a closed pool and no pool are refused by name", async () => {
    const pool = new Pool({ connectionString: testServerUrl() });
    await pool.end();
    await expect(openDatabase({ pool })).rejects.toMatchObject({
      code: "postgres.pool_unsupported",
    });
  });
});
