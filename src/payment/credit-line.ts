/** Companies that buy on credit: a line for each month, and what was bought on it. */
import { AMOUNT_MAX, backoff, fail, isPath, systemClock } from "../base/index.ts";
import type {
  AccountView,
  Answer,
  Book,
  Context,
  Entry,
  LedgerOptions,
  PageRequest,
  Refused,
} from "../ledger/index.ts";
import { creditPath } from "./means.ts";
import { paymentErrors } from "./payment.errors.ts";

export interface CreditLine {
  readonly company: string;
  /** 2026-11. */
  readonly month: string;
  /** Of the money, such as GBP/2. */
  readonly asset: string;
  /** In minor units: so much may be bought in that month. */
  readonly line: bigint;
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/**
 * Opens a company's credit of a month: an account that may go as far below zero as the line. What is
 * bought takes from it, what the company pays for the month's bill fills it again.
 * Safe to repeat: yes; another line for the same month is answered with the ledger's refusal.
 * Refuses: payment.credit_line_malformed.
 */
export async function openCreditLine(
  book: Book,
  { company, month, asset, line }: CreditLine,
  context?: Context,
): Promise<Answer> {
  const path = pathOf(company, month);
  checkLine(line);
  const opened = { kind: "open", path, asset, side: "credit", bound: line } as const;
  return book.submit(opened, { context });
}

/**
 * Opens a company's credit of a month, or sets its line anew. Safe to repeat: yes; it is as it was asked last.
 * A line below what is owed already is answered with the ledger's refusal.
 * Refuses: payment.credit_line_malformed.
 */
export async function setCreditLine(
  book: Book,
  { company, month, asset, line }: CreditLine,
  options?: LedgerOptions,
): Promise<LineSet> {
  const path = pathOf(company, month);
  checkLine(line);
  for (let attempt = 1; ; attempt++) {
    const account = await book.account(path, asset);
    if (account?.balance.bound === line) return { status: "exists" };
    const answer = await book.submit(
      account === undefined
        ? { kind: "open", path, asset, side: "credit", bound: line }
        : { kind: "bound", id: boundId(account, line), path, asset, bound: line },
      options,
    );
    if (answer.status === "created") return { status: "done" };
    // Somebody else was first: what they made of it is looked at, for some seconds.
    const isOther = answer.status === "exists" || OTHERS_DID.test(answer.code);
    if (answer.status === "refused" && (!isOther || attempt === ATTEMPTS_MAX)) return answer;
    if (attempt === ATTEMPTS_MAX) return { status: "exists" };
    await systemClock.sleep(backoff({ attempt, ...PAUSE_MS }));
  }
}

export type LineSet = { readonly status: "done" | "exists" } | Refused;

/** Named by what it found: two who set the same are one, of two others the later one looks again. */
function boundId({ openedSeq, balance }: AccountView, line: bigint): string {
  return `c/${openedSeq}/${balance.seq}/${line}`;
}

const OTHERS_DID = /^ledger\.(account_exists_with_|id_exists_with_)/;
const ATTEMPTS_MAX = 40;
const PAUSE_MS = { baseMs: 2, maxMs: 100 };

/** How a company's credit of a month stands, in minor units. */
export interface CreditLineNow extends CreditLine {
  /** What is owed; below zero where more was paid than bought. */
  readonly owed: bigint;
  /** What may still be bought. */
  readonly left: bigint;
}

/** Undefined: it was never opened. Refuses: payment.credit_line_malformed. */
export async function creditLineNow(
  book: Book,
  { company, month, asset }: Omit<CreditLine, "line">,
): Promise<CreditLineNow | undefined> {
  const account = await book.account(pathOf(company, month), asset);
  if (account === undefined) return undefined;
  const { bound, creditsPosted, debitsPosted } = account.balance;
  const line = bound === "none" ? AMOUNT_MAX : bound;
  const owed = debitsPosted - creditsPosted;
  return { company, month, asset, line, owed, left: account.available + line };
}

/** How a month stands, and what came to it. */
export interface CreditNow extends CreditLineNow {
  /** Of orders that wait to be paid. */
  readonly held: bigint;
  /** All that was taken from the credit. */
  readonly bought: bigint;
  /** All that was brought to it: paid for the bill, or given back of what was bought. */
  readonly credited: bigint;
}

/** An entry that moved the company's money. */
export interface CreditEntry {
  readonly entry: Entry;
  /** Taken from the credit; else brought to it. */
  readonly isDebit: boolean;
  readonly amount: bigint;
  /** What was owed after it. */
  readonly owed: bigint;
}

export interface CreditStatement {
  readonly now: CreditNow;
  readonly lines: readonly CreditEntry[];
  readonly cursor?: string | undefined;
}

/**
 * What a company bought and paid on its credit of a month, oldest first, and how it stands. What moved nothing is left out:
 * openings, bounds, holds. Undefined: it was never opened. Refuses: payment.credit_line_malformed; what the ledger's
 * statements refuse of a page.
 */
export async function creditStatement(
  book: Book,
  named: Omit<CreditLine, "line">,
  page?: PageRequest,
): Promise<CreditStatement | undefined> {
  const { company, month, asset } = named;
  const path = pathOf(company, month);
  const line = await creditLineNow(book, named);
  if (line === undefined) return undefined;
  const { lines, closing, cursor } = await book.statement({ path, asset, moves: true }, page);
  const { debitsPending: held, debitsPosted: bought, creditsPosted: credited } = closing;
  const moved = lines.flatMap(({ entry, balance }): CreditEntry[] => {
    const { kind, amount = 0n, refused, debit } = entry;
    const isMoving = kind === "transfer" || kind === "post";
    if (!isMoving || amount === 0n || refused !== undefined) return [];
    const owed = balance.debitsPosted - balance.creditsPosted;
    return [{ entry, isDebit: debit === path, amount, owed }];
  });
  const now = { ...line, owed: bought - credited, held, bought, credited };
  return { now, lines: moved, ...(cursor === undefined ? {} : { cursor }) };
}

function pathOf(company: string, month: string): string {
  if (typeof month !== "string" || !MONTH.test(month))
    throw malformed("the month is not like 2026-11");
  const path = creditPath(company, month);
  if (typeof company !== "string" || company.includes("/") || !isPath(path)) {
    throw malformed("the company is no segment of a path");
  }
  return path;
}

function checkLine(line: unknown): void {
  if (typeof line !== "bigint" || line < 0n) throw malformed("the line is not from 0");
}

function malformed(problem: string): Error {
  return fail(paymentErrors, "credit_line_malformed", { problem });
}
