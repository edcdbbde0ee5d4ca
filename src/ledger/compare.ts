/**
 * A request whose id is known: is it the same request? Fields are compared one by one, in the order
 * of refusal.ts; what a post or void leaves out counts as what it inherited.
 */
import type { Booked, ChainPlace } from "./booked.ts";
import type { MovementRequest, ResolutionRequest } from "./check-request.ts";
import { sealBoth } from "./archive/slim.ts";
import type { EntryKind } from "./entry.ts";
import type { RefusalCode } from "./refusal.ts";
import type { Described, PendingTransfer, Request } from "./transfer.ts";

type Code = RefusalCode | undefined;

export function kindOf(request: Request): EntryKind {
  return request.kind ?? "transfer";
}

export function compareMovement(
  request: MovementRequest,
  prior: Booked,
  place: ChainPlace | undefined,
): Code {
  if (prior.kind !== kindOf(request)) return "ledger.id_exists_with_different_kind";
  const was = prior.request as PendingTransfer;
  if (has(request, "pendingId")) return "ledger.id_exists_with_different_pending_id";
  if ((request as PendingTransfer).timeoutMs !== was.timeoutMs) {
    return "ledger.id_exists_with_different_timeout";
  }
  if (request.debit !== was.debit) return "ledger.id_exists_with_different_debit";
  if (request.credit !== was.credit) return "ledger.id_exists_with_different_credit";
  if (request.asset !== was.asset) return "ledger.id_exists_with_different_asset";
  if (request.amount !== was.amount) return "ledger.id_exists_with_different_amount";
  if (request.balancing !== was.balancing) return "ledger.id_exists_with_different_balancing";
  return compareKeptWords(request, was, prior) ?? comparePlace(place, prior.place);
}

/** What this kind of request can't have: callers without types send it all the same. */
function has(request: Request, field: "pendingId" | "timeoutMs"): boolean {
  return (request as unknown as Record<string, unknown>)[field] !== undefined;
}

export function compareResolution(
  request: ResolutionRequest,
  prior: Booked,
  place: ChainPlace | undefined,
): Code {
  if (prior.kind !== request.kind) return "ledger.id_exists_with_different_kind";
  const was = prior.request as ResolutionRequest;
  if (request.pendingId !== was.pendingId) return "ledger.id_exists_with_different_pending_id";
  if (has(request, "timeoutMs")) return "ledger.id_exists_with_different_timeout";
  if ((request.debit ?? prior.debitPath) !== prior.debitPath) {
    return "ledger.id_exists_with_different_debit";
  }
  if ((request.credit ?? prior.creditPath) !== prior.creditPath) {
    return "ledger.id_exists_with_different_credit";
  }
  if ((request.asset ?? prior.assetCode) !== prior.assetCode) {
    return "ledger.id_exists_with_different_asset";
  }
  // "All of it" and the same amount in figures are the same request only if all of it was posted.
  if (!sameResolvedAmount(request, was, prior)) return "ledger.id_exists_with_different_amount";
  const words =
    prior.slim === undefined
      ? compareWords(inherit(request, prior), inherit(was, prior))
      : compareKeptWords(request, was, prior);
  return words ?? comparePlace(place, prior.place);
}

/** Of an archived entry, or one whose hold is archived, the words are compared by their digests. */
function compareKeptWords(request: Described, was: Described, prior: Booked): Code {
  if (prior.slim === undefined) return compareWords(request, was);
  const sealed = sealBoth(request, was, prior.slim, prior.inherited);
  return compareWords(sealed.asked, sealed.was);
}

function sameResolvedAmount(request: ResolutionRequest, was: ResolutionRequest, prior: Booked) {
  if (request.amount === was.amount) return true;
  const whole = prior.inherited?.amount;
  return (request.amount ?? whole) === (was.amount ?? whole);
}

function inherit(request: Described, prior: Booked): Described {
  const { inherited } = prior;
  return {
    code: request.code ?? inherited?.code,
    reference: request.reference ?? inherited?.reference,
    metadata: request.metadata ?? inherited?.metadata,
    effectiveAt: request.effectiveAt,
  };
}

function compareWords(request: Described, was: Described): Code {
  if (request.code !== was.code) return "ledger.id_exists_with_different_code";
  if (request.reference !== was.reference) return "ledger.id_exists_with_different_reference";
  if (request.metadata !== was.metadata) return "ledger.id_exists_with_different_metadata";
  if (request.effectiveAt !== was.effectiveAt)
    return "ledger.id_exists_with_different_effective_at";
  return undefined;
}

export function comparePlace(place: ChainPlace | undefined, was: ChainPlace | undefined): Code {
  const same =
    place?.chain === was?.chain && place?.index === was?.index && place?.length === was?.length;
  return same ? undefined : "ledger.id_exists_with_different_chain";
}
