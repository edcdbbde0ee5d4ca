/**
 * Decides one request against the lane's belief: the heart of the ledger. Pure but for the memory it
 * moves through the open batch. The order of checks is the order of refusal.ts.
 *
 * Every decision is one of: an answer (created, exists), a refusal code, or NEEDS when memory does
 * not have what the request names; then nothing was changed, and it is asked again after a load.
 */
import { AMOUNT_MAX } from "../base/index.ts";
import { available, withAmounts } from "./account.ts";
import type { Balance, Created, Exists } from "./answer.ts";
import type { Batch } from "./batch.ts";
import { type Booked, type ChainPlace, isBurnt, type Row } from "./booked.ts";
import {
  checkMovement,
  checkMovementNames,
  checkMovementShape,
  checkResolution,
  checkResolutionNames,
  type MovementRequest,
  type ResolutionRequest,
} from "./check-request.ts";
import { compareMovement, compareResolution } from "./compare.ts";
import { ABSENT, type Account, type BookMemory, NOT_PENDING } from "./memory.ts";
import type { RefusalCode } from "./refusal.ts";
import type { Context } from "./transfer.ts";
import type { Hold } from "./hold.ts";

export const NEEDS = Symbol("needs");
export type Decision = Created | Exists | RefusalCode | typeof NEEDS;

/** What a request is decided in: the open batch on the book's memory, for whom, in which chain. */
export interface Scene {
  readonly memory: BookMemory;
  readonly batch: Batch;
  readonly context: Context | undefined;
  readonly place: ChainPlace | undefined;
}

export function decideMovement(scene: Scene, request: MovementRequest): Decision {
  const malformed = checkMovement(request);
  if (malformed !== undefined) return malformed;
  const { memory } = scene;
  const prior = memory.row(request.id);
  if (prior !== undefined) return decideKnown(scene, request, prior);

  const asset = memory.assets.get(request.asset);
  const debit = memory.account(request.debit, request.asset);
  const credit = memory.account(request.credit, request.asset);
  if (isUnknown(asset) || isUnknown(debit) || isUnknown(credit)) {
    const names = checkMovementNames(request);
    if (names !== undefined) return names;
    if (asset === ABSENT) return "ledger.asset_missing";
    if (asset === undefined || debit === undefined || credit === undefined) return NEEDS;
    return debit === ABSENT ? "ledger.debit_account_missing" : "ledger.credit_account_missing";
  }
  const shape = checkMovementShape(request);
  if (shape !== undefined) return shape;
  if (debit.balance.closed) return "ledger.debit_account_closed";
  if (credit.balance.closed) return "ledger.credit_account_closed";
  const amount =
    request.balancing === undefined ? request.amount : balancedAmount(request, debit, credit);
  const refusal = overflows(request, amount, debit.balance, credit.balance, scene.batch.at);
  return (
    refusal ?? exceeds(amount, debit, credit) ?? bookMovement(scene, request, amount, debit, credit)
  );
}

function isUnknown(known: unknown): known is typeof ABSENT | undefined {
  return known === undefined || known === ABSENT;
}

/** min(asked, what is there), never below zero; incoming pendings are not there yet. */
function balancedAmount(request: MovementRequest, debit: Account, credit: Account): bigint {
  let amount = request.amount;
  const { balancing } = request;
  if (balancing === "debit" || balancing === "both") {
    const { creditsPosted, debitsPosted, debitsPending } = debit.balance;
    amount = least(amount, creditsPosted - debitsPosted - debitsPending);
  }
  if (balancing === "credit" || balancing === "both") {
    const { debitsPosted, creditsPosted, creditsPending } = credit.balance;
    amount = least(amount, debitsPosted - creditsPosted - creditsPending);
  }
  return amount;
}

function least(a: bigint, b: bigint): bigint {
  const smaller = a < b ? a : b;
  return smaller < 0n ? 0n : smaller;
}

/** Sums are kept within int8 even where posted and pending come together. */
function overflows(
  request: MovementRequest,
  amount: bigint,
  debit: Balance,
  credit: Balance,
  at: number,
): RefusalCode | undefined {
  if (request.kind === "pending") {
    if (debit.debitsPending + amount > AMOUNT_MAX) return "ledger.overflows_debits_pending";
    if (credit.creditsPending + amount > AMOUNT_MAX) return "ledger.overflows_credits_pending";
  }
  if (debit.debitsPosted + amount > AMOUNT_MAX) return "ledger.overflows_debits_posted";
  if (credit.creditsPosted + amount > AMOUNT_MAX) return "ledger.overflows_credits_posted";
  if (debit.debitsPending + debit.debitsPosted + amount > AMOUNT_MAX)
    return "ledger.overflows_debits";
  if (credit.creditsPending + credit.creditsPosted + amount > AMOUNT_MAX) {
    return "ledger.overflows_credits";
  }
  if (request.kind === "pending" && request.timeoutMs !== undefined) {
    if (at + request.timeoutMs > EXPIRY_MAX) return "ledger.overflows_timeout";
  }
  return undefined;
}

