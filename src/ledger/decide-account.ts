/** Decides account events and assets: opening, bounds, closing, reopening. */
import { AMOUNT_MAX, asset as readAsset, isAssetCode, isId, isPath } from "../base/index.ts";
import { available, emptyBalance } from "./account.ts";
import type { Balance, Created, Exists } from "./answer.ts";
import { type Booked, isBurnt, type Row } from "./booked.ts";
import { comparePlace, kindOf } from "./compare.ts";
import { type Decision, existing, NEEDS, type Scene } from "./decide.ts";
import { ABSENT, type Account, type AssetFacts } from "./memory.ts";
import type { RefusalCode } from "./refusal.ts";
import type {
  AccountEvent,
  Bound,
  CloseAccount,
  DefineAsset,
  OpenAccount,
  ReopenAccount,
  Request,
  SetBound,
} from "./transfer.ts";

export function decideAsset(scene: Scene, request: DefineAsset): Decision {
  const { memory, batch } = scene;
  const known = decideById(scene, request);
  if (known !== undefined) return known;
  const malformed = checkAssetForm(request);
  if (malformed !== undefined) return malformed;
  const { refusals = "forever" } = request;
  const asset = memory.assets.get(request.asset);
  if (asset === undefined) return NEEDS;
  if (asset !== ABSENT) {
    if (asset.refusals !== refusals) return "ledger.asset_exists_with_different_refusals";
    const { number: seq, definedAt: at } = asset;
    return unlessTaken(scene, { status: "exists", request, seq, at, amount: 0n });
  }
  const seq = ++batch.seq;
  batch.define({ number: seq, asset: readAsset(request.asset), refusals, definedAt: batch.at });
  const answer: Created = { status: "created", request, seq, at: batch.at, amount: 0n };
  batch.book(eventRow(scene, request, answer, request.id ?? `~asset/${seq}`, seq, undefined));
  return answer;
}

export function decideAccountEvent(scene: Scene, request: AccountEvent): Decision {
  const known = decideById(scene, request);
  if (known !== undefined) return known;
  const malformed = checkEventForm(request);
  if (malformed !== undefined) return malformed;
  const asset = scene.memory.assets.get(request.asset);
  if (asset === undefined) return NEEDS;
  if (asset === ABSENT) return "ledger.asset_missing";
  const account = scene.memory.account(request.path, request.asset);
  if (account === undefined) return NEEDS;
  if (request.kind === "open") return decideOpen(scene, request, asset, account);
  if (account === ABSENT) return "ledger.account_missing";
  return decideChange(scene, request, account);
}

/** What can be said of it alone comes before what is in the books. */
function checkEventForm(request: AccountEvent): RefusalCode | undefined {
  if (!isPath(request.path)) return "ledger.account_path_malformed";
  if (request.kind === "open" && request.side !== "debit" && request.side !== "credit") {
    return "ledger.side_malformed";
  }
  if (request.kind === "open" && request.bound !== undefined && !isBound(request.bound))
    return "ledger.bound_malformed";
  if (request.kind === "bound" && !isBound(request.bound)) return "ledger.bound_malformed";
  return isAssetCode(request.asset) ? undefined : "ledger.asset_malformed";
}

function checkAssetForm({ asset, refusals = "forever" }: DefineAsset): RefusalCode | undefined {
  if (refusals !== "forever" && refusals !== "window") return "ledger.refusal_policy_malformed";
  return isAssetCode(asset) ? undefined : "ledger.asset_malformed";
}

/** Shape of the id, and what is known under it. Undefined: a new request. */
function decideById(scene: Scene, request: AccountEvent | DefineAsset): Decision | undefined {
  if (request.id === undefined && (request.kind === "open" || request.kind === "asset")) {
    return undefined;
  }
  if (!isId(request.id)) return "ledger.id_malformed";
  const prior = scene.memory.row(request.id);
  if (prior === undefined) return undefined;
  return isBurnt(prior) ? "ledger.id_already_failed" : compareEvent(scene, request, prior);
}

function compareEvent(scene: Scene, request: AccountEvent | DefineAsset, prior: Booked): Decision {
  if (prior.kind !== kindOf(request)) return "ledger.id_exists_with_different_kind";
  const was = prior.request as AccountEvent | DefineAsset;
  if (pathOf(request) !== pathOf(was)) return "ledger.id_exists_with_different_debit";
  if (request.asset !== was.asset) return "ledger.id_exists_with_different_asset";
  if (request.kind === "bound" && was.kind === "bound" && request.bound !== was.bound) {
    return "ledger.id_exists_with_different_amount";
  }
  const different = comparePlace(scene.place, prior.place) ?? compareWishes(request, was);
  return different ?? existing(scene.memory, prior);
}

