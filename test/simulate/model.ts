/**
 * The ledger as a model: one thread, plain maps, bigints, no database, no batches and no hurry. It is
 * written from docs/concepts/ledger.md and never from the engine, so that the two can be wrong only
 * apart. The simulation and the tables of cases hold the engine's every answer against it.
 */
import type { Instant } from "../../src/base/index.ts";
import {
  type AccountEvent,
  type Answer,
  type Balance,
  type Chain,
  type ChainAnswer,
  type Created,
  type DefineAsset,
  type EntryKind,
  type Exists,
  type RefusalCode,
  type Request,
  isRemembered,
} from "../../src/ledger/index.ts";
import {
  amountOf,
  differences,
  firstOf,
  isMovement,
  isResolution,
  kindOf,
  malformed,
  malformedChain,
  refusalsOf,
  type Movement,
  type Resolution,
} from "./model-rules.ts";
import { accountKey, accountOf, emptyState, sumsOf } from "./model-state.ts";
import type { ModelAccount, ModelEntry, Place, Resolved, State, Sums } from "./model-state.ts";

export type Posting = Request | Chain;

export function isChain(posting: Posting): posting is Chain {
  return "requests" in posting;
}

export class Model {
  readonly state: State = emptyState();
  /** How to take back what a chain has done so far, newest last. */
  readonly #undo: (() => void)[] = [];
  /** Everything that spoke against the request decided last; the answer names the first. */
  reasons: readonly RefusalCode[] = [];

  /** Decides a request or chain at an instant of the book and books what there is to book. */
  apply(posting: Posting, at: Instant): Answer | ChainAnswer {
    this.#undo.length = 0;
    this.reasons = [];
    return isChain(posting) ? this.#applyChain(posting, at) : this.#applyAlone(posting, at);
  }