const EXPIRY_MAX = Date.UTC(9999, 11, 31);

/** A movement lessens its debit account when that stands on the credit side, and the other way. */
function exceeds(amount: bigint, debit: Account, credit: Account): RefusalCode | undefined {
  if (debit.side === "credit" && isExceeded(debit, amount))
    return "ledger.debit_account_exceeds_bound";
  if (credit.side === "debit" && isExceeded(credit, amount))
    return "ledger.credit_account_exceeds_bound";
  return undefined;
}

function isExceeded(account: Account, amount: bigint): boolean {
  const { bound } = account.balance;
  return bound !== "none" && available(account.side, account.balance) - amount < -bound;
}

function bookMovement(
  scene: Scene,
  request: MovementRequest,
  amount: bigint,
  debit: Account,
  credit: Account,
): Created {
  const { batch } = scene;
  const seq = ++batch.seq;
  const pending = request.kind === "pending";
  batch.touch(debit, debited(debit.balance, seq, amount, pending), seq);
  batch.touch(credit, credited(credit.balance, seq, amount, pending), seq);
  const answer: Created = {
    status: "created",
    request,
    seq,
    at: batch.at,
    amount,
    debit: debit.balance,
    credit: credit.balance,
  };
  const expiresAt = expiryOf(request, batch.at);
  batch.book({
    id: request.id,
    kind: pending ? "pending" : "transfer",
    asset: debit.asset.number,
    debit: debit.number,
    credit: credit.number,
    place: scene.place,
    context: scene.context,
    request,
    seq,
    at: batch.at,
    amount,
    assetCode: request.asset,
    debitPath: request.debit,
    creditPath: request.credit,
    pendingSeq: undefined,
    expiresAt,
    inherited: undefined,
  });
  if (pending) batch.hold(holdOf(request, seq, amount, expiresAt));
  return answer;
}

function debited(was: Balance, seq: number, amount: bigint, pending: boolean): Balance {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = was;
  return pending
    ? withAmounts(was, seq, debitsPending + amount, debitsPosted, creditsPending, creditsPosted)
    : withAmounts(was, seq, debitsPending, debitsPosted + amount, creditsPending, creditsPosted);
}

function credited(was: Balance, seq: number, amount: bigint, pending: boolean): Balance {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = was;
  return pending
    ? withAmounts(was, seq, debitsPending, debitsPosted, creditsPending + amount, creditsPosted)
    : withAmounts(was, seq, debitsPending, debitsPosted, creditsPending, creditsPosted + amount);
}

function expiryOf(request: MovementRequest, at: number): number | undefined {
  if (request.kind !== "pending" || request.timeoutMs === undefined) return undefined;
  return at + request.timeoutMs;
}

function holdOf(
  request: MovementRequest,
  seq: number,
  amount: bigint,
  expiresAt: number | undefined,
): Hold {
  const { id, asset, debit, credit, code, reference, metadata } = request;
  const words = { amount, code, reference, metadata };
  return { id, seq, asset, debit, credit, amount, expiresAt, words, state: "open" };
}

export function decideResolution(scene: Scene, request: ResolutionRequest): Decision {
  const malformed = checkResolution(request);
  if (malformed !== undefined) return malformed;
  const { memory } = scene;
  const prior = memory.row(request.id);
  if (prior !== undefined) return decideKnown(scene, request, prior);
  const names = checkResolutionNames(request);
  if (names !== undefined) return names;
  const hold = namedHold(memory, request.pendingId);
  if (hold === undefined) return NEEDS;
  if (hold === ABSENT) return "ledger.pending_missing";
  if (hold === NOT_PENDING) return "ledger.pending_is_not_pending";
  const refusal = checkHold(request, hold, scene.batch.at);
  if (refusal !== undefined) return refusal;
  const debit = memory.account(hold.debit, hold.asset);
  const credit = memory.account(hold.credit, hold.asset);
  if (isUnknown(debit) || isUnknown(credit)) return NEEDS;
  if (request.kind === "post") {
    if (debit.balance.closed) return "ledger.debit_account_closed";
    if (credit.balance.closed) return "ledger.credit_account_closed";
  }
  return bookResolution(scene, request, hold, debit, credit);
}

