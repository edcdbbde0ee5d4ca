/**
 * What can be said of a request by looking at it alone, in the order of refusal.ts. Two parts: what
 * comes before the id is looked up, and what comes after.
 */
import { AMOUNT_MAX, isAssetCode, isId, isPath } from "../base/index.ts";
import { balancingNumbers, entryKinds } from "./entry.ts";
import type { RefusalCode } from "./refusal.ts";
import {
  CODE_MAX,
  type Described,
  METADATA_MAX_BYTES,
  type PendingTransfer,
  type PostedTransfer,
  type PostTransfer,
  REFERENCE_MAX_LENGTH,
  TIMEOUT_MAX_MS,
  type VoidTransfer,
} from "./transfer.ts";

type Code = RefusalCode | undefined;
export type MovementRequest = PostedTransfer | PendingTransfer;
export type ResolutionRequest = PostTransfer | VoidTransfer;

/** Whether Longmen knows this kind of request; "expire" is its own and nobody's to ask. */
export function isRequestKind(kind: unknown): boolean {
  return typeof kind === "string" && Object.hasOwn(entryKinds, kind) && kind !== "expire";
}

export function checkAmount(amount: unknown): Code {
  if (typeof amount !== "bigint") return "ledger.amount_malformed";
  if (amount < 0n) return "ledger.amount_negative";
  if (amount > AMOUNT_MAX) return "ledger.amount_too_large";
  return undefined;
}

export function checkMovement(request: MovementRequest): Code {
  if (!isId(request.id)) return "ledger.id_malformed";
  const amount = checkAmount(request.amount);
  if (amount !== undefined) return amount;
  const words = checkDescribed(request);
  if (words !== undefined) return words;
  const { balancing } = request;
  return balancing === undefined || isBalancing(balancing)
    ? undefined
    : "ledger.balancing_malformed";
}

/** A list of one word would be taken for the word. */
function isBalancing(value: unknown): boolean {
  return typeof value === "string" && Object.hasOwn(balancingNumbers, value);
}

export function checkResolution(request: ResolutionRequest): Code {
  if (!isId(request.id)) return "ledger.id_malformed";
  const amount = request.amount === undefined ? undefined : checkAmount(request.amount);
  return amount ?? checkDescribed(request);
}

/** The usual request carries none of these; then this costs four comparisons. */
function checkDescribed(request: Described): Code {
  const { code, reference, metadata, effectiveAt } = request;
  if (code !== undefined && !isWhole(code, 0, CODE_MAX)) return "ledger.code_malformed";
  if (reference !== undefined && !isText(reference, REFERENCE_MAX_LENGTH))
    return "ledger.reference_malformed";
  if (metadata !== undefined && !isMetadata(metadata)) return "ledger.metadata_malformed";
  if (effectiveAt !== undefined && !isWhole(effectiveAt, INSTANT_MIN, INSTANT_MAX)) {
    return "ledger.effective_at_malformed";
  }
  return undefined;
}

/** Years 1 to 9999 in every time zone a session may have: what PostgreSQL and RFC 3339 both can say. */
const INSTANT_MIN = Date.parse("0001-01-02T00:00:00.000Z");
const INSTANT_MAX = Date.UTC(9999, 11, 31);

/** A time that may be asked about; later than all of the books' is as good as now. */
export function isInstant(value: unknown): boolean {
  return isWhole(value, INSTANT_MIN, Number.MAX_SAFE_INTEGER);
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** Not empty, not too long, and PostgreSQL can keep it. */
export function isText(value: unknown, max: number): boolean {
  if (typeof value !== "string" || value.length === 0 || value.length > max) return false;
  return isStorable(value);
}

/** PostgreSQL's text holds no NUL, and UTF-8 no half of a surrogate pair. */
export function isStorable(value: string): boolean {
  return !value.includes("\u0000") && value.isWellFormed();
}

function isMetadata(value: unknown): boolean {
  if (typeof value !== "string" || !isStorable(value)) return false;
  if (Buffer.byteLength(value) > METADATA_MAX_BYTES) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** What follows when the accounts were not found at first look: names that can't be names. */
export function checkMovementNames(request: MovementRequest): Code {
  if (!isPath(request.debit)) return "ledger.debit_path_malformed";
  if (!isPath(request.credit)) return "ledger.credit_path_malformed";
  const rest = checkMovementShape(request);
  if (rest !== undefined) return rest;
  if (!isAssetCode(request.asset)) return "ledger.asset_malformed";
  return undefined;
}

export function checkMovementShape(request: MovementRequest): Code {
  if (request.debit === request.credit) return "ledger.accounts_must_differ";
  const { timeoutMs, pendingId } = request as PendingTransfer & { readonly pendingId?: unknown };
  if (timeoutMs !== undefined) {
    if (!isWhole(timeoutMs, 1, TIMEOUT_MAX_MS)) return "ledger.timeout_malformed";
    if (request.kind !== "pending") return "ledger.timeout_reserved_for_pending";
  }
  return pendingId === undefined ? undefined : "ledger.pending_id_malformed";
}

export function checkResolutionNames(request: ResolutionRequest): Code {
  const { debit, credit, asset } = request;
  if (debit !== undefined && !isPath(debit)) return "ledger.debit_path_malformed";
  if (credit !== undefined && !isPath(credit)) return "ledger.credit_path_malformed";
  if ("timeoutMs" in request && request.timeoutMs !== undefined) {
    return "ledger.timeout_reserved_for_pending";
  }
  if (!isId(request.pendingId) || request.pendingId === request.id)
    return "ledger.pending_id_malformed";
  if (asset !== undefined && !isAssetCode(asset)) return "ledger.asset_malformed";
  return undefined;
}
