/** Which of the postings that were sent a row of the journal is. */
import {
  entryKinds,
  refusalCodes,
  type EntryKind,
  type PendingTransfer,
  type PostedTransfer,
  type RefusalCode,
  type Request,
} from "../../src/ledger/index.ts";
import type { Row } from "./journal.ts";
import type { Attempt } from "./log-book.ts";
import { isChain, placesOf, type Posting } from "./model.ts";
import { boundOf, isMovement, isResolution, kindOf } from "./model-rules.ts";
import type { ModelEntry, Place } from "./model-state.ts";

/** One way in which an id was sent. */
export interface Variant {
  readonly posting: Posting;
  readonly request: Request;
  readonly place: Place | undefined;
  readonly attempts: Attempt[];
}

type Described = Pick<PostedTransfer, "code" | "reference" | "metadata" | "effectiveAt">;

const kinds = new Map(
  Object.entries(entryKinds).map(([kind, number]) => [number as number, kind as EntryKind]),
);
const codes = new Map<number, RefusalCode>(
  Object.entries(refusalCodes).map(([code, { number }]) => [number, code as RefusalCode]),
);

export function kindOfRow(row: Row): EntryKind {
  const kind = kinds.get(row.kind);
  if (kind === undefined) throw new Error(`entry ${row.seq} is of the unknown kind ${row.kind}`);
  return kind;
}

export function refusalOfRow(row: Row): RefusalCode | undefined {
  const code = codes.get(row.status);
  if (row.status !== 0 && code === undefined) {
    throw new Error(`entry ${row.seq} has the unknown status ${row.status}`);
  }
  return code;
}

/** Everything that was sent, by the ids under which it would be found in the journal. */
export class Variants {
  readonly #byKey = new Map<string, Map<string, Variant>>();

  constructor(attempts: readonly Attempt[]) {
    for (const attempt of attempts) {
      const { posting } = attempt;
      if (!isChain(posting)) this.#add(attempt, posting, undefined);
      else {
        const places = placesOf(posting);
        for (const [index, request] of posting.requests.entries()) {
          this.#add(attempt, request, places[index]);
        }
      }
    }
  }

  #add(attempt: Attempt, request: Request, place: Place | undefined): void {
    const { posting } = attempt;
    const key = keyOfRequest(request);
    const known = this.#byKey.get(key) ?? new Map<string, Variant>();
    this.#byKey.set(key, known);
    const text = `${place?.index ?? ""}${textOf(posting)}`;
    const variant = known.get(text) ?? { posting, request, place, attempts: [] };
    variant.attempts.push(attempt);
    known.set(text, variant);
  }

  /** Everything that was sent under an id, at whatever place. */
  sentUnder(id: string | undefined): Request[] {
    return [...(this.#byKey.get(id ?? "")?.values() ?? [])].map(({ request }) => request);
  }

  /** Those that the row may be, by its id and its place in a chain. */
  candidates(row: Row): Variant[] {
    const found = this.#byKey.get(keyOfRow(row)) ?? new Map<string, Variant>();
    return [...found.values()].filter(({ place }) => isPlaceOf(place, row));
  }

  /** Those that the row is, field by field. `hold`: what was sent to make the hold it resolves. */
  matches(row: Row, hold: Request | undefined): Variant[] {
    const described = hold !== undefined && isMovement(hold) ? hold : {};
    return this.candidates(row).filter(({ request }) => isRowOf(request, row, described));
  }
}

export function textOf(posting: Posting): string {
  return JSON.stringify(posting, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

function keyOfRequest(request: Request): string {
  if (request.id !== undefined) return request.id;
  return request.kind === "open" ? `~open ${request.path} ${request.asset}` : `~${request.asset}`;
}

function keyOfRow(row: Row): string {
  if (row.id.startsWith("~open/")) return `~open ${row.named} ${row.asset}`;
  return row.id.startsWith("~asset/") ? `~${row.named}` : row.id;
}

export function isPlaceOf(place: Place | undefined, row: Row): boolean {
  return (
    (place?.chain ?? null) === row.chain &&
    (place?.index ?? null) === row.chain_index &&
    (place?.length ?? null) === row.chain_length
  );
}

/**
 * Whether a repeat of it is the same as the row. A post or void that leaves its amount out means all of what was
 * held, and that is the same as saying so in figures.
 */
export function isSameAs(request: Request, row: Row, hold: ModelEntry | undefined): boolean {
  const held = hold?.request;
  const described = held !== undefined && isMovement(held) ? held : {};
  if (!isResolution(request)) return isRowOf(request, row, described);
  const isAmount = (request.amount ?? hold?.amount) === row.amount;
  return isAmount && isRowOf(request, { ...row, requested: request.amount ?? null }, described);
}

function isRowOf(request: Request, row: Row, hold: Described): boolean {
  if (kindOf(request) !== kindOfRow(row)) return false;
  if (isMovement(request) || isResolution(request)) {
    const described =
      (request.code ?? hold.code ?? null) === row.code &&
      (request.reference ?? hold.reference ?? null) === row.reference &&
      (request.metadata ?? hold.metadata ?? null) === row.metadata &&
      (request.effectiveAt ?? null) === row.effective_at;
    if (!described) return false;
  }
  if (isMovement(request)) return isMovementRow(request, row);
  if (isResolution(request)) {
    return (
      !has(request, "timeoutMs") &&
      request.pendingId === row.pending_id &&
      // One id may have been sent with an amount and without: the row says which of them it is.
      (request.amount ?? null) === row.requested &&
      [row.debit, undefined].includes(request.debit) &&
      [row.credit, undefined].includes(request.credit) &&
      [row.asset, undefined].includes(request.asset)
    );
  }
  if (request.kind === "asset") {
    return request.asset === row.asset && (request.refusals === "window" ? 2 : 1) === row.balancing;
  }
  if (request.kind === "open" && request.side !== BALANCING[row.balancing ?? 0]) return false;
  const isBounded = request.kind === "open" || request.kind === "bound";
  return (
    request.asset === row.asset &&
    request.path === row.debit &&
    (!isBounded || boundOf(request) === (row.amount ?? "none"))
  );
}

/** What this kind of request can't have: sent all the same, it is refused and leaves no such row. */
function has(request: Request, field: "pendingId" | "timeoutMs"): boolean {
  return (request as unknown as Record<string, unknown>)[field] !== undefined;
}

/** What the numbers of the column mean; of an opening it is the side, of an asset its refusals. */
const BALANCING = [undefined, "debit", "credit", "both"];

function isMovementRow(request: Request, row: Row): boolean {
  if (!isMovement(request) || has(request, "pendingId")) return false;
  const { timeoutMs } = request as PendingTransfer;
  return (
    request.asset === row.asset &&
    request.debit === row.debit &&
    request.credit === row.credit &&
    request.amount === (row.requested ?? row.amount) &&
    request.balancing === BALANCING[row.balancing ?? 0] &&
    (timeoutMs ?? null) === (row.timeout_ms === null ? null : Number(row.timeout_ms))
  );
}
