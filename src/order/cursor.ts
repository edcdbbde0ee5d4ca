/** Cursors of lists: opaque, and bound to the question, so that one of another list is refused and not answered. */
import { createHash } from "node:crypto";
import { fail } from "../base/index.ts";
import { orderErrors } from "./order.errors.ts";

const CURSOR_MAX = 200;

/** `place`: where the page ended, in the list's own words. */
export function writeCursor(question: readonly unknown[], place: readonly string[]): string {
  return Buffer.from(JSON.stringify([printOf(question), ...place])).toString("base64url");
}

/** The place of a cursor of this question, its words as the patterns have them. Refuses: order.cursor_malformed. */
export function readCursor(
  question: readonly unknown[],
  cursor: string,
  patterns: readonly RegExp[],
): readonly string[] {
  const [print, ...place] = partsOf(cursor);
  const words = place.filter((word) => typeof word === "string");
  const isRead =
    print === printOf(question) &&
    place.length === patterns.length &&
    patterns.every((pattern, index) => pattern.test(words[index] ?? ""));
  if (!isRead) throw fail(orderErrors, "cursor_malformed");
  return words;
}

function partsOf(cursor: string): readonly unknown[] {
  if (typeof cursor !== "string" || cursor.length > CURSOR_MAX) return [];
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    throw fail(orderErrors, "cursor_malformed", {}, error);
  }
}

function printOf(question: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(question)).digest("base64url").slice(0, 8);
}

/** Of a time in milliseconds or micros, and of a key. */
export const TIME_WORD = /^\d{1,16}$/;
export const KEY_WORD = /^[A-Za-z0-9._:@+-]{1,40}$/;
