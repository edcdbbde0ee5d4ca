/** The hash that names what a version says. docs/concepts/rules.md has the bytes in words. */
import { createHash } from "node:crypto";
import { canonicalJson } from "./jdm/json.ts";
import type { Use } from "./version.ts";

const PREAMBLE = "longmen rules 1\n";
const LENGTH_BYTES = 8;

export interface HashedContent {
  /** Byte for byte as given. */
  readonly jdm: Uint8Array;
  readonly tests: unknown;
  readonly contract: unknown;
  readonly uses: readonly Use[];
}

/**
 * SHA-256 in lower-case hex over the line `longmen rules 1`, and then of the JDM, the tests, the contract and
 * the pinned sub-decisions, in this order, the length as 8 bytes (big end first) and the bytes. The last three
 * are JSON with sorted keys and no spaces, in UTF-8.
 */
export function contentHash({ jdm, tests, contract, uses }: HashedContent): string {
  const hash = createHash("sha256").update(PREAMBLE);
  const parts = [tests, contract, uses].map((part) => Buffer.from(canonicalJson(part)));
  for (const bytes of [jdm, ...parts]) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeBigUInt64BE(BigInt(bytes.byteLength));
    hash.update(length).update(bytes);
  }
  return hash.digest("hex");
}
