/** Leases as they are asked for and told, and what may stand in them. */
import { fail, type Instant, isPath } from "../../base/index.ts";
import type { RowIn } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import type { leaseViews } from "./lease.sql.ts";

/** What a lease is known by wherever it is checked. A `Held` is one. */
export interface LeaseRef {
  readonly key: string;
  readonly token: bigint;
}

export interface TakeOptions {
  /**
   * How long it stands without being renewed: what others wait for when this process dies. 500 ms to
   * a day. It is renewed by itself, at a third of this time.
   */
  readonly ttlMs: number;
  /** How long to wait for it: 0, which is "now or not", when left out; a day at most. */
  readonly waitMs?: number | undefined;
  /** Ends the waiting; `take` then rejects with its reason, and nothing is held. */
  readonly signal?: AbortSignal | undefined;
  /** For whoever looks at the list: what it is held for. One line of at most 200 characters. */
  readonly note?: string | undefined;
}

/** A lease that is held now, by the database's clock. */
export interface LeaseView extends LeaseRef {
  /** The node that holds it. */
  readonly holder: string;
  readonly note?: string | undefined;
  readonly since: Instant;
  readonly until: Instant;
  readonly heldForMs: number;
  /** How many wait for it, counted up to 1,000. */
  readonly waiting: number;
}

export interface LeaseListOptions {
  /** Keys that begin with it; all when left out. */
  readonly prefix?: string | undefined;
  /** The last key of the page before. */
  readonly after?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface BreakOptions {
  /** Who does it: a person, or the job of one. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** Only if it is held with this token still. Whoever holds it now, when left out. */
  readonly token?: bigint | undefined;
}

/** What an operator ended by force. */
export interface LeaseBreak extends LeaseRef {
  readonly at: Instant;
  readonly holder: string;
  readonly by: string;
  readonly reason?: string | undefined;
}

/**
 * A third of it must hold a round trip, a commit on a slow disk and a pause of the process: below
 * this, leases are lost without anybody's fault.
 */
export const TTL_MIN_MS = 500;
/** What a dead process blocks at most. What is to be kept for longer is a row of one's own. */
export const TTL_MAX_MS = 24 * 3_600_000;
export const WAIT_MAX_MS = 24 * 3_600_000;
export const NOTE_MAX_LENGTH = 200;
const NODE_MAX_LENGTH = 64;
const LIST_DEFAULT = 100;
const LIST_MAX = 1_000;

function must(holds: boolean, field: string, expected: string): void {
  if (!holds) throw fail(flowErrors, "lease_malformed", { field, expected });
}

function isLine(text: unknown, maxLength: number): boolean {
  if (typeof text !== "string" || text.length === 0 || text.length > maxLength) return false;
  return text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
}

const isWithin = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && Number(value) >= from && Number(value) <= to;

const orUndefined = (value: unknown, holds: (value: unknown) => boolean): boolean =>
  value === undefined || holds(value);

/** Refuses: flow.lease_malformed. */
export function checkKey(key: unknown): void {
  must(
    isPath(key),
    "key",
    "1 to 16 segments of letters, digits and . _ : @ + -, joined by /, of at most 200 characters",
  );
}

/** Refuses: flow.lease_malformed. */
export function checkNode(node: unknown): void {
  const expected = `one line of 1 to ${NODE_MAX_LENGTH} characters`;
  must(isLine(node, NODE_MAX_LENGTH), "node", expected);
}

/** Refuses: flow.lease_malformed. */
export function checkTake(key: unknown, options: TakeOptions): void {
  checkKey(key);
  const { ttlMs, waitMs, note, signal } = options;
  const whole = (from: number, to: number) => `a whole number of ms from ${from} to ${to}`;
  must(isWithin(ttlMs, TTL_MIN_MS, TTL_MAX_MS), "ttlMs", whole(TTL_MIN_MS, TTL_MAX_MS));
  const isWait = orUndefined(waitMs, (ms) => isWithin(ms, 0, WAIT_MAX_MS));
  must(isWait, "waitMs", whole(0, WAIT_MAX_MS));
  const isNote = orUndefined(note, (text) => isLine(text, NOTE_MAX_LENGTH));
  must(isNote, "note", `one line of 1 to ${NOTE_MAX_LENGTH} characters`);
  must(orUndefined(signal, isSignal), "signal", "an AbortSignal");
}

const isSignal = (value: unknown): boolean => value instanceof AbortSignal;

/** Refuses: flow.lease_malformed. */
export function checkBreak(key: unknown, { by, reason, token }: BreakOptions): void {
  checkKey(key);
  const expected = `one line of 1 to ${NOTE_MAX_LENGTH} characters`;
  must(isLine(by, NOTE_MAX_LENGTH), "by", expected);
  must(
    orUndefined(reason, (text) => isLine(text, NOTE_MAX_LENGTH)),
    "reason",
    expected,
  );
  must(
    orUndefined(token, (value) => typeof value === "bigint"),
    "token",
    "a bigint",
  );
}

const PREFIX = /^[\w.:@+/-]{0,200}$/;

/** From the key after which the page begins to that before which it ends. Refuses: flow.lease_malformed. */
export function rangeOf({ prefix = "", after = "", limit = LIST_DEFAULT }: LeaseListOptions): {
  readonly prefix: string;
  readonly after: string;
  readonly end: string;
  readonly limit: number;
} {
  must(typeof prefix === "string" && PREFIX.test(prefix), "prefix", "the beginning of a key");
  must(after === "" || isPath(after), "after", "a key");
  must(isWithin(limit, 1, LIST_MAX), "limit", `a whole number from 1 to ${LIST_MAX}`);
  // "~" comes after every character that a key may have.
  return { prefix, after, end: `${prefix}~`, limit };
}

export function viewOf(row: RowIn<typeof leaseViews>): LeaseView {
  return {
    key: row.key,
    token: row.token,
    holder: row.holder,
    note: row.note ?? undefined,
    since: row.takenAt,
    until: row.leaseUntil,
    heldForMs: Number(row.heldForMs),
    waiting: Number(row.waiting),
  };
}