  /** Releases every hold whose time-out has ended, the earliest first. */
  sweep(at: Instant): void {
    const due = [...this.state.waiting.values()].filter((hold) => (hold.expiresAt ?? at) <= at);
    due.sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || a.seq - b.seq);
    for (const hold of due) this.expire(hold, at);
  }

  /** Releases one hold; the replay calls it where the journal says so. */
  expire(hold: ModelEntry, at: Instant): ModelEntry {
    const row = this.#book({
      ...blank(at),
      id: `~expire/${hold.seq}`,
      kind: "expire",
      asset: hold.asset,
      debit: hold.debit,
      credit: hold.credit,
      hold,
    });
    this.#resolve(hold, "expire", 0n, row.seq);
    return row;
  }

  /** Decides one request and books it, also as a member of a chain of which others left no row. */
  applyInPlace(request: Request, at: Instant, place: Place | undefined): Answer {
    this.#undo.length = 0;
    this.reasons = [];
    return this.#member(request, at, place);
  }

  #member(request: Request, at: Instant, place: Place | undefined, isInKnownChain = false): Answer {
    const known = request.id === undefined ? undefined : this.state.byId.get(request.id);
    const ghost = this.state.ghosts.get(request.id ?? "");
    const codes = malformed(request);
    if (ghost !== undefined || known?.refused !== undefined) codes.push("ledger.id_already_failed");
    else if (known !== undefined) codes.push(...differences(request, place, known));
    else if (isInKnownChain && place !== undefined) {
      // The chain was carried out with other members.
      codes.push("ledger.id_exists_with_different_chain");
    }
    const isRepeat = known !== undefined && codes.length === 0;
    // A repeated opening is compared with what it opened; for all others the fields were enough.
    if (!isRepeat || isEnsuring(request)) codes.push(...refusalsOf(this.state, request, at));
    if (isRepeat && codes.length === 0) return this.#exists(known, request);
    this.reasons = codes;
    const code = firstOf(codes);
    if (code === "ledger.id_already_failed") {
      return { ...refused(code), seq: known?.seq, original: known?.refused ?? ghost };
    }
    return code === undefined ? this.#carryOut(request, at, place) : refused(code);
  }

  #carryOut(request: Request, at: Instant, place: Place | undefined): Answer {
    if (isMovement(request)) return this.#move(request, at, place);
    if (isResolution(request)) return this.#resolveHold(request, at, place);
    return request.kind === "asset"
      ? this.#defineAsset(request, at, place)
      : this.#changeAccount(request, at, place);
  }

  #applyAlone(request: Request, at: Instant): Answer {
    const answer = this.#member(request, at, undefined);
    return answer.status === "refused"
      ? this.remember(answer, request, at, undefined, [request])
      : answer;
  }

  #applyChain(chain: Chain, at: Instant): ChainAnswer {
    this.reasons = malformedChain(chain);
    const code = firstOf(this.reasons);
    if (code !== undefined) return { ...refused(code), index: 0 };
    const answers: (Created | Exists)[] = [];
    const places = placesOf(chain);
    const isKnown = this.state.chains.has(chain.chain);
    let firstNew: number | undefined;
    let isRepeat = false;
    let anyOpened = false;
    for (const [index, request] of chain.requests.entries()) {
      const place = places[index];
      const answer = this.#member(request, at, place, isKnown);
      if (answer.status === "refused") {
        this.#takeBack();
        return { ...this.remember(answer, request, at, place, chain.requests), index };
      }
      answers.push(answer);
      // A member without an id only makes sure that something is open: it is neither.
      if (places[index] === undefined) {
        anyOpened ||= answer.status === "created";
        continue;
      }
      if (answer.status === "created") firstNew ??= index;
      else isRepeat = true;
      if (isRepeat && firstNew !== undefined) return this.#refuseHalf(request, firstNew, index);
    }
    const isNew = firstNew !== undefined || (anyOpened && !isRepeat);
    return { status: isNew ? "created" : "exists", answers };
  }

  /** A chain is new or a repeat, never half of each. The culprit is the one that was not in it. */
  #refuseHalf({ id = "" }: Request, firstNew: number, index: number): ChainAnswer {
    this.#takeBack();
    this.reasons = [...this.reasons, "ledger.id_exists_with_different_chain"];
    const known = this.state.byId.has(id);
    return {
      ...refused("ledger.id_exists_with_different_chain"),
      index: known ? firstNew : index,
    };
  }

  /** Answers as `apply` would, and leaves everything as it was. */
  ask(posting: Posting, at: Instant): Answer | ChainAnswer {
    const answer = this.apply(posting, at);
    this.#takeBack();
    return answer;
  }

  /** The same of one member at its place in a chain. */
  askInPlace(request: Request, at: Instant, place: Place | undefined): Answer {
    const answer = this.applyInPlace(request, at, place);
    this.#takeBack();
    return answer;
  }

  #takeBack(): void {
    for (const step of this.#undo.toReversed()) step();
    this.#undo.length = 0;
  }

  /** Keeps a refusal that depends on the books, so that its id is answered alike for ever. */
  remember(
    answer: Refusal,
    request: Request,
    at: Instant,
    place: Place | undefined,
    together: readonly Request[],
  ): Refusal {
    const { code } = answer;
    const id = request.id;
    if (id === undefined || !isRemembered(code)) return answer;
    if (this.#isForgotten(request) && together.every(freesItself)) {
      this.#put(this.state.ghosts, id, code);
      return answer;
    }
    const row = this.#book({
      ...blank(at),
      id,
      kind: kindOf(request) as EntryKind,
      refused: code,
      request,
      place,
    });
    return { ...answer, seq: row.seq };
  }

  /** Under the window policy no row is written for a hold that frees itself. */
  #isForgotten(request: Request): boolean {
    if (request.kind !== "pending" || request.timeoutMs === undefined) return false;
    return this.state.assets.get(request.asset)?.refusals === "window";
  }

  #move(request: Movement, at: Instant, place: Place | undefined): Answer {
    const debit = this.#account(request.debit, request.asset);
    const credit = this.#account(request.credit, request.asset);
    const amount = amountOf(request, debit, credit);
    const timeoutMs = request.kind === "pending" ? request.timeoutMs : undefined;
    const row = this.#book({
      ...blank(at),
      id: request.id,
      kind: request.kind ?? "transfer",
      request,
      place,
      asset: request.asset,
      debit: request.debit,
      credit: request.credit,
      amount,
      expiresAt: timeoutMs === undefined ? undefined : at + timeoutMs,
    });
    const isHold = request.kind === "pending";
    if (row.expiresAt !== undefined) this.#put(this.state.waiting, row.id, row);
    this.#change(debit, row.seq, (was) =>
      isHold
        ? { ...was, debitsPending: was.debitsPending + amount }
        : { ...was, debitsPosted: was.debitsPosted + amount },
    );
    this.#change(credit, row.seq, (was) =>
      isHold
        ? { ...was, creditsPending: was.creditsPending + amount }
        : { ...was, creditsPosted: was.creditsPosted + amount },
    );
    return this.#created(row, request);
  }

  #resolveHold(request: Resolution, at: Instant, place: Place | undefined): Answer {
    const hold = this.state.byId.get(request.pendingId);
    if (hold === undefined) throw new Error(`no hold ${request.pendingId}`);
    const amount = request.kind === "void" ? hold.amount : (request.amount ?? hold.amount);
    const row = this.#book({
      ...blank(at),
      id: request.id,
      kind: request.kind,
      request,
      place,
      asset: hold.asset,
      debit: hold.debit,
      credit: hold.credit,
      amount,
      hold,
    });
    this.#resolve(hold, request.kind, request.kind === "post" ? amount : 0n, row.seq);
    return this.#created(row, request);
  }

  #resolve(hold: ModelEntry, how: Resolved, posted: bigint, seq: number): void {
    const { asset = "", debit = "", credit = "" } = hold;
    this.#put(this.state.resolved, hold.id, how);
    this.#remove(this.state.waiting, hold.id);
    this.#change(this.#account(debit, asset), seq, (was) => ({
      ...was,
      debitsPending: was.debitsPending - hold.amount,
      debitsPosted: was.debitsPosted + posted,
    }));
    this.#change(this.#account(credit, asset), seq, (was) => ({
      ...was,
      creditsPending: was.creditsPending - hold.amount,
      creditsPosted: was.creditsPosted + posted,
    }));
  }

  #defineAsset(request: DefineAsset, at: Instant, place: Place | undefined): Answer {
    const known = this.state.assets.get(request.asset);
    if (known !== undefined) return this.#existsSince(known.seq, request);
    const seq = this.state.seq + 1;
    const id = request.id ?? `~asset/${seq}`;
    const refusals = request.refusals ?? "forever";
    const row = this.#book({
      ...blank(at),
      id,
      kind: "asset",
      request,
      place,
      asset: request.asset,
    });
    this.#put(this.state.assets, request.asset, { code: request.asset, seq, at, refusals });
    return this.#created(row, request);
  }

  #changeAccount(request: AccountEvent, at: Instant, place: Place | undefined): Answer {
    const { path, asset, kind } = request;
    const known = accountOf(this.state, path, asset);
    if (kind === "open" && known !== undefined) return this.#existsSince(known.openedSeq, request);
    const id = request.id ?? `~open/${this.state.seq + 1}`;
    const row = this.#book({ ...blank(at), id, kind, request, place, asset, debit: path });
    if (kind === "open") this.#open(request, row);
    else {
      this.#change(this.#account(path, asset), row.seq, (was) =>
        kind === "bound" ? { ...was, bound: request.bound } : { ...was, closed: kind === "close" },
      );
    }
    return this.#created(row, request);
  }

  #open(request: AccountEvent & { kind: "open" }, row: ModelEntry): void {
    const { path, asset, side } = request;
    const bound = request.bound ?? 0n;
    const sums: Sums = {
      debitsPending: 0n,
      debitsPosted: 0n,
      creditsPending: 0n,
      creditsPosted: 0n,
      bound,
      closed: false,
    };
    this.#put(this.state.accounts, accountKey(path, asset), {
      path,
      asset,
      side,
      openedSeq: row.seq,
      openedAt: row.at,
      openedBound: bound,
      versions: [{ seq: row.seq, sums }],
    });
  }

  #book(fields: Omit<ModelEntry, "seq">): ModelEntry {
    const { state } = this;
    const row = { ...fields, seq: state.seq + 1 };
    state.seq = row.seq;
    state.entries.push(row);
    this.#undo.push(() => {
      state.seq -= 1;
      state.entries.pop();
    });
    this.#put(state.byId, row.id, row);
    const { place } = row;
    if (place !== undefined && row.refused === undefined) {
      this.#put(state.chains, place.chain, place);
    }
    return row;
  }

  #put<Value>(map: Map<string, Value>, key: string, value: Value): void {
    const before = map.get(key);
    map.set(key, value);
    this.#undo.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  }

  #remove<Value>(map: Map<string, Value>, key: string): void {
    const before = map.get(key);
    if (before === undefined) return;
    map.delete(key);
    this.#undo.push(() => void map.set(key, before));
  }

  #change(account: ModelAccount, seq: number, next: (was: Sums) => Sums): void {
    account.versions.push({ seq, sums: next(sumsOf(account)) });
    this.#undo.push(() => void account.versions.pop());
  }

  #account(path: string, asset: string): ModelAccount {
    const account = accountOf(this.state, path, asset);
    if (account === undefined) throw new Error(`no account ${path} of ${asset}`);
    return account;
  }

  #created(row: ModelEntry, request: Request): Created {
    return { status: "created", request, seq: row.seq, at: row.at, ...this.#amounts(row) };
  }

  #exists(row: ModelEntry, request: Request): Exists {
    return { status: "exists", request, seq: row.seq, at: row.at, ...this.#amounts(row) };
  }

  #existsSince(seq: number, request: Request): Exists {
    const row = this.state.entries[seq - 1];
    if (row === undefined) throw new Error(`no entry ${seq}`);
    return this.#exists(row, request);
  }

  #amounts(row: ModelEntry): Pick<Created, "amount" | "debit" | "credit"> {
    const { amount, asset, debit, credit } = row;
    return { amount, debit: this.#balance(debit, asset), credit: this.#balance(credit, asset) };
  }

  #balance(path: string | undefined, asset: string | undefined): Balance | undefined {
    if (path === undefined || asset === undefined) return undefined;
    const account = this.#account(path, asset);
    return { seq: account.versions.at(-1)?.seq ?? 0, ...sumsOf(account) };
  }
}

