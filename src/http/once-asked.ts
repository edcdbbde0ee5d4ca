/** The header Idempotency-Key, on routes whose bodies have no id of their own. */
import { hash } from "node:crypto";
import type { Once } from "../access/index.ts";
import { accessErrors } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { type Call, principalOf } from "./route.ts";

export const ONCE_HEADER = "idempotency-key";
export const REPLAYED_HEADER = "idempotency-replayed";
const NAME = /^[\x21-\x7e]{1,128}$/;

/** Nothing where the caller gave none. Refuses: access.once_malformed. */
export function onceOf(call: Call, what: string): Once | undefined {
  const name = call.request.headers[ONCE_HEADER];
  if (name === undefined) return undefined;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw fail(accessErrors, "once_malformed", {
      expected: "1 to 128 printable characters without spaces",
    });
  }
  // The order of fields means nothing, that of a list does.
  const fields = Object.entries(call.body as object).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bodyHash = hash("sha256", JSON.stringify([what, fields]), "buffer");
  return { caller: principalOf(call).keyId, name, bodyHash };
}
