/**
 * Why the model refuses. Each rule says alone what it is about and adds its code; the answer is the
 * code that stands first in the published list (src/ledger/refusal.ts). So the order of precedence
 * is the list's own and not an accident of the order in which rules were written down here.
 */
import type { Instant } from "../../src/base/index.ts";
import {
  type AccountEvent,
  type Chain,
  type DefineAsset,
  type PendingTransfer,
  type PostTransfer,
  type PostedTransfer,
  type RefusalCode,
  type Request,
  type VoidTransfer,
  refusalCodes,
} from "../../src/ledger/index.ts";
import { accountOf, availableOf, sumsOf } from "./model-state.ts";
import type { ModelAccount, ModelEntry, Place, State } from "./model-state.ts";

/** Of several reasons the first of this list is answered. */
const PRECEDENCE = Object.keys(refusalCodes);

export type Movement = PostedTransfer | PendingTransfer;
export type Resolution = PostTransfer | VoidTransfer;

const INT8_MAX = 2n ** 63n - 1n;
const INT4_MAX = 2 ** 31 - 1;
const CHAIN_MAX = 8_000;
const CENTURY_MS = 100 * 365 * 24 * 3_600_000;
/**
 * Books know the years 1 to 9999, but for the first day and the last, which in other time zones are
 * of other years: what PostgreSQL and RFC 3339 both can say.
 */
export const END_OF_TIME = Date.parse("9999-12-31T00:00:00.000Z");
const START_OF_TIME = Date.parse("0001-01-02T00:00:00.000Z");

