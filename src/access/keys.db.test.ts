import { expect, test } from "vitest";
import { nodeLane } from "../postgres/testing.ts";
import { openAccess, parseScope, scopeText } from "./index.ts";
import { accessNode, ann, edit, join, keyFor } from "./testing/nodes.ts";

const KEY_ID = /^[a-z2-7]{12}$/;

test("a key is made, found, listed and opens the door as what it was made", async () => {
  const { access } = await accessNode();
  const scopes = [parseScope("write@retail:shop/a"), parseScope("read@a%3Ab")];
  const expiresAt = Date.parse("2999-01-01T00:00:00.000Z");
  const { key, token } = await access.create(
    keyFor("ann@shop.example", { ownerKind: "person", scopes, expiresAt, note: "for the till" }),
    ann,
  );
  expect(key).toMatchObject({
    keyId: expect.stringMatching(KEY_ID) as string,
    owner: "ann@shop.example",
    ownerKind: "person",
    scopes,
    state: "live",
    expiresAt,
    note: "for the till",
  });
  expect(token).toMatch(new RegExp(`^lm_${key.keyId}_[\\w-]{43}$`));
  expect(await access.find(key.keyId)).toEqual(key);
  expect((await access.list()).items).toEqual([key]);
  expect(await access.check(token)).toEqual({
    keyId: key.keyId,
    owner: "ann@shop.example",
    ownerKind: "person",
    scopes,
    expiresAt,
  });
});

test("a replaced secret is good for no longer than its key", async () => {
  const { access } = await accessNode();
  const expiresAt = Date.now() + 60_000;
  const { key } = await access.create(keyFor("till-7", { expiresAt }), ann);
  const rotated = await access.rotate(key.keyId, { graceMs: 3_600_000 }, ann);
  expect(rotated.key).toMatchObject({ expiresAt, formerUntil: expiresAt });
});

test("a page goes on behind what its reader is not shown, and its cursor leads through all", async () => {
  const { access } = await accessNode();
  const own = [parseScope("keys@*"), parseScope("admin@a")];
  for (let i = 0; i < 12; i++) {
    const scopes = [parseScope(i % 4 === 0 ? "read@a" : "read@b")];
    await access.create(keyFor(`till-${i}`, { scopes }), ann);
  }
  const reader = { keyId: "x", owner: "ann", ownerKind: "person", scopes: own } as const;
  const first = await access.list({ limit: 2 }, reader);
  expect(first.items.map(({ owner }) => owner)).toEqual(["till-0", "till-4"]);
  const second = await access.list({ limit: 2, cursor: first.cursor }, reader);
  expect(second.items.map(({ owner }) => owner)).toEqual(["till-8"]);
  expect(second.cursor).toBeUndefined();
  const events = await access.events({ limit: 10 }, reader);
  expect(events.items.map(({ owner }) => owner)).toEqual(["till-8", "till-4", "till-0"]);
});

test("no secret is in any column of any table, nor in what lists and events tell", async () => {
  const { access, opened } = await accessNode();
  const made = await access.create(keyFor("till-7"), ann);
  const again = await access.rotate(made.key.keyId, { graceMs: 1_000 }, ann);
  await access.revoke(made.key.keyId, ann);
  const told = JSON.stringify([await access.list(), await access.events()]);
  const rows = await opened.database.transaction((tx) =>
    tx.query(`select row_to_json(one)::text as text from ${opened.schema}.access_key as one
      union all select row_to_json(one)::text from ${opened.schema}.access_event as one`),
  );
  const kept = JSON.stringify(rows) + told;
  expect(kept).toContain(made.key.keyId);
  for (const { token } of [made, again]) {
    const secret = token.slice(16);
    for (const spelling of [secret, Buffer.from(secret).toString("hex")]) {
      expect(kept).not.toContain(spelling);
    }
  }
});

test.each([
  ["owner", { owner: "" }],
  ["owner", { owner: "ann/till" }],
  ["owner", { owner: "ann lee" }],
  ["owner", { owner: "x".repeat(65) }],
  ["ownerKind", { ownerKind: "robot" as "person" }],
  ["scopes", { scopes: [] }],
  ["scopes", { scopes: Array.from({ length: 65 }, () => parseScope("read@retail")) }],
  ["scopes", { scopes: [{ action: "read" as const, book: "a%3Ab" }] }],
  ["note", { note: "" }],
  ["note", { note: "two\nlines" }],
  ["note", { note: "x".repeat(201) }],
  ["expiresAt", { expiresAt: 1_000 }],
  ["expiresAt", { expiresAt: Number.NaN }],
  ["expiresAt", { expiresAt: 1e15 }],
])("a key with a malformed %s is refused, and nothing is kept: %j", async (field, change) => {
  const { access } = await accessNode();
  await expect(access.create(keyFor("till-7", change), ann)).rejects.toMatchObject({
    code: "access.field_malformed",
    details: { field },
  });
  expect((await access.list()).items).toEqual([]);
  expect((await access.events()).items).toEqual([]);
});

