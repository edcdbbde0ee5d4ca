/** Identifiers: making them, and telling well-formed ones from others without a regex. */
import { randomFillSync } from "node:crypto";

/** The longest id of a transfer, chain, order or key, in characters (all of them ASCII). */
export const ID_MAX_LENGTH = 64;
/** The longest account path, in characters. */
export const PATH_MAX_LENGTH = 200;
/** The most segments an account path may have. */
export const PATH_SEGMENTS_MAX = 16;

/** What an id source needs of the world; tests and simulations give their own. */
export interface IdSourceInput {
  readonly now: () => number;
  readonly fillRandom: (block: Uint32Array) => void;
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, index) => `${ALPHABET[index >>> 5]}${ALPHABET[index & 31]}`,
);
const HALF = 2 ** 40;
const TIME_MAX = 2 ** 48 - 1;
const RANDOM_BLOCK_WORDS = 1024;

/**
 * Makes a source of ids: 48 bits of milliseconds, then 80 bits, as 26 characters of Crockford's
 * base 32 in lower case, so that sorting the text sorts by time. Each id of one source is greater
 * than the one before, also within a millisecond and when the clock steps back: within one
 * millisecond the 80 bits grow by a random step of up to 2^32, so that neighbours can't be
 * guessed by adding one. Unguessable they are not; an id is no secret.
 *
 * Random bytes are taken in blocks: one call of the generator per id costs more than the rest.
 */
export function idSource(input: IdSourceInput): () => string {
  const block = new Uint32Array(RANDOM_BLOCK_WORDS);
  let used = RANDOM_BLOCK_WORDS;
  let timeMs = -1;
  let high = 0; // upper 40 of the 80 bits
  let low = 0; // lower 40
  let head = ""; // the first 18 characters, which change seldom

  function word(): number {
    if (used === RANDOM_BLOCK_WORDS) {
      input.fillRandom(block);
      used = 0;
    }
    return block[used++] ?? 0;
  }

  function begin(atMs: number): void {
    timeMs = Math.min(atMs, TIME_MAX);
    high = word() * 256 + (word() & 255);
    low = word() * 256 + (word() & 255);
    head = text40(Math.floor(timeMs / 1024)) + pair(timeMs % 1024) + text40(high);
  }

  function step(): void {
    low += word() + 1;
    if (low < HALF) return;
    low -= HALF;
    high += 1;
    if (high === HALF) begin(timeMs + 1);
    else head = head.slice(0, 10) + text40(high);
  }

  return () => {
    const nowMs = input.now();
    if (nowMs > timeMs) begin(nowMs);
    else step();
    return head + text40(low);
  };
}

/** Makes a new id of 26 characters that sorts after every earlier one of this process. */
export const newId: () => string = idSource({
  now: Date.now,
  fillRandom: (block) => void randomFillSync(block),
});

function text40(value: number): string {
  const upper = Math.floor(value / 2 ** 20);
  const lower = value % 2 ** 20;
  return pair(upper >>> 10) + pair(upper & 1023) + pair(lower >>> 10) + pair(lower & 1023);
}

function pair(value: number): string {
  return PAIRS[value] ?? "";
}

const FIRST_OF_ID = 1;
const IN_ID = 2;
const IN_PATH = 4;
const CLASS_OF = classes();
const SLASH = 47;
const DOT = 46;

function classes(): Uint8Array {
  const table = new Uint8Array(128);
  const mark = (chars: string, flags: number) => {
    for (let i = 0; i < chars.length; i++) {
      const code = chars.charCodeAt(i);
      table[code] = (table[code] ?? 0) | flags;
    }
  };
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", FIRST_OF_ID);
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", IN_ID | IN_PATH);
  mark("._:@+-", IN_ID | IN_PATH);
  mark("/#", IN_ID);
  return table;
}

/**
 * Is this a well-formed id? 1 to 64 of letters, digits and `. _ : / @ # + -`, the first a letter
 * or a digit. Case matters.
 */
export function isId(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const length = value.length;
  if (length === 0 || length > ID_MAX_LENGTH) return false;
  if (((CLASS_OF[value.charCodeAt(0)] ?? 0) & FIRST_OF_ID) === 0) return false;
  for (let i = 1; i < length; i++) {
    if (((CLASS_OF[value.charCodeAt(i)] ?? 0) & IN_ID) === 0) return false;
  }
  return true;
}

/**
 * Is this a well-formed account path? 1 to 16 segments of letters, digits and `. _ : @ + -`,
 * joined by `/`, at most 200 characters in all; no segment is empty, `.` or `..` (a path ends up
 * in URLs, where browsers and proxies resolve those away). Case matters.
 */
export function isPath(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const length = value.length;
  if (length === 0 || length > PATH_MAX_LENGTH) return false;
  let segments = 1;
  let start = 0;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code === SLASH) {
      if (!isSegment(value, start, i)) return false;
      segments += 1;
      start = i + 1;
    } else if (((CLASS_OF[code] ?? 0) & IN_PATH) === 0) return false;
  }
  return segments <= PATH_SEGMENTS_MAX && isSegment(value, start, length);
}

function isSegment(path: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return false;
  if (length > 2 || path.charCodeAt(start) !== DOT) return true;
  return length === 2 && path.charCodeAt(start + 1) !== DOT;
}
