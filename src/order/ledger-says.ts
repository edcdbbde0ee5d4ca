/** What a refusal of the ledger means for an order. */
import { fail } from "../base/index.ts";
import type { Book, RefusalCode, Refused, Request } from "../ledger/index.ts";
import { orderErrors } from "./order.errors.ts";

/** An id of the chain stands for something else already. */
export function isTaken(code: RefusalCode): boolean {
  return code.startsWith("ledger.id_exists_with_different_");
}

/** `short`: there is not enough; `closed`: there is no such account, or it takes nothing. */
export function reasonOf({ code, original }: Refused): "short" | "closed" | "other" {
  switch (original ?? code) {
    case "ledger.debit_account_exceeds_bound":
      return "short";
    case "ledger.asset_missing":
    case "ledger.asset_malformed":
    case "ledger.debit_account_missing":
    case "ledger.debit_account_closed":
    case "ledger.debit_path_malformed":
      return "closed";
    default:
      return "other";
  }
}

/**
 * Whether it was refused at first, and would pass now: a remembered refusal of which the reason is gone. Said again as
 * it was, it would tell a buyer that 3 are wanted and 100 are left.
 */
export async function isOutlived(
  book: Pick<Book, "account">,
  { original }: Refused,
  request: Request | undefined,
): Promise<boolean> {
  if (original === undefined || request === undefined || !("debit" in request)) return false;
  const { debit, asset, amount } = request;
  if (debit === undefined || asset === undefined || amount === undefined) return false;
  const account = await book.account(debit, asset);
  return account !== undefined && account.available >= amount;
}

/** A shop whose accounts are not open, or a bug: nobody's everyday refusal. */
export function unexpected({ code, original }: Refused, request: Request | undefined): Error {
  const id = request?.id ?? "";
  return fail(orderErrors, "books_refused", { id, code: original ?? code });
}
