/** Decides what a unit posts: one request, or a chain that succeeds or fails whole. */
import { isId } from "../base/index.ts";
import type { Decided } from "../postgres/index.ts";
import type { Answer, ChainAnswer, Created, Exists, Refused } from "./answer.ts";
import type { Batch } from "./batch.ts";
import type { Posting } from "./book.ts";
import type { Burnt, ChainPlace, Row } from "./booked.ts";
import { isBurnt } from "./booked.ts";
import { isRequestKind } from "./check-request.ts";
import { kindOf } from "./compare.ts";
import { type Decision, decideMovement, decideResolution, NEEDS, type Scene } from "./decide.ts";
import { decideAccountEvent, decideAsset } from "./decide-account.ts";
import { ABSENT, type BookMemory } from "./memory.ts";
import { isChain } from "./posting.ts";
import { isRemembered, type RefusalCode, refusalCodes } from "./refusal.ts";
import { type Chain, CHAIN_MAX, type Context, type Request } from "./transfer.ts";

type Verdict = Decided<Answer | ChainAnswer> | undefined;

/** Undefined: something must be loaded first; nothing was changed. */
export function decidePosting(
  memory: BookMemory,
  batch: Batch,
  posting: Posting,
  context: Context | undefined,
): Verdict {
  if (isChain(posting)) return decideChain(memory, batch, posting, context);
  const scene = { memory, batch, context, place: undefined };
  const decision = decideRequest(scene, posting);
  if (decision === NEEDS) return undefined;
  if (typeof decision !== "string") return decided(decision.status === "created", decision);
  if (leavesNoRow(memory, posting, decision) && isUnsure(memory, [posting])) return undefined;
  return { applied: false, repeated: false, answer: refused(scene, posting, decision, [posting]) };
}

function decided(applied: boolean, answer: Answer | ChainAnswer): Verdict {
  return { applied, repeated: !applied, answer };
}

function decideRequest(scene: Scene, request: Request): Decision {
  switch (request.kind) {
    case undefined:
    case "transfer":
    case "pending":
      return decideMovement(scene, request);
    case "post":
    case "void":
      return decideResolution(scene, request);
    case "open":
    case "bound":
    case "close":
    case "reopen":
      return decideAccountEvent(scene, request);
    case "asset":
      return decideAsset(scene, request);
    default:
      return "ledger.kind_unknown";
  }
}

function decideChain(
  memory: BookMemory,
  batch: Batch,
  chain: Chain,
  context: Context | undefined,
): Verdict {
  const malformed = checkChain(chain) ?? checkChainId(memory, chain);
  if (malformed !== undefined) return refusedChain(0, { status: "refused", code: malformed });
  const mark = batch.mark();
  const length = chain.requests.filter(isMember).length;
  const answers: (Created | Exists)[] = [];
  let created = 0;
  let index = 0;
  batch.chain(true);
  for (const request of chain.requests) {
    const member = isMember(request);
    if (member) index += 1;
    const place: ChainPlace | undefined = member
      ? { chain: chain.chain, index, length }
      : undefined;
    const scene: Scene = { memory, batch, context, place };
    const decision = mixed(decideRequest(scene, request), member, index, created);
    if (decision === NEEDS || typeof decision === "string") {
      batch.rollback(mark);
      batch.chain(false);
      if (decision === NEEDS || isUnsure(memory, chain.requests)) return undefined;
      const refusal = refused(scene, request, decision, chain.requests);
      return refusedChain(answers.length, refusal);
    }
    if (member && decision.status === "created") created += 1;
    answers.push(decision);
  }
  batch.chain(false);
  const applied = length === 0 ? answers.some(isCreated) : created > 0;
  const first = chain.requests.find(isMember);
  if (created > 0 && first?.id !== undefined) batch.bookChain(chain.chain, first.id);
  return decided(applied, { status: applied ? "created" : "exists", answers });
}

/** Openings without an id are of every chain that names them and of none: they don't count. */
function isMember(request: Request): boolean {
  return !((request.kind === "open" || request.kind === "asset") && request.id === undefined);
}

const isCreated = (answer: Created | Exists): boolean => answer.status === "created";

/** All members new, or all known: a mixture is not the same chain. */
function mixed(decision: Decision, member: boolean, index: number, created: number): Decision {
  if (!member || decision === NEEDS || typeof decision === "string") return decision;
  const expected = created === index - 1 ? "created" : "exists";
  const first = index === 1;
  if (first || decision.status === expected) return decision;
  return "ledger.id_exists_with_different_chain";
}

