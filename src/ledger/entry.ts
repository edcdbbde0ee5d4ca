/** The numbers that stand in ledger_entry for kinds, statuses, sides and balancing. Never reused. */
import { refusalCodes, type RefusalCode } from "./refusal.ts";

export const entryKinds = {
  transfer: 1,
  pending: 2,
  post: 3,
  void: 4,
  expire: 5,
  open: 6,
  bound: 7,
  close: 8,
  reopen: 9,
  asset: 10,
} as const;
export type EntryKind = keyof typeof entryKinds;

export const kindOfNumber: ReadonlyMap<number, EntryKind> = new Map(
  Object.entries(entryKinds).map(([kind, number]) => [number, kind as EntryKind]),
);

export const sideNumbers = { debit: 1, credit: 2 } as const;
export const balancingNumbers = { debit: 1, credit: 2, both: 3 } as const;

export const STATUS_CREATED = 0;

const codeOfNumber: ReadonlyMap<number, RefusalCode> = new Map(
  Object.entries(refusalCodes).map(([code, row]) => [row.number, code as RefusalCode]),
);

/** The refusal behind a stored status number; undefined for a created entry. */
export function refusalOfStatus(status: number): RefusalCode | undefined {
  return status === STATUS_CREATED ? undefined : codeOfNumber.get(status);
}