function pathOf(request: AccountEvent | DefineAsset): string | undefined {
  return request.kind === "asset" ? undefined : request.path;
}

/** Of an opening or asset: what it would have, wherever else it stands open. */
function compareWishes(request: Request, was: Request): RefusalCode | undefined {
  if (request.kind === "open" && was.kind === "open") {
    const malformed = checkEventForm(request);
    if (malformed !== undefined) return malformed;
    if (request.side !== was.side) return "ledger.account_exists_with_different_side";
    if ((request.bound ?? 0n) !== (was.bound ?? 0n))
      return "ledger.account_exists_with_different_bound";
  }
  if (request.kind === "asset" && was.kind === "asset") {
    const malformed = checkAssetForm(request);
    if (malformed !== undefined) return malformed;
    const same = (request.refusals ?? "forever") === (was.refusals ?? "forever");
    if (!same) return "ledger.asset_exists_with_different_refusals";
  }
  return undefined;
}

function decideOpen(
  scene: Scene,
  request: OpenAccount,
  asset: AssetFacts,
  known: Account | typeof ABSENT,
): Decision {
  const { batch } = scene;
  const bound = request.bound ?? 0n;
  if (known !== ABSENT) return existingAccount(scene, request, known, bound);
  const seq = ++batch.seq;
  const balance = emptyBalance(seq, bound);
  const account: Account = {
    number: seq,
    path: request.path,
    asset,
    side: request.side,
    openedAt: batch.at,
    openingBound: bound,
    balance,
    touchedIn: 0,
    firstSeq: seq,
  };
  batch.open(account);
  batch.touch(account, balance, seq);
  return bookEvent(scene, request, account, seq, request.id ?? `~open/${seq}`);
}

function existingAccount(
  scene: Scene,
  request: OpenAccount,
  account: Account,
  bound: Bound,
): Decision {
  if (account.side !== request.side) return "ledger.account_exists_with_different_side";
  if (account.openingBound !== bound) return "ledger.account_exists_with_different_bound";
  const { number: seq, openedAt: at, balance: debit } = account;
  return unlessTaken(scene, { status: "exists", request, seq, at, amount: 0n, debit });
}

/**
 * What is there already by its path or code leaves the request's own id unused. That nothing else
 * stands under that id no unique key would say: it must be known.
 */
function unlessTaken({ memory }: Scene, answer: Exists): Decision {
  const { id } = answer.request;
  if (id === undefined || memory.isSettled(id)) return answer;
  memory.isUnsure = true;
  return NEEDS;
}

function isBound(bound: unknown): bound is Bound {
  if (bound === "none") return true;
  return typeof bound === "bigint" && bound >= 0n && bound <= AMOUNT_MAX;
}

function decideChange(
  scene: Scene,
  request: SetBound | CloseAccount | ReopenAccount,
  account: Account,
): Decision {
  const { batch } = scene;
  const { balance } = account;
  const refusal = checkChange(request, account);
  if (refusal !== undefined) return refusal;
  const seq = ++batch.seq;
  const next: Balance =
    request.kind === "bound"
      ? { ...balance, seq, bound: request.bound }
      : { ...balance, seq, closed: request.kind === "close" };
  batch.touch(account, next, seq);
  return bookEvent(scene, request, account, seq, request.id);
}

function checkChange(
  request: SetBound | CloseAccount | ReopenAccount,
  { balance, side }: Account,
): RefusalCode | undefined {
  if (request.kind === "reopen") return balance.closed ? undefined : "ledger.account_not_closed";
  if (balance.closed) return "ledger.account_closed";
  if (request.kind === "close" || request.bound === "none") return undefined;
  return available(side, balance) < -request.bound ? "ledger.bound_below_balance" : undefined;
}

function bookEvent(
  scene: Scene,
  request: AccountEvent,
  account: Account,
  seq: number,
  id: string,
): Created {
  const { at } = scene.batch;
  const answer: Created = {
    status: "created",
    request,
    seq,
    at,
    amount: 0n,
    debit: account.balance,
  };
  scene.batch.book(eventRow(scene, request, answer, id, account.asset.number, account));
  return answer;
}

function eventRow(
  { place, context }: Scene,
  request: AccountEvent | DefineAsset,
  answer: Created,
  id: string,
  asset: number,
  account: Account | undefined,
): Row {
  return {
    id,
    kind: request.kind,
    asset,
    debit: account?.number,
    credit: undefined,
    place: id.startsWith("~") ? undefined : place,
    context,
    request,
    seq: answer.seq,
    at: answer.at,
    amount: answer.amount,
    assetCode: request.asset,
    debitPath: account?.path,
    creditPath: undefined,
    pendingSeq: undefined,
    expiresAt: undefined,
    inherited: undefined,
  };
}