function checkChain(chain: Chain): RefusalCode | undefined {
  if (!isId(chain.chain)) return "ledger.chain_id_malformed";
  if (!Array.isArray(chain.requests) || chain.requests.length === 0) return "ledger.chain_empty";
  if (chain.requests.length > CHAIN_MAX) return "ledger.chain_too_long";
  return undefined;
}

/**
 * A chain's id stands for its members: with another first one it is another chain. One without any
 * leaves no row that would bear its id.
 */
function checkChainId(memory: BookMemory, chain: Chain): RefusalCode | undefined {
  const first = chain.requests.find(isMember);
  const firstId = memory.chains.get(chain.chain);
  if (first === undefined || firstId === undefined || firstId === first.id) return undefined;
  return "ledger.id_exists_with_different_chain";
}

function refusedChain(index: number, refusal: Refused): Verdict {
  return { applied: false, repeated: false, answer: { ...refusal, index } };
}

/** A refusal that comes after the id by precedence and writes no row: no unique key would stop it. */
function leavesNoRow(memory: BookMemory, request: Request, code: RefusalCode): boolean {
  if (isRemembered(code)) return isWindowed(memory, request);
  return refusalCodes[code].number > refusalCodes["ledger.id_already_failed"].number;
}

/**
 * Whether an id may be in the books without memory knowing. A request that was carried out long ago
 * would be decided anew, and where the decision writes no row under that id, nothing would say so.
 */
function isUnsure(memory: BookMemory, requests: readonly Request[]): boolean {
  if (requests.every(({ id }) => !isId(id) || memory.isSettled(id))) return false;
  memory.isUnsure = true;
  return true;
}

/** Makes the answer of a refusal and burns the id where the code says so. */
function refused(
  scene: Scene,
  request: Request,
  code: RefusalCode,
  together: readonly Request[],
): Refused {
  const { memory, batch } = scene;
  if (code === "ledger.id_already_failed") return alreadyFailed(memory.row(request.id ?? ""));
  if (!isRemembered(code) || request.id === undefined) return { status: "refused", code };
  const burnt = burn(scene, request, code);
  if (isWindowed(memory, request) && together.every(isGhostly)) {
    batch.keep(burnt);
    return { status: "refused", code };
  }
  const seq = ++batch.seq;
  batch.book({ ...burnt, seq });
  return { status: "refused", code, seq };
}

function alreadyFailed(prior: Row | undefined): Refused {
  const code = "ledger.id_already_failed";
  if (prior === undefined || !isBurnt(prior)) return { status: "refused", code };
  return { status: "refused", code, seq: prior.seq, original: prior.burnt };
}

/** A hold that frees itself may be refused without a row: a sold-out rush writes nothing. */
function isWindowed(memory: BookMemory, request: Request): boolean {
  if (request.kind !== "pending" || request.timeoutMs === undefined) return false;
  const asset = memory.assets.get(request.asset);
  return asset !== undefined && asset !== ABSENT && asset.refusals === "window";
}

/**
 * Whether nothing of it lasts, if it is carried out although its caller was told it was refused. A
 * chain that moves anything for good is remembered for ever, whichever of its members was refused.
 */
function isGhostly(request: Request): boolean {
  if (!isMember(request)) return true;
  return request.kind === "pending" && request.timeoutMs !== undefined;
}

function burn(scene: Scene, request: Request, burnt: RefusalCode): Burnt {
  const names = namesOf(scene.memory, request);
  const asset = names.asset === undefined ? undefined : scene.memory.assets.get(names.asset);
  return {
    burnt,
    id: request.id ?? "",
    seq: undefined,
    kind: isRequestKind(request.kind ?? "transfer") ? kindOf(request) : "transfer",
    asset: asset === undefined || asset === ABSENT ? undefined : asset.number,
    debit: numberOf(scene.memory, names.debit, names.asset),
    credit: numberOf(scene.memory, names.credit, names.asset),
    place: scene.place,
    context: scene.context,
    request,
  };
}

/** The accounts that a request names; a post or void by its hold. */
function namesOf(
  memory: BookMemory,
  request: Request,
): { debit?: string | undefined; credit?: string | undefined; asset?: string | undefined } {
  switch (request.kind) {
    case "post":
    case "void": {
      const hold = memory.holds.get(request.pendingId);
      return typeof hold === "object" ? hold : request;
    }
    case "asset":
      return { asset: request.asset };
    case "open":
    case "bound":
    case "close":
    case "reopen":
      return { debit: request.path, asset: request.asset };
    default:
      return request;
  }
}

function numberOf(memory: BookMemory, path: string | undefined, asset: string | undefined) {
  if (path === undefined || asset === undefined) return undefined;
  const account = memory.account(path, asset);
  return account === undefined || account === ABSENT ? undefined : account.number;
}
