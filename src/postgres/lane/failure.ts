/** Reads what the database said when it refused a flush. */
import { askedOf, BEGINNING, type RefusedByServer } from "./connection.ts";
import type { LongmenError } from "../../base/index.ts";
import { outdatedOf } from "../floor.ts";
import { isStalePlan, sqlStateOf } from "../translate.ts";
import type { EngineFailure } from "./engine.ts";

export type FlushFailure =
  /** These units of the flush were refused by the statement `by`; nothing of the flush happened. */
  | { readonly kind: "culprits"; readonly by: string; readonly ordinals: readonly number[] }
  /** A statement refused and names nobody: what stood in its way was committed while it ran, and is seen next time. */
  | { readonly kind: "unnamed" }
  | { readonly kind: "engine"; readonly failure: EngineFailure }
  | { readonly kind: "fenced" }
  /** The tables have become what this node is too old for: it writes nothing any more. */
  | { readonly kind: "outdated"; readonly told: LongmenError }
  /** A deadlock, a lock that did not come, a race on a unique key: the same flush may pass next time. */
  | { readonly kind: "passing" }
  /** The database can't serve anybody now (full, read-only, without a table): no unit's fault. */
  | { readonly kind: "unavailable" }
  /** The connection's prepared statements no longer fit or are gone: a new connection's will. */
  | { readonly kind: "connection" }
  | { readonly kind: "unexpected" };

/** SQLSTATEs that Longmen's own SQL raises; see migrations/0001-lane.sql. */
export const sqlStates = {
  refused: "LM001",
  stale: "LM002",
  skewed: "LM003",
  fenced: "LM004",
} as const;

/** Whether a transaction beside the lane failed for the same reasons as a flush may. */
export const isStale = (error: unknown): boolean => sqlStateOf(error) === sqlStates.stale;
export const isSkewed = (error: unknown): boolean => sqlStateOf(error) === sqlStates.skewed;
export const isFenced = (error: unknown): boolean => sqlStateOf(error) === sqlStates.fenced;

export function readFailure(error: RefusedByServer): FlushFailure {
  if (isStalePlan(error)) return { kind: "connection" };
  const told = outdatedOf(error);
  if (told !== undefined) return { kind: "outdated", told };
  switch (error.code) {
    case sqlStates.refused:
      return readCulprits(error);
    case sqlStates.stale:
      return { kind: "engine", failure: { kind: "stale" } };
    case sqlStates.skewed:
      return { kind: "engine", failure: { kind: "skewed", databaseTime: Number(error.detail) } };
    case sqlStates.fenced:
      return { kind: "fenced" };
    case "40001":
    case "40P01":
    case "55P03":
      return { kind: "passing" };
    case "23505":
      return isEngineKey(error)
        ? { kind: "engine", failure: { kind: "repeated" } }
        : { kind: "passing" };
    default:
      return isNobodysFault(error) ? { kind: "unavailable" } : { kind: "unexpected" };
  }
}

/** The key by which an engine's requests are known; each engine names its constraint so. */
function isEngineKey(error: RefusedByServer): boolean {
  return error.constraint?.endsWith("_id_is_used_once") ?? false;
}

/** 53: out of disk, memory, connections; 58: its files; 25006: read-only; 57014: cancelled by hand. */
const OF_THE_SERVER = ["53", "58", "25006", "57014"];
/** 42, 3F: a table, column or right is missing; 0A: a standby; 28, 55: a role or object as it is. */
const OF_THE_SCHEMA = ["0A", "28", "3D", "3F", "42", "55"];

/**
 * The one place where it is judged whether a refusal is about the server, the session or the schema:
 * then it is no unit's fault, and none is looked for. To begin, nothing of a unit is said; of Longmen's
 * own statements a unit gives the values only. A room's own may be wrong: its units are found.
 */
function isNobodysFault(error: RefusedByServer): boolean {
  const isOne = (states: readonly string[]) => states.some((state) => error.code.startsWith(state));
  if (isOne(OF_THE_SERVER)) return true;
  const asked = askedOf(error);
  if (asked === undefined || asked.room !== undefined) return false;
  return asked === BEGINNING || isOne(OF_THE_SCHEMA);
}

function readCulprits(error: RefusedByServer): FlushFailure {
  const detail = JSON.parse(error.detail ?? "{}") as { by?: string; ordinals?: number[] };
  const ordinals = detail.ordinals ?? [];
  if (ordinals.length === 0) return { kind: "unnamed" };
  return { kind: "culprits", by: detail.by ?? "unknown", ordinals };
}
