/** Companies that buy on credit: a line for each month, and what was bought on it. */
import { fail, isPath } from "../base/index.ts";
import type { Answer, Book, Context, PageRequest, Statement } from "../ledger/index.ts";
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
  if (typeof line !== "bigint" || line < 0n) throw malformed("the line is not from 0");
  const opened = { kind: "open", path, asset, side: "credit", bound: line } as const;
  return book.submit(opened, { context });
}

/**
 * What a company bought and paid on its credit of a month, each entry with the balance after it.
 * Refuses: payment.credit_line_malformed; what the ledger's statements refuse.
 */
export async function creditStatement(
  book: Book,
  { company, month, asset }: Omit<CreditLine, "line">,
  page?: PageRequest,
): Promise<Statement> {
  return book.statement({ path: pathOf(company, month), asset }, page);
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

function malformed(problem: string): Error {
  return fail(paymentErrors, "credit_line_malformed", { problem });
}