test.each([
  { action: "keys" as const, book: "retail" },
  { action: "read" as const, book: "retail", prefix: "" },
  { action: "read" as const, book: "retail write@*" },
  { action: "read" as const, book: "retail", prefix: "a/../b" },
])("a scope that parseScope would not make is refused: %j", async (scope) => {
  const { access } = await accessNode();
  await expect(access.create(keyFor("till-7", { scopes: [scope] }), ann)).rejects.toMatchObject({
    code: "access.scope_malformed",
  });
});

test("nobody administers without saying who, from where, in which request", async () => {
  const { access } = await accessNode();
  const { key } = await access.create(keyFor("till-7"), ann);
  for (const field of ["by", "from", "request"] as const) {
    for (const word of ["", "a\u0000b", "x".repeat(257)]) {
      const nobody = { ...ann, [field]: word };
      const refused = { code: "access.field_malformed", details: { field } };
      await expect(access.create(keyFor("x"), nobody)).rejects.toMatchObject(refused);
      await expect(access.rotate(key.keyId, {}, nobody)).rejects.toMatchObject(refused);
      await expect(access.revoke(key.keyId, nobody)).rejects.toMatchObject(refused);
    }
  }
  expect((await access.events()).items).toHaveLength(1);
});

test("each administrative write leaves one event with its actor; a repeat leaves none", async () => {
  const { access } = await accessNode();
  const { key } = await access.create(keyFor("till-7"), ann);
  const bob = { by: "bob/mnopqrstuvwx", from: "2001:db8::1", request: "trace-2" };
  await access.rotate(key.keyId, { graceMs: 60_000 }, bob);
  await access.revoke(key.keyId, ann);
  expect(await access.revoke(key.keyId, bob)).toMatchObject({ state: "revoked" });
  const { items } = await access.events();
  const { keyId, owner } = key;
  expect(items.map(({ number, at, ...event }) => [number > 0 && at > 0, event])).toEqual([
    [true, { ...ann, what: "key.revoked", keyId, owner, graceMs: undefined }],
    [true, { ...bob, what: "key.rotated", keyId, owner, graceMs: 60_000 }],
    [true, { ...ann, what: "key.created", keyId, owner, graceMs: undefined }],
  ]);
});

test("an event that can't be written takes its key, rotation or revocation with it", async () => {
  const { access, opened } = await accessNode();
  const { key, token } = await access.create(keyFor("till-7"), ann);
  await edit(
    opened,
    "alter table {schema}.access_event add constraint full_up check (request <> 'late')",
  );
  const late = { ...ann, request: "late" };
  const failed = { code: "lane.unit_failed" };
  await expect(access.create(keyFor("till-8"), late)).rejects.toMatchObject(failed);
  await expect(access.rotate(key.keyId, {}, late)).rejects.toMatchObject(failed);
  await expect(access.revoke(key.keyId, late)).rejects.toMatchObject(failed);
  expect((await access.list()).items).toEqual([key]);
  expect(await access.check(token)).toMatchObject({ owner: "till-7" });
});

test("pages go through all keys and all events, and a cursor is good for its own list", async () => {
  const { access } = await accessNode();
  for (let i = 0; i < 5; i++) await access.create(keyFor(`till-${i}`), ann);
  const owners: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await access.list({ limit: 2, cursor });
    expect(page.items.length).toBeLessThanOrEqual(2);
    owners.push(...page.items.map(({ owner }) => owner));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(owners).toEqual(["till-0", "till-1", "till-2", "till-3", "till-4"]);

  const first = await access.events({ limit: 3 });
  const second = await access.events({ limit: 3, cursor: first.cursor });
  const told = [...first.items, ...second.items].map(({ owner }) => owner);
  expect(told).toEqual(owners.toReversed());
  expect(second.cursor).toBeUndefined();

  for (const wrong of [first.cursor ?? "", "", "x", "x".repeat(10_000)]) {
    const refused = { code: "access.cursor_malformed" };
    await expect(access.list({ cursor: wrong })).rejects.toMatchObject(refused);
  }
  for (const limit of [0, 1_001, 1.5, Number.NaN]) {
    const refused = { code: "access.limit_out_of_range" };
    await expect(access.list({ limit })).rejects.toMatchObject(refused);
    await expect(access.events({ limit })).rejects.toMatchObject(refused);
  }
});

