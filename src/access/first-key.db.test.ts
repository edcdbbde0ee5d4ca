import { expect, test } from "vitest";
import { COMMIT, overProxy } from "../postgres/testing.ts";
import { mayDo, parseScope, scopeText } from "./index.ts";
import { accessNode, ann, edit, join, keyFor, nodeOn } from "./testing/nodes.ts";

test("the first start gets a key with every right, later ones get nothing", async () => {
  const { access } = await accessNode();
  const first = await access.ensureFirstKey(ann);
  expect(first?.key).toMatchObject({ owner: "admin", ownerKind: "person", state: "live" });
  expect(first?.key.scopes.map(scopeText)).toEqual(["admin@*"]);
  const principal = await access.check(first?.token);
  expect(mayDo(principal, "keys", "*") && mayDo(principal, "write", "retail")).toBe(true);
  expect(await access.ensureFirstKey(ann)).toBeUndefined();
  expect((await access.events()).items).toMatchObject([{ ...ann, what: "key.created" }]);
});

test.each(["keys@*", "admin", "read@retail admin@*"])(
  "where there is a key that may make keys (%s), even an ended one, there is no first key",
  async (scopes) => {
    const { access } = await accessNode();
    const { key } = await access.create(
      keyFor("ann", { scopes: scopes.split(" ").map(parseScope) }),
      ann,
    );
    await access.revoke(key.keyId, ann);
    expect(await access.ensureFirstKey(ann)).toBeUndefined();
    expect((await access.list()).items).toHaveLength(1);
  },
);

test.each(["read@retail", "admin@retail", "admin@*:shop", "write@*"])(
  "where the only key may make none (%s), the first key is made all the same, once",
  async (scopes) => {
    const { access } = await accessNode();
    await access.create(keyFor("till-7", { scopes: [parseScope(scopes)] }), ann);
    expect(await access.ensureFirstKey(ann)).toMatchObject({ key: { owner: "admin" } });
    expect(await access.ensureFirstKey(ann)).toBeUndefined();
    expect((await access.list()).items).toHaveLength(2);
  },
);

test("of many nodes that start at once exactly one makes it, and all go on", async () => {
  for (let round = 0; round < 5; round++) {
    const one = await accessNode();
    const nodes = [one, await join(one.opened), await join(one.opened)];
    const starts = [...nodes, ...nodes].map(({ access }) => access.ensureFirstKey(ann));
    const made = (await Promise.all(starts)).filter((each) => each !== undefined);
    expect(made).toHaveLength(1);
    expect((await one.access.list()).items).toHaveLength(1);
    expect((await one.access.events()).items).toHaveLength(1);
    for (const { access } of nodes) {
      expect(await access.check(made[0]?.token)).toMatchObject({ owner: "admin" });
    }
  }
});

/** Sessions of this database that wait for a lock. */
const WAITERS = `select from pg_locks as held join pg_stat_activity as s on s.pid = held.pid
  where s.datname = current_database() and not held.granted`;

test("a node that finds another's first key half committed waits for it, then goes without", async () => {
  const { access, opened } = await accessNode();
  let started: Promise<unknown> = Promise.resolve();
  await opened.database.transaction(async (tx) => {
    await tx.query(`insert into ${opened.schema}.access_key
      (key_id, owner, owner_kind, scopes, secret_hash, is_first)
      values ('abcdefghijkl', 'admin', 'person', 'admin@*', sha256('x'), true)`);
    started = access.ensureFirstKey(ann);
    await expect
      .poll(() => opened.database.transaction(async (look) => (await look.query(WAITERS)).count))
      .toBeGreaterThan(0);
  });
  expect(await started).toBeUndefined();
  expect((await access.list()).items).toHaveLength(1);
});

test("and makes its own when the other one's is rolled back", async () => {
  const { access, opened } = await accessNode();
  let started = access.list().then(() => access.ensureFirstKey(ann));
  await started;
  await edit(opened, "truncate {schema}.access_event, {schema}.access_once, {schema}.access_key");
  const undone = opened.database.transaction(async (tx) => {
    await tx.query(`insert into ${opened.schema}.access_key
      (key_id, owner, owner_kind, scopes, secret_hash, is_first)
      values ('abcdefghijkl', 'admin', 'person', 'admin@*', sha256('x'), true)`);
    started = access.ensureFirstKey(ann);
    await expect
      .poll(() => opened.database.transaction(async (look) => (await look.query(WAITERS)).count))
      .toBeGreaterThan(0);
    throw new Error("the other node dies here");
  });
  await expect(undone).rejects.toThrow("dies here");
  expect(await started).toMatchObject({ key: { owner: "admin" } });
});

test("a token whose commit stands is told although the reply was lost; else nothing is there", async () => {
  const { access, opened } = await accessNode();
  const { database, proxy } = await overProxy(opened);
  const far = nodeOn(database);
  const cut = proxy.cutAfter(COMMIT);
  const first = await far.access.ensureFirstKey(ann);
  await cut;
  expect(await access.check(first?.token)).toMatchObject({ owner: "admin" });

  const { keyId } = first?.key ?? { keyId: "" };
  const cutAgain = proxy.cutAfter(COMMIT);
  const rotated = await far.access.rotate(keyId, {}, ann);
  await cutAgain;
  expect(await access.check(rotated.token)).toMatchObject({ keyId });

  const never = proxy.cutBefore("access.insert_key");
  await expect(far.access.create(keyFor("till-7"), ann)).rejects.toMatchObject({
    code: "lane.outcome_unknown",
  });
  await never;
  expect((await access.list()).items).toHaveLength(1);
  expect((await access.events()).items).toHaveLength(2);
});