/**
 * Where each member of a chain stands. An opening without an id, which only makes sure of
 * something, stands nowhere: it leaves a row or none, and the chain is the same.
 */
export function placesOf({ chain, requests }: Chain): (Place | undefined)[] {
  // Anything else without an id is malformed, and counts as the member that it was meant to be.
  const stands = (request: Request) => request.id !== undefined || !isEnsuring(request);
  const length = requests.filter(stands).length;
  let index = 0;
  return requests.map((request) =>
    stands(request) ? { chain, index: ++index, length } : undefined,
  );
}

type Refusal = Extract<Answer, { status: "refused" }>;

function refused(code: RefusalCode | undefined): Refusal {
  if (code === undefined) throw new Error("a refusal needs its code");
  return { status: "refused", code };
}

/** An opening is known by what it opens: asked for again, it only makes sure that it is there. */
function isEnsuring(request: Request): boolean {
  return request.kind === "open" || request.kind === "asset";
}

function blank(at: Instant): Omit<ModelEntry, "seq" | "id" | "kind"> {
  return {
    at,
    refused: undefined,
    request: undefined,
    place: undefined,
    asset: undefined,
    debit: undefined,
    credit: undefined,
    amount: 0n,
    expiresAt: undefined,
    hold: undefined,
  };
}

/** A hold with a time-out, or an opening that only makes sure of something. */
function freesItself(request: Request): boolean {
  if (isEnsuring(request)) return request.id === undefined;
  return request.kind === "pending" && request.timeoutMs !== undefined;
}
