/** A row of the journal with names instead of numbers, as every read returns it. */
import { as, sql, table, type RowOf } from "../postgres/index.ts";
import type { Entry } from "./book.ts";
import { assert } from "../base/index.ts";
import { balancingNumbers, entryKinds, kindOfNumber, refusalOfStatus } from "./entry.ts";

export const entryColumns = {
  seq: as.int8,
  at: as.timestamptz,
  id: as.text,
  kind: as.int2,
  status: as.int2,
  asset: as.textNull,
  debit: as.textNull,
  credit: as.textNull,
  amount: as.int8Null,
  requested: as.int8Null,
  balancing: as.int2Null,
  pendingSeq: as.int8Null,
  timeoutMs: as.int8Null,
  expiresAt: as.timestamptzNull,
  code: as.int4Null,
  chain: as.textNull,
  chainIndex: as.int2Null,
  chainLength: as.int2Null,
  reference: as.textNull,
  metadata: as.jsonNull,
  effectiveAt: as.timestamptzNull,
  by: as.textNull,
  request: as.textNull,
  rule: as.textNull,
  named: as.textNull,
  archived: as.boolNull,
};
export type EntryRow = RowOf<typeof entryColumns>;

const entry = table("ledger_entry");
const asset = table("ledger_asset");
const account = table("ledger_account");

/** The list of `entryColumns`, of a journal `e` with its `entryNames`. */
export const entryFields = sql.part`e.seq, e.at, e.id, e.kind, e.status, s.code as asset, d.path as debit,
    c.path as credit, e.amount, e.requested, e.balancing, e.pending_seq, e.timeout_ms, e.expires_at,
    e.code, e.chain, e.chain_index, e.chain_length, e.reference, e.metadata, e.effective_at,
    e.by_key as by, e.request, e.rule, e.named, e.archived is not null as archived`;

// `limit 1` keeps each look-up by its key apart from the planner, who has no statistics at first.
export const entryNames = sql.part`
  left join lateral (select code from ${asset} as known
    where known.book_id = e.book_id and known.asset = e.asset limit 1) s on true
  left join lateral (select path from ${account} as known
    where known.book_id = e.book_id and known.account = e.debit limit 1) d on true
  left join lateral (select path from ${account} as known
    where known.book_id = e.book_id and known.account = e.credit limit 1) c on true`;

/** Selects `entryColumns` of the journal `e`; goes on with `where`. */
export const selectEntries = sql.part`select ${entryFields} from ${entry} e ${entryNames}`;

export function entryOf(row: EntryRow): Entry {
  const kind = kindOfNumber.get(row.kind);
  assert(kind !== undefined, `entry ${row.seq} has the unknown kind ${row.kind}`);
  return {
    seq: Number(row.seq),
    at: row.at,
    id: row.id,
    kind,
    refused: refusalOfStatus(row.status),
    asset: row.asset ?? undefined,
    debit: row.debit ?? undefined,
    credit: row.credit ?? undefined,
    amount: row.amount ?? undefined,
    requested: row.requested ?? undefined,
    balancing: balancingOf(row),
    pendingSeq: numberOf(row.pendingSeq),
    timeoutMs: numberOf(row.timeoutMs),
    expiresAt: row.expiresAt ?? undefined,
    code: row.code ?? undefined,
    chain: row.chain ?? undefined,
    chainIndex: row.chainIndex ?? undefined,
    chainLength: row.chainLength ?? undefined,
    reference: row.reference ?? undefined,
    metadata: row.metadata ?? undefined,
    effectiveAt: row.effectiveAt ?? undefined,
    by: row.by ?? undefined,
    request: row.request ?? undefined,
    rule: row.rule ?? undefined,
    named: row.named ?? undefined,
    archived: row.archived === true ? true : undefined,
  };
}

function numberOf(value: bigint | null): number | undefined {
  return value === null ? undefined : Number(value);
}

/** Opening and asset entries keep their side and their policy in the same column. */
function balancingOf(row: EntryRow): Entry["balancing"] {
  if (row.kind === entryKinds.open || row.kind === entryKinds.asset) return undefined;
  if (row.balancing === balancingNumbers.debit) return "debit";
  if (row.balancing === balancingNumbers.credit) return "credit";
  return row.balancing === balancingNumbers.both ? "both" : undefined;
}
