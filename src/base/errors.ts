/**
 * Errors as values with a stable name. A room lists its refusals once, in `<room>.errors.ts`;
 * code elsewhere says `throw fail(table, "reason", details)` and never invents a message.
 */
import { AssertionError } from "node:assert";
import { maskTokens } from "./mask.ts";

/** What sort of answer an error is. The kind alone decides the HTTP status. */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "missing"
  | "conflict"
  | "refused"
  | "limited"
  | "unavailable";

/**
 * What a caller may do next: `never` (the same request can't succeed), `same_request` (send it
 * again unchanged, with the same id), `later` (the same, after a pause).
 */
export type Retry = "never" | "same_request" | "later";

/** One refusal. `message` and `advice` may hold `{name}` places, filled from the details. */
export interface ErrorRow {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly advice: string;
  readonly retry: Retry;
}

/** All refusals of one room; `codes` are the public names, `room.reason`. */
export interface ErrorTable<Room extends string, Reason extends string> {
  readonly room: Room;
  readonly rows: Readonly<Record<Reason, ErrorRow>>;
  readonly codes: readonly `${Room}.${Reason}`[];
}

/** The one place where kinds meet HTTP. Whatever is no `LongmenError` is a bug: 500. */
export const httpStatusOf: Readonly<Record<ErrorKind, number>> = Object.freeze({
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  refused: 422,
  limited: 429,
  unavailable: 503,
});

/** An expected refusal: a stable code, words for a person, and what to do next. */
export class LongmenError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly advice: string;
  readonly retry: Retry;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    row: ErrorRow,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(fillPlaces(row.message, details), cause === undefined ? undefined : { cause });
    this.name = "LongmenError";
    this.code = code;
    this.kind = row.kind;
    this.advice = fillPlaces(row.advice, details);
    this.retry = row.retry;
    this.details = details;
  }
}

const REASON = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/**
 * Declares the refusals of a room. Registers nothing: a table is a plain value, and who wants
 * all of them (the generated reference, the tidy test) collects the rooms' tables.
 */
export function defineErrors<const Room extends string, const Reason extends string>(
  room: Room,
  rows: Readonly<Record<Reason, ErrorRow>>,
): ErrorTable<Room, Reason> {
  assert(REASON.test(room), `the room "${room}" of an error table must be snake_case`);
  // Object.keys loses the key type; the keys of `rows` are exactly its reasons.
  const reasons = Object.keys(rows) as Reason[];
  for (const reason of reasons) {
    assert(REASON.test(reason), `the reason "${room}.${reason}" must be snake_case`);
  }
  const codes = reasons.map((reason) => `${room}.${reason}` as const);
  return Object.freeze({ room, rows: Object.freeze(rows), codes: Object.freeze(codes) });
}

/**
 * Builds the error of one refusal; the caller throws it, so that the type checker sees the
 * function end. `details` fill the places of the message and travel with the error; keep secrets
 * out of them.
 */
export function fail<Room extends string, Reason extends string>(
  table: ErrorTable<Room, Reason>,
  reason: NoInfer<Reason>,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): LongmenError {
  const error = new LongmenError(`${table.room}.${reason}`, table.rows[reason], details, cause);
  Error.captureStackTrace(error, fail);
  return error;
}

/** Is this a refusal with that code? Narrows, so that its details can be read. */
export function hasCode(error: unknown, code: string): error is LongmenError {
  return error instanceof LongmenError && error.code === code;
}

/** Ends the work at once when something impossible happened. A failed assertion is a bug. */
export function assert(condition: unknown, message: string): asserts condition {
  if (condition) return;
  throw new AssertionError({ message, stackStartFn: assert });
}

const SHOWN_LENGTH_MAX = 200;
const SHOWN_ITEMS_MAX = 20;

/** Fills the `{name}` places of a text; what stands in a list is told with `between` between. */
export function fillPlaces(
  text: string,
  details: Readonly<Record<string, unknown>>,
  between = "; ",
): string {
  if (!text.includes("{")) return text;
  // A place without a detail stays as written: an odd message is better than losing the error.
  return text.replace(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(details, name) ? shown(details[name], between) : place,
  );
}

/** Details often are a stranger's input: printable, on one line, never a megabyte or a token. */
function shown(value: unknown, between: string): string {
  if (!Array.isArray(value)) return printable(plain(value));
  const texts = value.slice(0, SHOWN_ITEMS_MAX).map((item) => printable(plain(item)));
  if (value.length > SHOWN_ITEMS_MAX) texts.push(`… ${value.length - SHOWN_ITEMS_MAX} more`);
  return texts.join(between);
}

function printable(whole: string): string {
  const text = maskTokens(whole);
  const cut = text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
  return cut.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.message;
  if (typeof value === "object" && value !== null) {
    return JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "bigint" ? inner.toString() : inner,
    );
  }
  return String(value);
}
