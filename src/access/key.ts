/** Keys as they are told, and what may stand in one. */
import { fail, type Instant, isId } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import type { keyViews } from "./access.sql.ts";
import type { OwnerKind } from "./principal.ts";
import { parseScope, type Scope, scopeText } from "./scope.ts";

/** A key without its secret. */
export interface KeyView {
  readonly keyId: string;
  readonly owner: string;
  readonly ownerKind: OwnerKind;
  readonly scopes: readonly Scope[];
  readonly note?: string | undefined;
  readonly state: "live" | "expired" | "revoked";
  readonly createdAt: Instant;
  readonly expiresAt?: Instant | undefined;
  readonly rotatedAt?: Instant | undefined;
  /** Until when the secret before the last rotation is good, if it had a grace. */
  readonly formerUntil?: Instant | undefined;
  readonly revokedAt?: Instant | undefined;
}

export interface NewKey {
  /** 1 to 64 of letters, digits and `. _ : @ # + -`. */
  readonly owner: string;
  readonly ownerKind: OwnerKind;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Instant | undefined;
  /** What the key is for, in a line. */
  readonly note?: string | undefined;
}

/** Who administers keys, from where, in which request: for the audit. */
export interface Actor {
  readonly by: string;
  readonly from: string;
  readonly request: string;
}

export type AccessAct = "key.created" | "key.rotated" | "key.revoked";

export interface AccessEvent extends Actor {
  readonly number: number;
  readonly at: Instant;
  readonly what: AccessAct;
  readonly keyId: string;
  readonly owner: string;
  /** Of a rotation: how long the former secret stayed good. */
  readonly graceMs?: number | undefined;
}

export const SCOPES_MAX = 64;
export const NOTE_MAX_LENGTH = 200;
export const ACTOR_WORD_MAX_LENGTH = 256;
/** A week: longer, and nobody remembers that the old secret is still good. */
export const GRACE_MAX_MS = 7 * 24 * 3_600_000;

/** Refuses: access.field_malformed, access.scope_malformed. */
export function checkNewKey(asked: NewKey, now: Instant): void {
  const { owner, ownerKind, scopes, expiresAt, note } = asked;
  const isName = isId(owner) && !owner.includes("/");
  must(isName, "owner", "1 to 64 of letters, digits and . _ : @ # + -, first a letter or a digit");
  must(ownerKind === "person" || ownerKind === "service", "ownerKind", '"person" or "service"');
  const isFew = scopes.length >= 1 && scopes.length <= SCOPES_MAX;
  must(isFew, "scopes", `a list of 1 to ${SCOPES_MAX} scopes`);
  for (const scope of scopes) checkScope(scope);
  const isNote = note === undefined || isLine(note, NOTE_MAX_LENGTH);
  must(isNote, "note", `one line of 1 to ${NOTE_MAX_LENGTH} characters`);
  const isToCome = expiresAt === undefined || (isInstant(expiresAt) && expiresAt > now);
  must(isToCome, "expiresAt", "an instant to come, in the years up to 9999");
}

/** A scope that would be read back as another one is none. */
function checkScope(scope: Scope): void {
  const read = parseScope(scopeText(scope));
  const isSame = read.book === scope.book && read.prefix === scope.prefix;
  must(isSame, "scopes", "a list of scopes as parseScope makes them");
}

/** Refuses: access.field_malformed. */
export function checkActor(actor: Actor): void {
  for (const field of ["by", "from", "request"] as const) {
    const expected = `one line of 1 to ${ACTOR_WORD_MAX_LENGTH} characters`;
    must(isLine(actor[field], ACTOR_WORD_MAX_LENGTH), field, expected);
  }
}

/** Refuses: access.field_malformed. */
export function checkGrace(graceMs: number): void {
  const isGrace = Number.isInteger(graceMs) && graceMs >= 0 && graceMs <= GRACE_MAX_MS;
  must(isGrace, "graceMs", `a whole number of milliseconds from 0 to ${GRACE_MAX_MS}`);
}

function must(holds: boolean, field: string, expected: string): void {
  if (!holds) throw fail(accessErrors, "field_malformed", { field, expected });
}

function isLine(text: unknown, maxLength: number): text is string {
  if (typeof text !== "string" || text.length === 0 || text.length > maxLength) return false;
  return text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
}

const YEAR_9999_END = Date.parse("9999-12-31T23:59:59.999Z");
const isInstant = (at: number): boolean => Number.isInteger(at) && at <= YEAR_9999_END;

export function viewOf(row: RowIn<typeof keyViews>): KeyView {
  return {
    keyId: row.keyId,
    owner: row.owner,
    ownerKind: row.ownerKind as OwnerKind,
    scopes: readScopes(row.scopes),
    note: row.note ?? undefined,
    state: row.state as KeyView["state"],
    createdAt: row.createdAt,
    expiresAt: row.expiresAt ?? undefined,
    rotatedAt: row.rotatedAt ?? undefined,
    formerUntil: row.formerUntil ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}

/** As a key's row has them: a scope has no space in it. */
export const readScopes = (text: string): readonly Scope[] => text.split(" ").map(parseScope);
export const writeScopes = (scopes: readonly Scope[]): string => scopes.map(scopeText).join(" ");
