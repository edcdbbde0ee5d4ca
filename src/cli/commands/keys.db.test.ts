import { expect, onTestFinished, test } from "vitest";
import { openAccess } from "../../access/index.ts";
import { openDatabase } from "../../postgres/index.ts";
import { migrations } from "../open-house.ts";
import { nodeLane, testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import { runWords } from "../testing/run-words.ts";

/** Runs `longmen keys …` on a schema of the test's own. */
const keysOf = ({ url: databaseUrl, schema }: TestDatabase, words: readonly string[]) =>
  runWords({ databaseUrl, schema }, ["keys", ...words]);

const TOKEN = /^lm_([a-z2-7]{12})_[\w-]{43}$/;

async function house() {
  const opened = await testDatabase();
  const keys = (...words: string[]) => keysOf(opened, words);
  const database = await openDatabase({ url: opened.url, schema: opened.schema, poolMax: 3 });
  onTestFinished(() => database.close());
  const access = openAccess({ database, lane: nodeLane(database), clock: { now: () => 0 } });
  return { keys, access };
}

test("a key is made, used, rotated with a grace, revoked; each token is shown once", async () => {
  const { keys, access } = await house();
  const made = await keys("create", "--owner", "till-7", "--kind", "service", "--scopes", "admin");
  expect(made.code).toBe(0);
  const token = made.out.trimEnd();
  const [, keyId = ""] = TOKEN.exec(token) ?? [];
  expect(made.err).toContain(keyId);
  expect(made.err).not.toContain(token);
  expect(await access.check(token)).toMatchObject({ keyId, owner: "till-7", ownerKind: "service" });

  const rotated = await keys("rotate", keyId, "--grace", "600");
  expect(rotated.code).toBe(0);
  for (const each of [token, rotated.out.trimEnd()]) {
    expect(each).toMatch(TOKEN);
    expect(await access.check(each)).toMatchObject({ keyId });
  }

  const listed = await keys("list");
  expect(listed).toMatchObject({ code: 0, err: "" });
  expect(listed.out).toBe(`${keyId}  live     till-7 (service)\n    admin@*\n`);

  // A whole token names its key, too, and is not repeated.
  const revoked = await keys("revoke", token);
  expect(revoked.out).toContain(`${keyId}  revoked`);
  expect(revoked.out + revoked.err).not.toContain(token);
  expect((await keys("revoke", keyId)).code).toBe(0);

  const { items } = await access.events();
  expect(items.map(({ what }) => what)).toEqual(["key.revoked", "key.rotated", "key.created"]);
  for (const event of items) {
    expect(event).toMatchObject({
      by: expect.stringMatching(/^os\/.+/) as string,
      from: "command line",
      request: expect.stringMatching(/^cli\/[0-9a-z]{26}$/) as string,
    });
  }
});

test("--json answers one object, with times as text and the token only where it is made", async () => {
  const { keys } = await house();
  const made = await keys(
    ...["create", "--owner", "ann", "--scopes", "write@retail:shop/a  read@retail", "--json"],
    ...["--expires", "2999-01-31T00:00:00Z", "--note", "for the till"],
  );
  const { key, token } = JSON.parse(made.out) as { key: Record<string, unknown>; token: string };
  expect(token).toMatch(TOKEN);
  expect(key).toMatchObject({
    owner: "ann",
    ownerKind: "person",
    scopes: ["write@retail:shop/a", "read@retail"],
    state: "live",
    note: "for the till",
    expiresAt: "2999-01-31T00:00:00.000Z",
    createdAt: expect.stringMatching(/Z$/) as string,
  });
  expect(JSON.parse((await keys("list", "--json")).out)).toEqual({ keys: [key] });
  const { out } = await keys("revoke", String(key["keyId"]), "--json");
  expect(JSON.parse(out)).toMatchObject({ key: { state: "revoked" } });
  expect(out).not.toContain("token");
});

test("an empty list says what to do, beside the answer", async () => {
  const opened = await testDatabase({ migrations });
  expect(await keysOf(opened, ["list"])).toMatchObject({
    code: 0,
    out: "\n",
    err: expect.stringContaining("longmen keys create") as string,
  });
});

test.each([
  [["rotate", "abcdefghijkl"], "access.key_not_found"],
  [["revoke", "abcdefghijkl"], "access.key_not_found"],
])("%j could not be done and exits 3 as %s", async (words, code) => {
  const { keys } = await house();
  const ran = await keys(...words);
  expect(ran).toMatchObject({ code: 3, out: "" });
  expect(ran.err).toContain(`(${code})`);
});

test.each([
  [["create", "--owner", "ann lee", "--scopes", "admin"], "access.field_malformed"],
  [["create", "--owner", "ann", "--scopes", "fly@x"], "access.scope_malformed"],
  [["create", "--owner", "ann", "--scopes", "keys@retail"], "access.scope_malformed"],
  [["rotate", "abcdefghijkl", "--grace", "999999999"], "access.field_malformed"],
])("%j is a mistake of the command line and exits 2 as %s", async (words, code) => {
  const { keys } = await house();
  const ran = await keys(...words);
  expect(ran).toMatchObject({ code: 2, out: "" });
  expect(ran.err).toContain(`(${code})`);
});
