/** Reads what the database said when it refused a flush. */
import type { RefusedByServer } from "./connection.ts";
import type { LongmenError } from "../../base/index.ts";
import { outdatedOf } from "../floor.ts";
import { isStalePlan, sqlStateOf } from "../translate.ts";
import type { EngineFailure } from "./engine.ts";

export type FlushFailure =
  /** These units of the flush were refused by the statement `by`; nothing of the flush happened. */
  | { readonly kind: "culprits"; readonly by: string; readonly ordinals: readonly number[] }
  | { readonly kind: "engine"; readonly failure: EngineFailure }
  | { readonly kind: "fenced" }
  /** The tables have become what this node is too old for: it writes nothing any more. */
  | { readonly kind: "outdated"; readonly told: LongmenError }
  /** A deadlock, a lock that did not come, a race on a unique key: the same flush may pass next time. */
  | { readonly kind: "passing" }
  /** The database can't serve anybody now (full, read-only, shutting down): no unit's fault. */
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
      return isUnavailable(error.code) ? { kind: "unavailable" } : { kind: "unexpected" };
  }
}

/** The key by which an engine's requests are known; each engine names its constraint so. */
function isEngineKey(error: RefusedByServer): boolean {
  return error.constraint?.endsWith("_id_is_used_once") ?? false;
}

/** 53: out of disk, memory, connections; 58: its files; 25006: read-only; 57014: cancelled by hand. */
function isUnavailable(code: string): boolean {
  return code.startsWith("53") || code.startsWith("58") || code === "25006" || code === "57014";
}

function readCulprits(error: RefusedByServer): FlushFailure {
  const detail = JSON.parse(error.detail ?? "{}") as { by?: string; ordinals?: number[] };
  const ordinals = detail.ordinals ?? [];
  if (ordinals.length === 0) return { kind: "unexpected" };
  return { kind: "culprits", by: detail.by ?? "unknown", ordinals };
}
