/**
 * What is left of an entry's words when it is archived: digests, by which a repeat is compared as
 * before. The same bytes as the SQL function ledger_slim makes (migrations/0003-archive.sql). Pure.
 */
import { createHash } from "node:crypto";
import type { HoldWords } from "../hold.ts";
import type { Described } from "../transfer.ts";

export const WORD_DIGEST_BYTES = 8;

const words = ["reference", "metadata"] as const;
type Word = (typeof words)[number];

const FLAGS: Readonly<Record<Word, number>> = { reference: 1, metadata: 2 };

/** Of a booked request: what is kept of its own words and of its hold's. */
export interface SlimWords {
  /** The hold's seq for a post or void, else its own. */
  readonly salt: number;
  /** Undefined: the row is whole. */
  readonly own: Buffer | undefined;
  readonly hold: Buffer | undefined;
}

export function wordDigest(salt: number, word: Word, text: string): Buffer {
  const seq = Buffer.allocUnsafe(8);
  seq.writeBigInt64BE(BigInt(salt));
  const hash = createHash("sha256").update(`longmen.${word}.1\0`).update(seq).update(text, "utf8");
  return hash.digest().subarray(0, WORD_DIGEST_BYTES);
}

/** The column `archived` of an entry with these words. */
export function slimOf(
  salt: number,
  { reference, metadata }: { readonly reference?: string; readonly metadata?: string },
): Buffer {
  const texts = { reference, metadata };
  const parts: Buffer[] = [Buffer.alloc(1)];
  for (const word of words) {
    const text = texts[word];
    if (text === undefined) continue;
    parts[0] = Buffer.of((parts[0]?.[0] ?? 0) | FLAGS[word]);
    parts.push(wordDigest(salt, word, text));
  }
  return Buffer.concat(parts);
}

function wordOf(slim: Buffer, word: Word): string | undefined {
  const flags = slim[0] ?? 0;
  if ((flags & FLAGS[word]) === 0) return undefined;
  const before = word === "metadata" && (flags & FLAGS.reference) !== 0 ? WORD_DIGEST_BYTES : 0;
  return slim.subarray(1 + before, 1 + before + WORD_DIGEST_BYTES).toString("hex");
}

type Texts = Pick<Described, "reference" | "metadata">;

/** Both words as digests in hex, whether they are known as texts or only so. */
function sealed(salt: number, texts: Texts, slim: Buffer | undefined): Texts {
  const digests: { -readonly [K in Word]?: string | undefined } = {};
  for (const word of words) {
    const text = texts[word];
    if (text !== undefined) digests[word] = wordDigest(salt, word, text).toString("hex");
    else digests[word] = slim === undefined ? undefined : wordOf(slim, word);
  }
  return digests;
}

/** What was asked and what was booked, in a form in which both can be compared. */
export function sealBoth(
  asked: Described,
  was: Described,
  { salt, own, hold }: SlimWords,
  inherited: HoldWords | undefined,
): { readonly asked: Described; readonly was: Described } {
  const held = sealed(salt, inherited ?? {}, hold);
  const given = sealed(salt, asked, undefined);
  return {
    asked: {
      code: asked.code ?? inherited?.code,
      effectiveAt: asked.effectiveAt,
      reference: given.reference ?? held.reference,
      metadata: given.metadata ?? held.metadata,
    },
    was: {
      code: was.code ?? inherited?.code,
      effectiveAt: was.effectiveAt,
      ...sealed(salt, was, own),
    },
  };
}
