/** Signatures as Standard Webhooks 1.0 has them: https://github.com/standard-webhooks/standard-webhooks */
import { createHmac } from "node:crypto";
import { fail } from "../../base/index.ts";
import { scheduleErrors } from "../schedule.errors.ts";

const PREFIX = "whsec_";
const KEY_MIN_BYTES = 24;
const KEY_MAX_BYTES = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The bytes of a secret: "whsec_" and base64, of 24 to 64 bytes. Refuses: schedule.secret_malformed. */
export function keyOfSecret(name: string, secret: string): Buffer {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const key = BASE64.test(text) ? Buffer.from(text, "base64") : Buffer.alloc(0);
  if (key.length >= KEY_MIN_BYTES && key.length <= KEY_MAX_BYTES) return key;
  throw fail(scheduleErrors, "secret_malformed", { name, min: KEY_MIN_BYTES, max: KEY_MAX_BYTES });
}

/**
 * The three headers. With several keys there are as many signatures, so that a secret can be replaced: who is
 * called knows one of them.
 */
export function signedHeaders(
  keys: readonly Buffer[],
  { id, sentAt, body }: { readonly id: string; readonly sentAt: number; readonly body: string },
): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(sentAt / 1_000));
  const signatures = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`,
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": signatures.join(" "),
  };
}
