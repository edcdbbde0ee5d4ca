/**
 * Whether a remembered refusal was right, as far as the books prove it: nothing is said of what the
 * rest of a refused chain would have changed, since that was never written. What a refusal said was
 * missing is looked up later, for many of them at once.
 */
import { AMOUNT_MAX } from "../base/index.ts";
import { available } from "./account.ts";
import { refusalOfStatus } from "./entry.ts";
import { isRemembered } from "./refusal.ts";
import type { FoldedAccount } from "./verify-accounts.ts";
import type { Scene } from "./verify-entry.ts";
import type { JournalRow } from "./verify-journal.ts";

/** Something that a refusal said was not there. `what`: 1 an asset, 2 an account, 3 a hold. */
export interface SaidMissing {
  readonly row: JournalRow;
  readonly what: 1 | 2 | 3;
  readonly name: string;
  readonly asset: number;
}

/** Why the refusal was wrong; undefined where it was right or can't be judged here. */
export function wrongRefusal(row: JournalRow, scene: Scene): string | undefined {
  const code = refusalOfStatus(row.status);
  if (code === undefined) return `it has the unknown status ${row.status}`;
  if (!isRemembered(code)) return `${code} is never remembered`;
  // Earlier members of its chain had moved balances that were then taken back.
  if ((row.chainIndex ?? 1) > 1) return undefined;
  const { debit, credit } = scene;
  if (debit?.doubt !== undefined || credit?.doubt !== undefined) return undefined;
  switch (code) {
    case "ledger.debit_account_closed":
      return closedProblem(debit, "debit");
    case "ledger.credit_account_closed":
      return closedProblem(credit, "credit");
    case "ledger.account_closed":
      return closedProblem(debit, "named");
    case "ledger.account_not_closed":
      return debit?.running.closed === true ? "its account was closed" : undefined;
    case "ledger.bound_below_balance":
      return boundProblem(row, debit);
    case "ledger.debit_account_exceeds_bound":
      return exceedsProblem(row, debit);
    case "ledger.credit_account_exceeds_bound":
      return exceedsProblem(row, credit);
    default:
      return code.startsWith("ledger.overflows_") ? overflowProblem(row, debit, credit) : undefined;
  }
}

function closedProblem(account: FoldedAccount | undefined, which: string): string | undefined {
  return account?.running.closed === true ? undefined : `its ${which} account was not closed`;
}

/** A chain may open an account for its first member; refused, it takes the opening back with it. */
function unnamed(row: JournalRow): string | undefined {
  return row.chainIndex === 1 ? undefined : "it named no account";
}

function boundProblem(row: JournalRow, account: FoldedAccount | undefined): string | undefined {
  if (account === undefined) return unnamed(row);
  if (row.amount === undefined) return "it named no bound";
  const fits = available(account.side, account.running) >= -row.amount;
  return fits ? "the new bound would have held" : undefined;
}

function exceedsProblem(row: JournalRow, account: FoldedAccount | undefined): string | undefined {
  if (account === undefined) return unnamed(row);
  if (row.amount === undefined) return "it named no amount";
  if (row.balancing !== undefined) return undefined;
  const { bound } = account.running;
  const left = available(account.side, account.running) - row.amount;
  return bound === "none" || left >= -bound ? "there was enough" : undefined;
}

function overflowProblem(
  row: JournalRow,
  debit: FoldedAccount | undefined,
  credit: FoldedAccount | undefined,
): string | undefined {
  if (debit === undefined || credit === undefined) return unnamed(row);
  if (row.amount === undefined) return "it named no amount";
  const { debitsPending, debitsPosted } = debit.running;
  const { creditsPending, creditsPosted } = credit.running;
  const most = greatest(debitsPending + debitsPosted, creditsPending + creditsPosted);
  return most + row.amount > AMOUNT_MAX ? undefined : "nothing would have overflowed";
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** What a refusal said was missing, where it says so by name. */
export function saidMissing(row: JournalRow): SaidMissing | undefined {
  const names = namesOf(row.named());
  const asset = row.asset ?? 0;
  switch (refusalOfStatus(row.status)) {
    case "ledger.asset_missing":
      return missing(row, 1, names["asset"], asset);
    case "ledger.debit_account_missing":
      return missing(row, 2, names["debit"], asset);
    case "ledger.credit_account_missing":
      return missing(row, 2, names["credit"], asset);
    case "ledger.account_missing":
      return missing(row, 2, names["path"], asset);
    case "ledger.pending_missing":
      return missing(row, 3, names["pendingId"], asset);
    default:
      return undefined;
  }
}

function missing(
  row: JournalRow,
  what: SaidMissing["what"],
  name: unknown,
  asset: number,
): SaidMissing | undefined {
  return typeof name === "string" ? { row, what, name, asset } : undefined;
}

function namesOf(named: string | undefined): Readonly<Record<string, unknown>> {
  if (named === undefined) return {};
  try {
    const read: unknown = JSON.parse(named);
    return typeof read === "object" && read !== null ? { ...read } : {};
  } catch {
    // Somebody wrote it by hand; the hash says so.
    return {};
  }
}
