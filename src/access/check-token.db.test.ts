import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { nodeLane, overProxy } from "../postgres/testing.ts";
import { BELIEF_MS, openAccess, parseScope } from "./index.ts";
import { accessNode, ann, edit, join, keyFor, nodeOn } from "./testing/nodes.ts";
import { makeToken } from "./token.ts";

const UNKNOWN = { code: "access.key_unknown" };

test.each([undefined, ""])(
  "no key at all (%j) is told apart: it needs no secret to know",
  async (token) => {
    const { access, reads } = await accessNode();
    await expect(access.check(token)).rejects.toMatchObject({ code: "access.key_missing" });
    expect(reads).toEqual([]);
  },
);

test("unknown, wrong, revoked and expired get one answer, after the same one read", async () => {
  const { access, reads, clock, opened } = await accessNode();
  const good = await access.create(keyFor("good"), ann);
  const wrong = `lm_${good.key.keyId}_${makeToken().token.slice(16)}`;
  const revoked = await access.create(keyFor("revoked"), ann);
  const expired = await access.create(keyFor("expired"), ann);
  for (const { token } of [good, revoked, expired]) await access.check(token);
  await access.revoke(revoked.key.keyId, ann);
  await edit(opened, "update {schema}.access_key set expires_at = now() where owner = 'expired'");
  clock.advance(BELIEF_MS);
  await access.check(good.token);
  const answers: unknown[] = [];
  for (const token of [makeToken().token, wrong, revoked.token, expired.token]) {
    reads.length = 0;
    const error: unknown = await access.check(token).catch((reason: unknown) => reason);
    const { code, kind, message, advice, details } = error as Record<string, unknown>;
    answers.push({ code, kind, message, advice, details, reads: [...reads] });
    expect(JSON.stringify(answers)).not.toContain(token.slice(16));
  }
  expect(answers[0]).toMatchObject({ ...UNKNOWN, details: {}, reads: ["access.readKeys"] });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test("a token is refused that is not one, without a look", async () => {
  const { access, reads } = await accessNode();
  const { token } = await access.create(keyFor("till-7"), ann);
  reads.length = 0;
  for (const text of [`${token}x`, token.slice(1), "' or true --", "x".repeat(1_000_000)]) {
    await expect(access.check(text)).rejects.toMatchObject(UNKNOWN);
  }
  expect(reads).toEqual([]);
});

test("a key in use is answered from memory, read again ahead of time, and never when idle", async () => {
  const { access, reads, clock } = await accessNode();
  const { token } = await access.create(keyFor("till-7"), ann);
  reads.length = 0;
  for (let i = 0; i < 100; i++) await access.check(token);
  expect(reads).toHaveLength(1);
  clock.advance(BELIEF_MS / 2);
  for (let i = 0; i < 100; i++) await access.check(token);
  await access.close();
  expect(reads).toHaveLength(2);
  // An hour in which nobody asks: nothing is read until somebody does.
  clock.advance(3_600_000);
  await access.close();
  expect(reads).toHaveLength(2);
  await access.check(token);
  expect(reads).toHaveLength(3);
});

test("many at once share a read, also many that guess", async () => {
  const { access, reads } = await accessNode();
  const made = await Promise.all([1, 2, 3, 4, 5].map((i) => access.create(keyFor(`x-${i}`), ann)));
  reads.length = 0;
  const checks = made.flatMap(({ token }) => [token, token]).map((token) => access.check(token));
  expect(new Set((await Promise.all(checks)).map(({ keyId }) => keyId)).size).toBe(5);
  const guesses = Array.from({ length: 500 }, () => access.check(makeToken().token));
  for (const each of await Promise.allSettled(guesses)) {
    expect(each).toMatchObject({ status: "rejected", reason: UNKNOWN });
  }
  expect(reads.length).toBeLessThanOrEqual(4);
});

test("guessing has a bound, and does not keep out a key in use", async () => {
  const { access, clock } = await accessNode();
  const { token } = await access.create(keyFor("till-7"), ann);
  await access.check(token);
  const guessed = Promise.allSettled(
    Array.from({ length: 10_500 }, () => access.check(makeToken().token)),
  );
  expect(await access.check(token)).toMatchObject({ owner: "till-7" });
  // Nor when what is believed of it has become too old just then.
  clock.advance(BELIEF_MS);
  expect(await access.check(token)).toMatchObject({ owner: "till-7" });
  const codes = (await guessed).map((each) =>
    each.status === "rejected" ? (each.reason as { code: string }).code : "in",
  );
  expect(new Set(codes)).toEqual(new Set(["access.key_unknown", "access.too_many_checks"]));
});

test("a revocation holds here at once, and on another node before its belief is 2 s old", async () => {
  const one = await accessNode();
  const other = await join(one.opened);
  const { key, token } = await one.access.create(keyFor("till-7"), ann);
  for (const { access } of [one, other]) await access.check(token);
  await one.access.revoke(key.keyId, ann);
  await expect(one.access.check(token)).rejects.toMatchObject(UNKNOWN);
  // The other node could not know; from half of the time on it looks, and then it does.
  expect(await other.access.check(token)).toMatchObject({ owner: "till-7" });
  other.clock.advance(BELIEF_MS / 2);
  await other.access.check(token);
  await other.access.close();
  await expect(other.access.check(token)).rejects.toMatchObject(UNKNOWN);
});

test("a belief ends after 2 s whatever else happens, and with it who was revoked", async () => {
  const one = await accessNode();
  const other = await join(one.opened);
  const { key, token } = await one.access.create(keyFor("till-7"), ann);
  await other.access.check(token);
  await one.access.revoke(key.keyId, ann);
  other.clock.advance(BELIEF_MS);
  await expect(other.access.check(token)).rejects.toMatchObject(UNKNOWN);
});

test("on the process's own clock, too, a revocation reaches another node that is in use", async () => {
  const one = await accessNode();
  const { database } = await join(one.opened);
  const other = openAccess({ database, lane: nodeLane(database) });
  const { key, token } = await one.access.create(keyFor("till-7"), ann);
  await other.check(token);
  await one.access.revoke(key.keyId, ann);
  const tried = () =>
    other.check(token).then(
      () => "in",
      () => "out",
    );
  await expect.poll(tried).toBe("out");
  await other.close();
});

test("what another node made or rotated a moment ago works at once", async () => {
  const one = await accessNode();
  const other = await join(one.opened);
  const { key, token } = await one.access.create(keyFor("till-7"), ann);
  expect(await other.access.check(token)).toMatchObject({ keyId: key.keyId });
  const rotated = await one.access.rotate(key.keyId, {}, ann);
  expect(await other.access.check(rotated.token)).toMatchObject({ keyId: key.keyId });
  // And with the new one seen, the old one is out.
  await expect(other.access.check(token)).rejects.toMatchObject(UNKNOWN);
});

test("rotated without grace the old secret is out at once; with grace it is good until then", async () => {
  const { access, opened } = await accessNode();
  const first = await access.create(keyFor("till-7"), ann);
  const { keyId } = first.key;
  const second = await access.rotate(keyId, { graceMs: 600_000 }, ann);
  expect(second.key.formerUntil).toBeGreaterThan(second.key.createdAt + 500_000);
  for (const { token } of [first, second]) {
    expect(await access.check(token)).toMatchObject({ keyId, scopes: [parseScope("read@retail")] });
  }
  await edit(opened, "update {schema}.access_key set former_until = now()");
  await access.rotate(keyId, { graceMs: 600_000 }, ann).then(async (third) => {
    await expect(access.check(first.token)).rejects.toMatchObject(UNKNOWN);
    for (const { token } of [second, third]) await access.check(token);
  });
  const last = await access.rotate(keyId, {}, ann);
  for (const { token } of [first, second]) {
    await expect(access.check(token)).rejects.toMatchObject(UNKNOWN);
  }
  expect(await access.check(last.token)).toMatchObject({ keyId });
  expect((await access.find(keyId)).formerUntil).toBeUndefined();
});

test("a grace and an expiry end in memory, too, without a read", async () => {
  const { database, opened } = await accessNode();
  let isNear = true;
  // As if the limits were near: by the clock they might be over before they are read.
  const soon = { formerLeftMs: 1_000n, leftMs: 1_500n };
  const run: typeof database.run = async (statement, values) => {
    const rows = await database.run(statement, values);
    return isNear ? rows.map((row) => ({ ...row, ...soon })) : rows;
  };
  const clock = manualClock(1_000_000);
  const access = openAccess({ database: { ...database, run }, lane: nodeLane(database), clock });
  const first = await access.create(keyFor("till-7"), ann);
  const second = await access.rotate(first.key.keyId, { graceMs: 60_000 }, ann);
  await edit(
    opened,
    `update {schema}.access_key set former_until = now() + interval '1 hour',
      expires_at = now() + interval '2 hours'`,
  );
  const principal = await access.check(second.token);
  expect(await access.check(first.token)).toBe(principal);
  // Behind the memory's back the limits are lifted: only memory can say no now, and a read yes again.
  isNear = false;
  await edit(opened, "update {schema}.access_key set expires_at = null");
  clock.advance(1_000);
  const reread = await access.check(first.token);
  expect(reread).toEqual({ ...principal, expiresAt: undefined });
  expect(reread).not.toBe(principal);
});

test.each([-1, 0.5, Number.NaN, 7 * 24 * 3_600_000 + 1])(
  "a grace of %d ms is refused",
  async (graceMs) => {
    const { access } = await accessNode();
    const { key } = await access.create(keyFor("till-7"), ann);
    await expect(access.rotate(key.keyId, { graceMs }, ann)).rejects.toMatchObject({
      code: "access.field_malformed",
      details: { field: "graceMs" },
    });
  },
);

test("without the database a belief is held to its end, then nobody comes in", async () => {
  const { access, opened } = await accessNode();
  const { token } = await access.create(keyFor("till-7"), ann);
  const { database, proxy } = await overProxy(opened);
  const far = nodeOn(database);
  await far.access.check(token);
  const mend = proxy.refuse();
  far.clock.advance(BELIEF_MS / 2);
  expect(await far.access.check(token)).toMatchObject({ owner: "till-7" });
  await far.access.close();
  far.clock.advance(BELIEF_MS / 2);
  await expect(far.access.check(token)).rejects.toMatchObject({ kind: "unavailable" });
  mend();
  expect(await far.access.check(token)).toMatchObject({ owner: "till-7" });
});
