import { expect, test } from "vitest";
import { doctor } from "./doctor.ts";
import { compareSchemas, describeSchema } from "./schema-manifest.ts";
import { testDatabase } from "./testing.ts";

const shop = (schema: string): string => `
  set local search_path = ${schema};
  create table item (id int8 primary key, name text not null)`;

async function examined() {
  const opened = await testDatabase();
  const { database, schema } = opened;
  await database.transaction((tx) => tx.query(shop(schema)));
  const manifest = await describeSchema(database);
  const messages = async (check: string, options = {}): Promise<string[]> => {
    const findings = await doctor(database, { manifest, ...options });
    return findings.filter((f) => f.check === check && f.level !== "ok").map((f) => f.message);
  };
  return { ...opened, manifest, messages };
}

test("a schema that is as it should be has no drift, and every check answers", async () => {
  const { database, manifest, messages } = await examined();
  expect(await messages("drift")).toEqual([]);
  const checks = (await doctor(database, { manifest })).map(({ check }) => check);
  expect([...new Set(checks)]).toEqual([
    "version",
    "settings",
    "drift",
    "indexes",
    "transactions",
    "dead rows",
    "prepared transactions",
    "replication slots",
    "limits",
  ]);
});

test("what somebody changed by hand is named, line by line", async () => {
  const { database, schema, messages } = await examined();
  await database.transaction((tx) =>
    tx.query(`alter table ${schema}.item drop column name, add column price float8;
      create index by_price on ${schema}.item (price)`),
  );
  expect(await messages("drift")).toEqual([
    'column item.name: missing, should be "text not null"',
    'column item.price: is "double precision", should not be there',
    'index by_price: is "CREATE INDEX by_price ON item USING btree (price)", should not be there',
  ]);
});

test("a manifest does not depend on the schema's name", async () => {
  const { manifest } = await examined();
  const other = await examined();
  expect(compareSchemas(manifest, other.manifest)).toEqual([]);
  expect(JSON.stringify(manifest)).not.toContain("test_");
});

test("settings that can lose an acknowledged commit are errors", async () => {
  const { messages } = await examined();
  // The server of the tests forgets on a power cut, on purpose.
  expect(await messages("settings")).toEqual([
    "fsync is off",
    "full_page_writes is off",
    "synchronous_commit is off",
  ]);
});

test("a transaction that stays open is named with the process to end", async () => {
  const { database, messages } = await examined();
  await database.transaction(async (tx) => {
    const { rows } = await tx.query("select pg_backend_pid() as pid");
    await database.clock.sleep(1_100);
    const found = await messages("transactions", { longTransactionSeconds: 1 });
    const own = found.filter((message) => message.includes(`process ${String(rows[0]?.["pid"])} `));
    expect(own).toHaveLength(1);
    expect(own[0]).toContain("idle in transaction");
  });
});

test("rows that vacuum could not clean are counted", async () => {
  const { database, schema, messages } = await examined();
  await database.transaction((tx) =>
    tx.query(`alter table ${schema}.item set (autovacuum_enabled = off);
      insert into ${schema}.item select n, 'x' from generate_series(1, 1000) as n;
      delete from ${schema}.item;
      select pg_stat_force_next_flush()`),
  );
  const dead = (): Promise<string[]> => messages("dead rows", { deadRowsLeast: 500n });
  await expect.poll(dead).toEqual(["item has 1000 dead rows beside 0 live ones"]);
});

test("an index that a failed build left is named", async () => {
  const { database, url, schema, messages } = await examined();
  await database.transaction((tx) =>
    tx.query(`insert into ${schema}.item values (1, 'same'), (2, 'same')`),
  );
  const { Client } = await import("pg");
  const client = new Client({ connectionString: url });
  await client.connect();
  const build = `create unique index concurrently one_name on ${schema}.item (name)`;
  await expect(client.query(build)).rejects.toThrow("could not create unique index");
  await client.end();
  expect(await messages("indexes")).toEqual(["index one_name is invalid"]);
});