test("a key that is not there is named as such to who administers", async () => {
  const { access } = await accessNode();
  const refused = { code: "access.key_not_found" };
  for (const keyId of ["abcdefghijkl", "", "x'y"]) {
    await expect(access.find(keyId)).rejects.toMatchObject(refused);
    await expect(access.rotate(keyId, {}, ann)).rejects.toMatchObject(refused);
    await expect(access.revoke(keyId, ann)).rejects.toMatchObject(refused);
  }
});

test("what has ended stays ended: no rotation brings a key back", async () => {
  const { access, opened } = await accessNode();
  const revoked = await access.create(keyFor("till-1"), ann);
  await access.revoke(revoked.key.keyId, ann);
  const expired = await access.create(keyFor("till-2"), ann);
  await edit(opened, "update {schema}.access_key set expires_at = now() where owner = 'till-2'");
  expect((await access.list()).items.map(({ state }) => state)).toEqual(["revoked", "expired"]);
  for (const [{ key }, state] of [
    [revoked, "revoked"],
    [expired, "expired"],
  ] as const) {
    await expect(access.rotate(key.keyId, {}, ann)).rejects.toMatchObject({
      code: "access.key_ended",
      details: { state },
    });
  }
  expect(await access.revoke(expired.key.keyId, ann)).toMatchObject({ state: "revoked" });
});

test("of many rotations of one key at once, each is done or told that it was not", async () => {
  const one = await accessNode();
  const other = await join(one.opened);
  const { key } = await one.access.create(keyFor("till-7"), ann);
  const tries = [one, other, one, other, one, other].map(({ access }) =>
    access.rotate(key.keyId, {}, ann),
  );
  const settled = await Promise.allSettled(tries);
  const done = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  for (const each of settled) {
    if (each.status === "fulfilled") continue;
    expect(each.reason).toMatchObject({ code: "access.key_changed" });
  }
  expect(done.length).toBeGreaterThanOrEqual(1);
  const rotations = (await one.access.events()).items.filter(({ what }) => what === "key.rotated");
  expect(rotations).toHaveLength(done.length);
});

test("a revocation among rotations is carried out, and the last word", async () => {
  const one = await accessNode();
  const other = await join(one.opened);
  const { key, token } = await one.access.create(keyFor("till-7"), ann);
  const rotations = [1, 2, 3, 4].map(() => other.access.rotate(key.keyId, { graceMs: 1_000 }, ann));
  const revoked = one.access.revoke(key.keyId, ann);
  const rotated = await Promise.allSettled(rotations);
  expect(await revoked).toMatchObject({ state: "revoked" });
  const tokens = rotated.flatMap((each) => (each.status === "fulfilled" ? [each.value.token] : []));
  for (const each of [token, ...tokens]) {
    const refused = { code: "access.key_unknown" };
    await expect(one.access.check(each)).rejects.toMatchObject(refused);
  }
  const [last, ...before] = (await one.access.events()).items.map(({ what }) => what);
  expect(last).toBe("key.revoked");
  expect(before).not.toContain("key.revoked");
});

test("a revocation outlasts a commit that takes its time and holds the key's row", async () => {
  const { opened } = await accessNode();
  const { database, schema } = opened;
  const lane = nodeLane(database);
  const access = openAccess({ database, lane });
  const { key } = await access.create(keyFor("till-7"), ann);
  let revoked: Promise<unknown> | undefined;
  await database.transaction(async (tx) => {
    const row = `select from ${schema}.access_key where key_id = $1 for no key update`;
    await tx.query(row, [key.keyId]);
    revoked = access.revoke(key.keyId, ann).catch((error: unknown) => error);
    // More often than somebody would try who gives way.
    await expect.poll(() => lane.stats().refusedFlushes).toBeGreaterThan(9);
  });
  expect(await revoked).toMatchObject({ state: "revoked" });
});

test("the same scopes come back in the same order as they were given", async () => {
  const { access } = await accessNode();
  const texts = ["write@tenant/1:shop", "read@*", "define@retail:shop/a", "verify@retail"];
  const { key } = await access.create(keyFor("x", { scopes: texts.map(parseScope) }), ann);
  expect(key.scopes.map(scopeText)).toEqual(texts);
});