const KINDS = ["transfer", "pending", "post", "void", "open", "bound", "close", "reopen", "asset"];
const ID = /^[A-Za-z0-9][A-Za-z0-9._:/@#+-]{0,63}$/;
const SEGMENT = /^[A-Za-z0-9._:@+-]+$/;
const ASSET = /^[A-Za-z0-9](?:[A-Za-z0-9:._ -]{0,61}[A-Za-z0-9:._-])?\/(?:[0-9]|1[0-8])$/;

/** Of several reasons the one that stands first in the list. */
export function firstOf(codes: readonly RefusalCode[]): RefusalCode | undefined {
  return codes.toSorted((a, b) => PRECEDENCE.indexOf(a) - PRECEDENCE.indexOf(b))[0];
}

export function kindOf(request: Request): string {
  return request.kind ?? "transfer";
}

export function isMovement(request: Request): request is Movement {
  return kindOf(request) === "transfer" || kindOf(request) === "pending";
}

export function isResolution(request: Request): request is Resolution {
  return kindOf(request) === "post" || kindOf(request) === "void";
}

function isAccountEvent(request: Request): request is AccountEvent {
  return ["open", "bound", "close", "reopen"].includes(kindOf(request));
}

function isIdText(value: unknown): boolean {
  return typeof value === "string" && ID.test(value);
}

function isPathText(value: unknown): boolean {
  if (typeof value !== "string" || value.length > 200) return false;
  const segments = value.split("/");
  const isSegment = (text: string) => SEGMENT.test(text) && text !== "." && text !== "..";
  return segments.length <= 16 && segments.every(isSegment);
}

function isAssetText(value: unknown): boolean {
  return typeof value === "string" && ASSET.test(value);
}

function isJsonText(value: unknown): boolean {
  if (typeof value !== "string" || Buffer.byteLength(value) > 4_096) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function isWhole(value: unknown, from: number, to: number): boolean {
  return Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
}

function isReference(value: unknown): boolean {
  return (
    typeof value === "string" && value.length > 0 && value.length <= 128 && !value.includes("\0")
  );
}

/** Reasons 1 to 10: what is wrong with the request whatever the books say. */
export function malformed(request: Request): RefusalCode[] {
  // A request comes from outside: its fields may be anything, whatever its type promises.
  const given = request as unknown as Record<string, unknown>;
  const codes: RefusalCode[] = [];
  if (!KINDS.some((kind) => kind === (given["kind"] ?? "transfer")))
    codes.push("ledger.kind_unknown");
  const mayLackId = request.kind === "open" || request.kind === "asset";
  if (!isIdText(given["id"]) && !(mayLackId && given["id"] === undefined)) {
    codes.push("ledger.id_malformed");
  }
  if (isMovement(request) || (isResolution(request) && given["amount"] !== undefined)) {
    const amount = given["amount"];
    if (typeof amount !== "bigint") codes.push("ledger.amount_malformed");
    else if (amount < 0n) codes.push("ledger.amount_negative");
    else if (amount > INT8_MAX) codes.push("ledger.amount_too_large");
  }
  if (!isMovement(request) && !isResolution(request)) return codes;
  const wrong = (field: string, code: RefusalCode, isRight: (value: unknown) => boolean) => {
    if (given[field] !== undefined && !isRight(given[field])) codes.push(code);
  };
  wrong("code", "ledger.code_malformed", (value) => isWhole(value, 0, INT4_MAX));
  wrong("reference", "ledger.reference_malformed", isReference);
  wrong("metadata", "ledger.metadata_malformed", isJsonText);
  wrong("effectiveAt", "ledger.effective_at_malformed", (value) =>
    isWhole(value, START_OF_TIME, END_OF_TIME),
  );
  if (isResolution(request)) return codes;
  wrong("balancing", "ledger.balancing_malformed", (value) =>
    ["debit", "credit", "both"].some((word) => word === value),
  );
  return codes;
}

/** Reasons 11 to 23: where a request differs from the one that its id was used for. */
export function differences(
  request: Request,
  place: Place | undefined,
  was: ModelEntry,
): RefusalCode[] {
  if (was.kind !== kindOf(request)) return ["ledger.id_exists_with_different_kind"];
  const codes: RefusalCode[] = [];
  const now = request as unknown as Record<string, unknown>;
  const then = (was.request ?? {}) as unknown as Record<string, unknown>;
  const differs = (field: string, code: RefusalCode) => {
    if (now[field] !== then[field]) codes.push(code);
  };
  differs("pendingId", "ledger.id_exists_with_different_pending_id");
  differs("timeoutMs", "ledger.id_exists_with_different_timeout");
  codes.push(...differencesInMovement(request, was));
  differs("balancing", "ledger.id_exists_with_different_balancing");
  // A post or void that leaves these out says what its hold says.
  const held = (was.hold?.request ?? {}) as unknown as Record<string, unknown>;
  const differsWithHold = (field: string, code: RefusalCode) => {
    if ((now[field] ?? held[field]) !== (then[field] ?? held[field])) codes.push(code);
  };
  differsWithHold("code", "ledger.id_exists_with_different_code");
  differsWithHold("reference", "ledger.id_exists_with_different_reference");
  differsWithHold("metadata", "ledger.id_exists_with_different_metadata");
  differs("effectiveAt", "ledger.id_exists_with_different_effective_at");
  const sameChain =
    place?.chain === was.place?.chain &&
    place?.index === was.place?.index &&
    place?.length === was.place?.length;
  if (!sameChain) codes.push("ledger.id_exists_with_different_chain");
  return codes;
}

function differencesInMovement(request: Request, was: ModelEntry): RefusalCode[] {
  const codes: RefusalCode[] = [];
  const differs = (now: unknown, then: unknown, code: RefusalCode) => {
    if (now !== then) codes.push(code);
  };
  const then = was.request;
  if (isMovement(request) && then !== undefined && isMovement(then)) {
    differs(request.debit, then.debit, "ledger.id_exists_with_different_debit");
    differs(request.credit, then.credit, "ledger.id_exists_with_different_credit");
    differs(request.asset, then.asset, "ledger.id_exists_with_different_asset");
    differs(request.amount, then.amount, "ledger.id_exists_with_different_amount");
  } else if (isResolution(request)) {
    // What is left out means what the hold says, at the first time as at the second.
    const amount = request.amount ?? was.hold?.amount;
    differs(request.debit ?? was.debit, was.debit, "ledger.id_exists_with_different_debit");
    differs(request.credit ?? was.credit, was.credit, "ledger.id_exists_with_different_credit");
    differs(request.asset ?? was.asset, was.asset, "ledger.id_exists_with_different_asset");
    differs(amount, was.amount, "ledger.id_exists_with_different_amount");
  } else if (isAccountEvent(request) && then !== undefined && isAccountEvent(then)) {
    differs(request.path, then.path, "ledger.id_exists_with_different_debit");
    differs(request.asset, then.asset, "ledger.id_exists_with_different_asset");
    // What an opening says beyond path and asset is compared as the account's own (60, 61).
    if (request.kind === "bound") {
      differs(request.bound, boundOf(then), "ledger.id_exists_with_different_amount");
    }
  } else if (request.kind === "asset") {
    differs(request.asset, was.asset, "ledger.id_exists_with_different_asset");
  }
  return codes;
}

/** What a request asks for as the bound; undefined where it should and does not. */
export function boundOf(request: AccountEvent): unknown {
  if (request.kind === "open") return request.bound === undefined ? 0n : request.bound;
  return request.kind === "bound" ? request.bound : undefined;
}

/** Every reason that the books have against a request whose id is new. */
export function refusalsOf(state: State, request: Request, at: Instant): RefusalCode[] {
  if (!KINDS.includes(kindOf(request))) return [];
  if (isMovement(request)) return refuseMovement(state, request, at);
  if (isResolution(request)) return refuseResolution(state, request, at);
  return request.kind === "asset"
    ? refuseAsset(state, request)
    : refuseAccountEvent(state, request);
}

/** Reasons 25 to 34 and 45 to 55, of a transfer at once or a hold. */
function refuseMovement(state: State, request: Movement, at: Instant): RefusalCode[] {
  const codes = misshapen(request);
  if ("pendingId" in request && request.pendingId !== undefined)
    codes.push("ledger.pending_id_malformed");
  if (!isAssetText(request.asset)) codes.push("ledger.asset_malformed");
  else if (!state.assets.has(request.asset)) codes.push("ledger.asset_missing");
  const debit = accountOf(state, request.debit, request.asset);
  const credit = accountOf(state, request.credit, request.asset);
  if (debit === undefined) codes.push("ledger.debit_account_missing");
  else if (sumsOf(debit).closed) codes.push("ledger.debit_account_closed");
  if (credit === undefined) codes.push("ledger.credit_account_missing");
  else if (sumsOf(credit).closed) codes.push("ledger.credit_account_closed");
  const timeoutMs = request.kind === "pending" ? request.timeoutMs : undefined;
  if (typeof timeoutMs === "number" && at + timeoutMs > END_OF_TIME)
    codes.push("ledger.overflows_timeout");
  if (debit === undefined || credit === undefined) return codes;
  return [...codes, ...refuseAmount(request, debit, credit)];
}

/** Reasons 25 to 29: paths and time-outs. */
function misshapen(request: Movement): RefusalCode[] {
  const codes: RefusalCode[] = [];
  const timeoutMs = (request as { timeoutMs?: unknown }).timeoutMs;
  if (!isPathText(request.debit)) codes.push("ledger.debit_path_malformed");
  if (!isPathText(request.credit)) codes.push("ledger.credit_path_malformed");
  if (request.debit === request.credit) codes.push("ledger.accounts_must_differ");
  if (timeoutMs !== undefined) {
    if (!isWhole(timeoutMs, 1, CENTURY_MS)) codes.push("ledger.timeout_malformed");
    if (request.kind !== "pending") codes.push("ledger.timeout_reserved_for_pending");
  }
  return codes;
}

/** Reasons 25 to 31 of a post or a void, which may leave out what it inherits. */
function misshapenResolution(request: Resolution): RefusalCode[] {
  const codes: RefusalCode[] = [];
  const { debit, credit, asset, pendingId, id } = request;
  if (debit !== undefined && !isPathText(debit)) codes.push("ledger.debit_path_malformed");
  if (credit !== undefined && !isPathText(credit)) codes.push("ledger.credit_path_malformed");
  if ("timeoutMs" in request && request.timeoutMs !== undefined)
    codes.push("ledger.timeout_reserved_for_pending");
  if (!isIdText(pendingId) || pendingId === id) codes.push("ledger.pending_id_malformed");
  if (asset !== undefined && !isAssetText(asset)) codes.push("ledger.asset_malformed");
  return codes;
}

/** What the transfer moves: the amount asked for or, balancing, what is there of it. */
export function amountOf(request: Movement, debit: ModelAccount, credit: ModelAccount): bigint {
  // An amount of another type is refused before this matters.
  let amount = typeof request.amount === "bigint" ? request.amount : 0n;
  const atMost = (limit: bigint) => {
    if (limit < amount) amount = limit < 0n ? 0n : limit;
  };
  const from = sumsOf(debit);
  const to = sumsOf(credit);
  if (request.balancing === "debit" || request.balancing === "both") {
    atMost(from.creditsPosted - from.debitsPosted - from.debitsPending);
  }
  if (request.balancing === "credit" || request.balancing === "both") {
    atMost(to.debitsPosted - to.creditsPosted - to.creditsPending);
  }
  return amount;
}

function refuseAmount(request: Movement, debit: ModelAccount, credit: ModelAccount): RefusalCode[] {
  const codes: RefusalCode[] = [];
  const amount = amountOf(request, debit, credit);
  const from = sumsOf(debit);
  const to = sumsOf(credit);
  const overflows = (sum: bigint, code: RefusalCode) => {
    if (sum + amount > INT8_MAX) codes.push(code);
  };
  if (request.kind === "pending") {
    overflows(from.debitsPending, "ledger.overflows_debits_pending");
    overflows(to.creditsPending, "ledger.overflows_credits_pending");
  }
  overflows(from.debitsPosted, "ledger.overflows_debits_posted");
  overflows(to.creditsPosted, "ledger.overflows_credits_posted");
  overflows(from.debitsPending + from.debitsPosted, "ledger.overflows_debits");
  overflows(to.creditsPending + to.creditsPosted, "ledger.overflows_credits");
  const falls = (account: ModelAccount) => {
    const { bound } = sumsOf(account);
    return bound !== "none" && availableOf(account) - amount < -bound;
  };
  // Only the account that is decreased is asked: paying into an account is never too much for it.
  if (debit.side === "credit" && falls(debit)) codes.push("ledger.debit_account_exceeds_bound");
  if (credit.side === "debit" && falls(credit)) codes.push("ledger.credit_account_exceeds_bound");
  return codes;
}

/** Reasons 25 to 46, of a post or a void. No bound and no overflow: the hold has paid for it. */
function refuseResolution(state: State, request: Resolution, at: Instant): RefusalCode[] {
  const codes = misshapenResolution(request);
  const hold = state.byId.get(request.pendingId);
  if (hold === undefined || hold.refused !== undefined) return [...codes, "ledger.pending_missing"];
  if (hold.kind !== "pending") return [...codes, "ledger.pending_is_not_pending"];
  const { debit, credit, asset, amount } = request;
  const differs = (given: unknown, held: unknown, code: RefusalCode) => {
    if (given !== undefined && given !== held) codes.push(code);
  };
  differs(debit, hold.debit, "ledger.pending_has_different_debit");
  differs(credit, hold.credit, "ledger.pending_has_different_credit");
  differs(asset, hold.asset, "ledger.pending_has_different_asset");
  if (amount !== undefined && amount > hold.amount) codes.push("ledger.exceeds_pending_amount");
  if (request.kind === "void") differs(amount, hold.amount, "ledger.pending_has_different_amount");
  const end = state.resolved.get(hold.id);
  if (end === "post") codes.push("ledger.pending_already_posted");
  if (end === "void") codes.push("ledger.pending_already_voided");
  const isDue = hold.expiresAt !== undefined && hold.expiresAt <= at;
  if (end === "expire" || (end === undefined && isDue)) codes.push("ledger.pending_expired");
  if (request.kind === "post") codes.push(...closedAccounts(state, hold));
  return codes;
}

function closedAccounts(state: State, hold: ModelEntry): RefusalCode[] {
  const isClosed = (path: string | undefined) => {
    const account = accountOf(state, path ?? "", hold.asset ?? "");
    return account !== undefined && sumsOf(account).closed;
  };
  const codes: RefusalCode[] = [];
  if (isClosed(hold.debit)) codes.push("ledger.debit_account_closed");
  if (isClosed(hold.credit)) codes.push("ledger.credit_account_closed");
  return codes;
}

/** Reasons 31, 32 and 56 to 66, of what happens to accounts. */
function refuseAccountEvent(state: State, request: AccountEvent): RefusalCode[] {
  const codes: RefusalCode[] = [];
  if (!isAssetText(request.asset)) codes.push("ledger.asset_malformed");
  else if (!state.assets.has(request.asset)) codes.push("ledger.asset_missing");
  if (!isPathText(request.path)) codes.push("ledger.account_path_malformed");
  if (request.kind === "open" && request.side !== "debit" && request.side !== "credit") {
    codes.push("ledger.side_malformed");
  }
  if (request.kind === "open" || request.kind === "bound") {
    if (!isBound(boundOf(request))) codes.push("ledger.bound_malformed");
  }
  const account = accountOf(state, request.path, request.asset);
  if (request.kind === "open") {
    if (account === undefined) return codes;
    if (account.side !== request.side) codes.push("ledger.account_exists_with_different_side");
    if (account.openedBound !== boundOf(request)) {
      codes.push("ledger.account_exists_with_different_bound");
    }
    return codes;
  }
  if (account === undefined) return [...codes, "ledger.account_missing"];
  const { closed } = sumsOf(account);
  if (request.kind === "reopen" && !closed) codes.push("ledger.account_not_closed");
  if (request.kind !== "reopen" && closed) codes.push("ledger.account_closed");
  if (request.kind === "bound" && isBound(request.bound) && request.bound !== "none") {
    if (availableOf(account) < -request.bound) codes.push("ledger.bound_below_balance");
  }
  return codes;
}

function isBound(bound: unknown): boolean {
  return bound === "none" || (typeof bound === "bigint" && bound >= 0n && bound <= INT8_MAX);
}

/** Reasons 31, 59 and 62. */
function refuseAsset(state: State, request: DefineAsset): RefusalCode[] {
  const codes: RefusalCode[] = [];
  const { refusals: policy = "forever" } = request;
  if (!isAssetText(request.asset)) codes.push("ledger.asset_malformed");
  if (policy !== "forever" && policy !== "window") codes.push("ledger.refusal_policy_malformed");
  const known = state.assets.get(request.asset);
  if (known !== undefined && known.refusals !== policy) {
    codes.push("ledger.asset_exists_with_different_refusals");
  }
  return codes;
}

/** Reasons 67 to 69. */
export function malformedChain(chain: Chain): RefusalCode[] {
  const codes: RefusalCode[] = [];
  if (!isIdText(chain.chain)) codes.push("ledger.chain_id_malformed");
  if (chain.requests.length === 0) codes.push("ledger.chain_empty");
  if (chain.requests.length > CHAIN_MAX) codes.push("ledger.chain_too_long");
  return codes;
}
