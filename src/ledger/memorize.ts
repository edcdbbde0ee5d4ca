/** Turns entries read from the database into what the lane remembers of them. */
import type { RowIn } from "../postgres/index.ts";
import type { Booked, Burnt, ChainPlace, Row } from "./booked.ts";
import type { loadEntries } from "./engine.sql.ts";
import { kindOfNumber, type EntryKind, refusalOfStatus } from "./entry.ts";
import type { BookMemory } from "./memory.ts";
import { NOT_PENDING, ABSENT } from "./memory.ts";
import type { Balancing, Request } from "./transfer.ts";
import type { Hold, HoldState } from "./hold.ts";

export type EntryRow = RowIn<typeof loadEntries>;

const PENDING = 2;
const stateOfKind: Readonly<Record<number, HoldState>> = { 3: "posted", 4: "voided", 5: "expired" };
const balancings: readonly (Balancing | undefined)[] = [undefined, "debit", "credit", "both"];

/** The id's memory: a repeat is compared with the request as it was. */
export function memorizeEntry(memory: BookMemory, row: EntryRow): void {
  memory.ids.set(row.id, rowOf(row));
  memorizeHold(memory, row);
}

export function memorizeHold(memory: BookMemory, row: EntryRow): void {
  if (memory.holds.get(row.id) !== undefined) return;
  if (row.status !== 0) memory.holds.set(row.id, ABSENT);
  else memory.holds.set(row.id, row.kind === PENDING ? holdOf(row) : NOT_PENDING);
}

function holdOf(row: EntryRow): Hold {
  const amount = row.amount ?? 0n;
  return {
    id: row.id,
    seq: Number(row.seq),
    asset: row.asset ?? "",
    debit: row.debit ?? "",
    credit: row.credit ?? "",
    amount,
    expiresAt: row.expiresAt ?? undefined,
    words: {
      amount,
      code: row.code ?? undefined,
      reference: row.reference ?? undefined,
      metadata: row.metadata ?? undefined,
    },
    state: stateOfKind[row.resolvedBy ?? 0] ?? "open",
  };
}

function rowOf(row: EntryRow): Row {
  const kind = kindOfNumber.get(row.kind) ?? "transfer";
  const facts = {
    id: row.id,
    kind,
    asset: numberOr(row.assetNumber),
    debit: numberOr(row.debitNumber),
    credit: numberOr(row.creditNumber),
    place: placeOf(row),
    context: undefined,
  };
  const request = requestOf(row, kind);
  const burnt = refusalOfStatus(row.status);
  if (burnt !== undefined) {
    return { ...facts, burnt, seq: Number(row.seq), request } satisfies Burnt;
  }
  return {
    ...facts,
    request,
    seq: Number(row.seq),
    at: row.at,
    amount: kind === "open" || kind === "bound" ? 0n : (row.amount ?? 0n),
    assetCode: row.asset ?? undefined,
    debitPath: row.debit ?? undefined,
    creditPath: row.credit ?? undefined,
    pendingSeq: numberOr(row.pendingSeq),
    expiresAt: row.expiresAt ?? undefined,
    inherited: inheritedOf(row),
    slim: slimOf(row),
  } satisfies Booked;
}

function numberOr(value: bigint | null): number | undefined {
  return value === null ? undefined : Number(value);
}

function placeOf({ chain, chainIndex, chainLength }: EntryRow): ChainPlace | undefined {
  if (chain === null) return undefined;
  return { chain, index: chainIndex ?? 0, length: chainLength ?? 0 };
}

function slimOf({ seq, pendingSeq, archived, holdArchived }: EntryRow): Booked["slim"] {
  if (archived === null && holdArchived === null) return undefined;
  const salt = Number(pendingSeq ?? seq);
  return { salt, own: archived ?? undefined, hold: holdArchived ?? undefined };
}

function inheritedOf(row: EntryRow): Booked["inherited"] {
  if (row.holdAmount === null) return undefined;
  return {
    amount: row.holdAmount,
    code: row.holdCode ?? undefined,
    reference: row.holdReference ?? undefined,
    metadata: row.holdMetadata ?? undefined,
  };
}

function requestOf(row: EntryRow, kind: EntryKind): Request {
  const words = {
    code: row.code ?? undefined,
    reference: row.reference ?? undefined,
    metadata: row.metadata ?? undefined,
    effectiveAt: row.effectiveAt ?? undefined,
  };
  const asset = row.asset ?? "";
  const path = row.debit ?? "";
  const { id } = row;
  switch (kind) {
    case "post":
    case "void":
      return {
        kind,
        id,
        pendingId: row.holdId ?? "",
        amount: row.requested ?? undefined,
        ...words,
      };
    case "open":
      return {
        kind,
        id,
        path,
        asset,
        side: row.side === 1 ? "debit" : "credit",
        bound: row.amount ?? "none",
      };
    case "bound":
      return { kind, id, path, asset, bound: row.amount ?? "none" };
    case "close":
    case "reopen":
      return { kind, id, path, asset };
    case "asset":
      return { kind, id, asset, refusals: row.balancing === 2 ? "window" : "forever" };
    default: {
      const movement = {
        id,
        asset,
        debit: path,
        credit: row.credit ?? "",
        amount: row.requested ?? row.amount ?? 0n,
        balancing: balancings[row.balancing ?? 0],
        ...words,
      };
      if (kind !== "pending") return movement;
      return {
        ...movement,
        kind,
        timeoutMs: row.timeoutMs === null ? undefined : Number(row.timeoutMs),
      };
    }
  }
}
