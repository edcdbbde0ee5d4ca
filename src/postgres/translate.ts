import type { ErrorTable } from "../base/index.ts";
import { fail, LongmenError } from "../base/index.ts";
import { postgresErrors } from "./postgres.errors.ts";
import { isTlsFailure } from "./tls.ts";

type Reason = typeof postgresErrors extends ErrorTable<"postgres", infer R> ? R : never;

const BY_STATE: Readonly<Record<string, Reason>> = {
  "08001": "unreachable",
  "08004": "login_refused",
  "22021": "text_malformed",
  "22P05": "text_malformed",
  "25006": "read_only",
  "25P02": "transaction_aborted",
  "25P03": "transaction_idle",
  "25P04": "transaction_idle",
  "26000": "unfit",
  "3D000": "database_missing",
  "3F000": "schema_missing",
  "40001": "serialization",
  "40P01": "deadlock",
  "42501": "permission_denied",
  "42883": "schema_missing",
  "42P05": "unfit",
  "42P01": "schema_missing",
  "53100": "disk_full",
  "53200": "out_of_memory",
  "53300": "too_many_connections",
  "55P03": "lock_timeout",
  "57014": "cancelled",
  "57P01": "connection_lost",
  "57P02": "connection_lost",
  "57P03": "unreachable",
  "57P04": "database_missing",
  "57P05": "connection_lost",
  XX001: "data_corrupted",
  XX002: "data_corrupted",
};

const BY_CLASS: Readonly<Record<string, Reason>> = {
  "08": "connection_lost",
  "28": "login_refused",
  "53": "out_of_memory",
  "58": "data_corrupted",
};

const BY_SYSTEM_CODE: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "unreachable",
  ENOENT: "unreachable",
  ECONNRESET: "connection_lost",
  EPIPE: "connection_lost",
  ERR_STREAM_DESTROYED: "connection_lost",
  ERR_INVALID_URL: "url_malformed",
};

// The driver gives these no code. Its texts, word for word (pg 8.23).
const BY_MESSAGE: readonly (readonly [start: string, Reason])[] = [
  ["Connection terminated due to connection timeout", "unreachable"],
  ["timeout expired", "unreachable"],
  ["timeout exceeded when trying to connect", "pool_exhausted"],
  ["Connection terminated", "connection_lost"],
  ["Client has encountered a connection error", "connection_lost"],
  ["Client was closed and is not queryable", "connection_lost"],
  ["Query read timeout", "connection_lost"],
  ["SASL:", "login_refused"],
];

/** The five characters PostgreSQL gives an error, if the error is PostgreSQL's. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The name of the constraint that a statement would have broken. */
export function constraintOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !sqlStateOf(error)?.startsWith("23")) return undefined;
  return "constraint" in error && typeof error.constraint === "string"
    ? error.constraint
    : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

function reasonFor(error: Error): Reason | undefined {
  if (isTlsFailure(error)) return "tls_failed";
  const state = sqlStateOf(error);
  if (state !== undefined && BY_SYSTEM_CODE[state] === undefined) {
    if (isStandby(error)) return "read_only";
    return BY_STATE[state] ?? BY_CLASS[state.slice(0, 2)];
  }
  const bySystem = BY_SYSTEM_CODE[codeOf(error) ?? ""];
  return bySystem ?? BY_MESSAGE.find(([start]) => error.message.startsWith(start))?.[1];
}

/**
 * A standby refuses to begin a transaction that writes as a value that a setting can't have: 0A000, not
 * 25006. Its words are in the server's language, the routine's name is not.
 */
function isStandby(error: Error): boolean {
  const routine = "routine" in error ? error.routine : undefined;
  return sqlStateOf(error) === "0A000" && routine === "call_bool_check_hook";
}

/** One error of several tried addresses (localhost is often two) says as much as all of them. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

/**
 * Gives an error of the driver or of PostgreSQL its Longmen name. What has no name — a broken
 * constraint, a mistake in SQL — comes back as it is: the first belongs to the room whose
 * constraint it is (`constraintOf`), the second is a bug.
 */
export function translateDatabaseError(error: unknown): Error {
  if (error instanceof LongmenError) return error;
  const first = firstOf(error);
  if (!(first instanceof Error)) return new Error(String(first));
  const reason = reasonFor(first);
  if (reason === undefined) return first;
  const text = first.message === "" ? (codeOf(first) ?? first.name) : first.message;
  return fail(postgresErrors, reason, { reason: text, sqlState: sqlStateOf(first) }, first);
}

/** TLS fails at connecting mostly; in the middle of a connection, that is gone. */
const LOSSES = new Set(["postgres.connection_lost", "postgres.unreachable", "postgres.tls_failed"]);

/** True when the connection is gone, so that what was sent last may or may not have happened. */
export function isConnectionLoss(error: unknown): boolean {
  const translated = translateDatabaseError(error);
  return translated instanceof LongmenError && LOSSES.has(translated.code);
}

/**
 * What a connection had prepared no longer fits after a migration (0A000 by this routine), or a pooler
 * in between mixes up sessions: it is not there (26000), or is there already (42P05). A fresh
 * connection prepares anew.
 */
export function isStalePlan(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === "26000" || state === "42P05") return true;
  return (
    state === "0A000" &&
    error instanceof Error &&
    "routine" in error &&
    error.routine === "RevalidateCachedQuery"
  );
}
