/** Wallets: what buyers have with the shop, filled from its cash. */
import { fail, isPath } from "../base/index.ts";
import type { Answer, Book, LedgerOptions } from "../ledger/index.ts";
import { CASH_PATH, walletPath } from "./means.ts";
import { paymentErrors } from "./payment.errors.ts";

export interface Wallet {
  readonly buyer: string;
  /** Of the money, such as GBP/2. */
  readonly asset: string;
}

export interface FillWallet extends Wallet {
  /** The key of this filling, unique in the book. */
  readonly id: string;
  /** In minor units. */
  readonly amount: bigint;
}

/**
 * Opens a buyer's wallet in that money: an account that never goes below zero. Safe to repeat: yes.
 * Refuses: payment.wallet_malformed.
 */
export function openWallet(book: Book, wallet: Wallet, options?: LedgerOptions): Promise<Answer> {
  const { asset } = wallet;
  const opened = { kind: "open", path: pathOf(wallet), asset, side: "credit" } as const;
  return book.submit(opened, options);
}

/**
 * Puts cash that the shop was given into a buyer's wallet. Safe to repeat: yes, by `id`.
 * Refuses: payment.wallet_malformed.
 */
export function fillWallet(
  book: Book,
  { id, amount, ...wallet }: FillWallet,
  options?: LedgerOptions,
): Promise<Answer> {
  if (typeof id !== "string" || !KEY.test(id))
    throw malformed("the key is not 1 to 40 letters, digits and . _ : @ + -");
  if (typeof amount !== "bigint" || amount <= 0n) throw malformed("the amount is not above 0");
  const filled = {
    id: `w/${id}`,
    asset: wallet.asset,
    debit: CASH_PATH,
    credit: pathOf(wallet),
    amount,
  };
  return book.submit(filled, options);
}

const KEY = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,39}$/;

function pathOf({ buyer }: Wallet): string {
  const path = typeof buyer === "string" ? walletPath(buyer) : "";
  if (!isPath(path) || buyer.includes("/")) throw malformed("the buyer is no segment of a path");
  return path;
}

function malformed(problem: string): Error {
  return fail(paymentErrors, "wallet_malformed", { problem });
}
