/**
 * The versions that one batch made of its accounts, against the fold of its entries; and which entry
 * to name when they differ.
 */
import { entryKinds, STATUS_CREATED } from "./entry.ts";
import type { Running } from "./fold.ts";
import { agrees, type FoldedAccount, type Version } from "./verify-accounts.ts";
import type { Findings } from "./verify-finding.ts";
import type { JournalRow, Link } from "./verify-journal.ts";

/** An account that a batch has touched: by its entries from `first` to `last`. */
export interface Touch {
  readonly account: FoldedAccount;
  readonly first: number;
  last: number;
}

interface Mismatch {
  readonly key: number;
  readonly seq: number;
  readonly why: string;
  /** Stored less folded, of each amount. */
  readonly differences: readonly bigint[];
}

/**
 * Compares, and returns how many rows of ledger_balance it has seen. `versions` loses what belongs to
 * this batch; what is left at the end belongs to none.
 */
export function checkVersions(
  { prevSeq, lastSeq }: Link,
  rows: readonly JournalRow[],
  touched: ReadonlyMap<number, Touch>,
  versions: Map<number, Version[]>,
  findings: Findings,
): number {
  const mismatches: Mismatch[] = [];
  let seen = 0;
  for (const [key, touch] of touched) {
    const made = take(versions, key, (version) => version.seq > prevSeq && version.seq <= lastSeq);
    seen += made.length;
    const version = made.find((each) => each.seq === touch.last);
    for (const each of made) if (each !== version) mismatches.push(extra(each));
    if (version === undefined) mismatches.push(absent(key, touch));
    else mismatches.push(...compare(key, touch, version));
  }
  report(rows, mismatches, findings);
  return seen;
}

/** Takes out of the lists what no entry has made. */
export function extraVersions(versions: Map<number, Version[]>, findings: Findings): number {
  let seen = 0;
  for (const list of versions.values()) {
    for (const version of list) {
      seen += 1;
      findings.add(found(extra(version), undefined));
    }
  }
  return seen;
}

function take(
  versions: Map<number, Version[]>,
  key: number,
  belongs: (version: Version) => boolean,
): Version[] {
  const list = versions.get(key);
  if (list === undefined) return [];
  const taken = list.filter(belongs);
  const left = list.length === taken.length ? [] : list.filter((each) => !belongs(each));
  if (left.length === 0) versions.delete(key);
  else versions.set(key, left);
  return taken;
}

function extra(version: Version): Mismatch {
  const why = "a balance that no entry has made";
  return { key: version.account, seq: version.seq, why, differences: [] };
}

function absent(key: number, touch: Touch): Mismatch {
  return { key, seq: touch.last, why: "its balance is not there", differences: [] };
}

function compare(key: number, touch: Touch, version: Version): Mismatch[] {
  const folded = { ...touch.account.running };
  if (!agrees(touch.account, version)) {
    const differences = differencesOf(version, folded);
    return [{ key, seq: version.seq, why: describe(version, folded), differences }];
  }
  if (version.firstSeq === touch.first) return [];
  const why = `its balance is said to begin at ${version.firstSeq}, not ${touch.first}`;
  return [{ key, seq: version.seq, why, differences: [] }];
}

function differencesOf(stored: Running, folded: Running): bigint[] {
  return [
    stored.debitsPending - folded.debitsPending,
    stored.debitsPosted - folded.debitsPosted,
    stored.creditsPending - folded.creditsPending,
    stored.creditsPosted - folded.creditsPosted,
  ].filter((difference) => difference !== 0n);
}

const COMPARED = [
  ["debitsPending", "debits pending"],
  ["debitsPosted", "debits posted"],
  ["creditsPending", "credits pending"],
  ["creditsPosted", "credits posted"],
  ["bound", "bound"],
  ["closed", "closed"],
] as const;

function describe(stored: Running, folded: Running): string {
  const parts = COMPARED.filter(([field]) => stored[field] !== folded[field]).map(
    ([field, words]) => `${words} ${stored[field]} instead of ${folded[field]}`,
  );
  return `its balance has ${parts.join(", ")}`;
}

function report(
  rows: readonly JournalRow[],
  mismatches: readonly Mismatch[],
  findings: Findings,
): void {
  if (mismatches.length === 0) return;
  const culprit = culpritOf(rows, mismatches);
  for (const mismatch of mismatches) {
    findings.add(found(mismatch, culprit ?? rows.find((row) => row.seq === mismatch.seq)));
  }
}

function found(mismatch: Mismatch, row: JournalRow | undefined) {
  return {
    invariant: "I2" as const,
    message: `account ${mismatch.key} at ${mismatch.seq}: ${mismatch.why}`,
    seq: row?.seq ?? mismatch.seq,
    id: row?.id(),
    account: `${mismatch.key}`,
  };
}

/**
 * A wrong entry puts both its accounts wrong: if just one entry of the batch explains every account
 * that is wrong, it is named. A single wrong account is a wrong balance, named by its own entry.
 */
function culpritOf(
  rows: readonly JournalRow[],
  mismatches: readonly Mismatch[],
): JournalRow | undefined {
  const wrong = new Set(mismatches.map((mismatch) => mismatch.key));
  if (wrong.size < 2) return undefined;
  const movements = rows.filter((row) => row.status === STATUS_CREATED && isMovement(row.kind));
  const explains = movements.filter((row) => isIn(wrong, row.debit) && isIn(wrong, row.credit));
  if (explains.length === 1) return explains[0];
  if (explains.length > 1) return undefined;
  const amounts = new Set(mismatches.flatMap((mismatch) => mismatch.differences.map(magnitude)));
  const partly = movements.filter(
    (row) =>
      (isIn(wrong, row.debit) || isIn(wrong, row.credit)) &&
      amounts.has(magnitude(row.amount ?? 0n)),
  );
  return partly.length === 1 ? partly[0] : undefined;
}

function isMovement(kind: number): boolean {
  return kind !== entryKinds.asset && kind <= entryKinds.expire;
}

function isIn(keys: ReadonlySet<number>, key: number | undefined): boolean {
  return key !== undefined && keys.has(key);
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