/** What is booked but not yet written can't be found by a read: it would count as missing. */
function namedHold(memory: BookMemory, id: string) {
  const hold = memory.holds.get(id);
  if (typeof hold === "object") return hold;
  const row = memory.ids.get(id);
  if (row === undefined || isBurnt(row) || row.kind === "pending") return hold;
  return NOT_PENDING;
}

function checkHold(request: ResolutionRequest, hold: Hold, at: number): RefusalCode | undefined {
  const { debit, credit, asset, amount } = request;
  if (debit !== undefined && debit !== hold.debit) return "ledger.pending_has_different_debit";
  if (credit !== undefined && credit !== hold.credit) return "ledger.pending_has_different_credit";
  if (asset !== undefined && asset !== hold.asset) return "ledger.pending_has_different_asset";
  if (amount !== undefined && amount > hold.amount) return "ledger.exceeds_pending_amount";
  if (amount !== undefined && request.kind === "void" && amount < hold.amount) {
    return "ledger.pending_has_different_amount";
  }
  if (hold.state === "posted") return "ledger.pending_already_posted";
  if (hold.state === "voided") return "ledger.pending_already_voided";
  if (hold.state === "expired") return "ledger.pending_expired";
  if (hold.expiresAt !== undefined && hold.expiresAt <= at) return "ledger.pending_expired";
  return undefined;
}

function bookResolution(
  scene: Scene,
  request: ResolutionRequest,
  hold: Hold,
  debit: Account,
  credit: Account,
): Created {
  const { batch } = scene;
  const seq = ++batch.seq;
  const posts = request.kind === "post";
  const moved = posts ? (request.amount ?? hold.amount) : 0n;
  release(batch, seq, hold, debit, credit, moved);
  batch.resolve(hold, posts ? "posted" : "voided");
  const answer: Created = {
    status: "created",
    request,
    seq,
    at: batch.at,
    amount: posts ? moved : hold.amount,
    debit: debit.balance,
    credit: credit.balance,
  };
  batch.book({
    id: request.id,
    kind: request.kind,
    asset: debit.asset.number,
    debit: debit.number,
    credit: credit.number,
    place: scene.place,
    context: scene.context,
    request,
    seq,
    at: batch.at,
    amount: answer.amount,
    assetCode: hold.asset,
    debitPath: hold.debit,
    creditPath: hold.credit,
    pendingSeq: hold.seq,
    expiresAt: undefined,
    inherited: hold.words,
  });
  return answer;
}

/** Gives the whole hold back on both sides and moves `posted` of it. */
export function release(
  batch: Batch,
  seq: number,
  hold: Hold,
  debit: Account,
  credit: Account,
  posted: bigint,
): void {
  const { amount } = hold;
  const from = debit.balance;
  const freed = from.debitsPending - amount;
  batch.touch(
    debit,
    withAmounts(
      from,
      seq,
      freed,
      from.debitsPosted + posted,
      from.creditsPending,
      from.creditsPosted,
    ),
    seq,
  );
  const to = credit.balance;
  const left = to.creditsPending - amount;
  batch.touch(
    credit,
    withAmounts(to, seq, to.debitsPending, to.debitsPosted, left, to.creditsPosted + posted),
    seq,
  );
}

/** The id is known: the same request is answered as it was, another one is named for what differs. */
function decideKnown(
  scene: Scene,
  request: MovementRequest | ResolutionRequest,
  prior: Row,
): Decision {
  if (isBurnt(prior)) return "ledger.id_already_failed";
  const resolves = request.kind === "post" || request.kind === "void";
  const different = resolves
    ? compareResolution(request, prior, scene.place)
    : compareMovement(request, prior, scene.place);
  if (different !== undefined) return different;
  // Of an archived one the words are gone; they were those that are asked with now.
  return existing(scene.memory, prior.slim === undefined ? prior : { ...prior, request });
}

/** The original answer with the balances of now. */
export function existing(memory: BookMemory, prior: Booked): Exists | typeof NEEDS {
  const debit = balanceNow(memory, prior.debitPath, prior.assetCode);
  const credit = balanceNow(memory, prior.creditPath, prior.assetCode);
  if (debit === NEEDS || credit === NEEDS) return NEEDS;
  const { request, seq, at, amount } = prior;
  return { status: "exists", request, seq, at, amount, debit, credit };
}

function balanceNow(
  memory: BookMemory,
  path: string | undefined,
  asset: string | undefined,
): Balance | undefined | typeof NEEDS {
  if (path === undefined || asset === undefined) return undefined;
  const account = memory.account(path, asset);
  return isUnknown(account) ? NEEDS : account.balance;
}
