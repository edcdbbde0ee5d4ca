/** What the auditor has at hand, and how it says what it found. */
import type { Balance, Request } from "../../src/ledger/index.ts";
import type { Variants } from "./audit-rows.ts";
import type { Row } from "./journal.ts";
import type { Attempt } from "./log-book.ts";
import type { Model } from "./model.ts";
import type { ModelAccount, Sums } from "./model-state.ts";

export interface AuditFinding {
  readonly message: string;
  readonly seq?: number | undefined;
  readonly id?: string | undefined;
}

export interface Audit {
  readonly model: Model;
  readonly rows: Row[];
  readonly variants: Variants;
  readonly attempts: readonly Attempt[];
  readonly findings: AuditFinding[];
}

export function compareSums(
  it: Audit,
  { path, asset }: ModelAccount,
  seq: number,
  actual: Sums | Balance,
  expected: Sums | undefined,
): void {
  const text = sumsText(actual);
  const wanted = expected === undefined ? "not there" : sumsText(expected);
  if (text === wanted) return;
  it.findings.push({ message: `${path} of ${asset} is ${text}, in the model ${wanted}`, seq });
}

function sumsText(sums: Sums): string {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted, bound, closed } = sums;
  const numbers = [debitsPending, debitsPosted, creditsPending, creditsPosted].join(" ");
  return `${numbers} bound ${bound}${closed ? " closed" : ""}`;
}

export function note(it: Audit, row: Row, message: string): void {
  it.findings.push({ message: `entry ${row.seq} ${message}`, seq: Number(row.seq), id: row.id });
}

/** What was sent to make the hold that a row resolves. */
export function holdOf(it: Audit, row: Row): Request | undefined {
  return row.pending_id === null ? undefined : it.model.state.byId.get(row.pending_id)?.request;
}
