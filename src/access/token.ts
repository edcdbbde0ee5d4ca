/** Tokens: made, taken apart, hashed, compared. A secret leaves this file only in a token that is made. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";

export interface MadeToken {
  readonly keyId: string;
  readonly token: string;
  readonly secretHash: Buffer;
}

const KEY_ID_LENGTH = 12;
const KEY_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const SECRET_BYTES = 32;
const TOKEN = /^lm_([a-z2-7]{12})_([A-Za-z0-9_-]{43})$/;

/** Stands in where there is no hash to compare with, so that the work is the same. */
export const DECOY_HASH: Buffer = randomBytes(32);

/** Makes a token for a key, for a new one when none is given. */
export function makeToken(keyId: string = newKeyId()): MadeToken {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { keyId, token: `lm_${keyId}_${secret}`, secretHash: hashOf(secret) };
}

function newKeyId(): string {
  // 256 is a multiple of 32: no letter is likelier than another.
  return Array.from(randomBytes(KEY_ID_LENGTH), (byte) => KEY_ID_ALPHABET[byte % 32]).join("");
}

/** The parts of a token, or nothing when it is none: its shape is no secret. */
export function readToken(token: string): { keyId: string; secret: string } | undefined {
  const [, keyId, secret] = TOKEN.exec(token) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}

/**
 * SHA-256 of the secret's text, so that one secret has one spelling. A slow hash would protect
 * secrets that can be guessed; 256 random bits can't, and each request would pay for it.
 */
export function hashOf(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}

/** In constant time; against a decoy where there is none. */
export function sameHash(given: Buffer, kept: Buffer | undefined): boolean {
  const isSame = timingSafeEqual(given, kept ?? DECOY_HASH);
  return isSame && kept !== undefined;
}
