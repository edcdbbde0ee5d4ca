import { describe, expect, test } from "vitest";
import { DECOY_HASH, hashOf, makeToken, readToken, sameHash } from "./token.ts";

describe("a token", () => {
  test("is read as what it was made of, and is another each time", () => {
    const made = Array.from({ length: 200 }, () => makeToken());
    for (const { keyId, token, secretHash } of made) {
      const read = readToken(token);
      expect(read?.keyId).toBe(keyId);
      expect(hashOf(read?.secret ?? "")).toEqual(secretHash);
    }
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(made.length);
    expect(new Set(made.map(({ token }) => token)).size).toBe(made.length);
  });

  test("of a key that is rotated keeps the key's id and has a new secret", () => {
    const first = makeToken();
    const second = makeToken(first.keyId);
    expect(second.keyId).toBe(first.keyId);
    expect(second.secretHash).not.toEqual(first.secretHash);
  });

  const { token } = makeToken();
  test.each([
    "",
    "lm_",
    token.slice(0, -1),
    `${token}x`,
    `${token}\n`,
    ` ${token}`,
    token.toUpperCase(),
    token.replace("lm_", "LM_"),
    `Bearer ${token}`,
    `lm_0bcdefghijkl_${"A".repeat(43)}`,
    `lm_abcdefghijkl_${"=".repeat(43)}`,
    "x".repeat(100_000),
  ])("is nothing else: %#", (text) => {
    expect(readToken(text)).toBeUndefined();
  });
});

test("nothing equals a hash that is not there, not even the decoy it is compared with", () => {
  expect(sameHash(DECOY_HASH, undefined)).toBe(false);
  expect(sameHash(DECOY_HASH, DECOY_HASH)).toBe(true);
  expect(sameHash(hashOf("a"), hashOf("b"))).toBe(false);
});
