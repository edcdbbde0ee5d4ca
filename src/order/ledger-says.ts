/** What a refusal of the ledger means for an order. */
import { fail } from "../base/index.ts";
import type { Book, RefusalCode, Refused, Request } from "../ledger/index.ts";
import type { Refused as OrderRefused } from "./order.ts";
import { orderErrors } from "./order.errors.ts";
import { refuse } from "./refusal.ts";

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
 * What is to be said where the key was refused before and the refusal is remembered. Another body under it is a conflict.
 * A refusal of which the reason is gone is told as such: said again as it was, it would tell a buyer that 3 are wanted
 * and 100 are left. Undefined: what was missing then is missing now.
 */
export async function refusedBefore(
  book: Pick<Book, "account" | "find">,
  { original }: Refused,
  request: Request | undefined,
  key: string,
): Promise<OrderRefused | undefined> {
  if (original === undefined || request === undefined || !("debit" in request)) return undefined;
  const { id, debit, asset, amount } = request;
  if (debit === undefined || asset === undefined || amount === undefined) return undefined;
  const first = id === undefined ? undefined : await book.find(id);
  const asked = first && { ...first, amount: first.requested ?? first.amount };
  const said = { debit, asset, amount, reference: request.reference };
  if (asked !== undefined && isOther(asked, said)) return refuse("order.key_conflict", { key });
  const account = await book.account(debit, asset);
  const isThere = account !== undefined && !account.balance.closed && account.available >= amount;
  return isThere ? refuse("order.key_refused", { key }) : undefined;
}

/** An account that was not there is not named by the row that refuses it. */
function isOther(
  first: { [Name in keyof Movement]?: Movement[Name] | undefined },
  said: Movement,
): boolean {
  const names = ["debit", "asset", "amount", "reference"] as const;
  return names.some((name) => first[name] !== undefined && first[name] !== said[name]);
}

interface Movement {
  readonly debit: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly reference: string | undefined;
}

interface Naming {
  readonly key: string;
  readonly short: "order.fulfil_short" | "order.refund_short";
}

/**
 * What a person can mend of a delivery or a refund: what was taken elsewhere, an account that takes nothing. A refusal
 * that is remembered is told as it is now; where its reason is gone another key does it. Undefined: neither.
 */
export async function mendable(
  book: Pick<Book, "account">,
  { code, original, index }: Refused & { readonly index: number },
  requests: readonly Request[],
  { key, short }: Naming,
): Promise<OrderRefused | undefined> {
  const request = requests[index];
  if (request === undefined || !("debit" in request)) return undefined;
  const why = original ?? code;
  const side = why.startsWith("ledger.debit_") ? "debit" : "credit";
  const { asset, [side]: account } = request;
  const first = MENDABLE[why.replace(/^ledger\.(debit|credit)_/, "")];
  if (first === undefined || account === undefined || asset === undefined) return undefined;
  const now =
    original === undefined ? first : await inTheWay(book, requests, { side, account, asset });
  if (now === "nothing") return refuse("order.key_refused", { key });
  return refuse(now === "short" ? short : "order.account_closed", { account });
}

const MENDABLE: Readonly<Record<string, "short" | "closed" | undefined>> = {
  account_exceeds_bound: "short",
  account_closed: "closed",
  account_missing: "closed",
};

interface SideOf {
  readonly side: "debit" | "credit";
  readonly account: string;
  readonly asset: string;
}

/** What keeps the account from all that the requests ask of it. */
async function inTheWay(
  book: Pick<Book, "account">,
  requests: readonly Request[],
  { side, account: path, asset }: SideOf,
): Promise<"short" | "closed" | "nothing"> {
  const account = await book.account(path, asset);
  if (account === undefined || account.balance.closed) return "closed";
  const { bound } = account.balance;
  if (bound === "none" || account.side === side) return "nothing";
  const asked = requests.reduce((sum, request) => {
    const isOfIt = "debit" in request && request[side] === path && request.asset === asset;
    return isOfIt ? sum + (request.amount ?? 0n) : sum;
  }, 0n);
  return account.available + bound >= asked ? "nothing" : "short";
}

/** A purse with too little in it, or none that is open. `keyOf`: what the burnt key is of. */
export function noFunds(
  reason: "short" | "closed",
  account: string,
  keyOf: "payment" | "order",
): OrderRefused {
  return refuse(reason === "short" ? "order.funds_short" : "order.purse_missing", {
    account,
    keyOf,
  });
}

/** A shop whose accounts are not open, or a bug: nobody's everyday refusal. */
export function unexpected({ code, original }: Refused, request: Request | undefined): Error {
  const id = request === undefined ? "it" : nameOf(request);
  return fail(orderErrors, "books_refused", { id, code: original ?? code });
}

/** What is opened has no id, but a path and an asset. */
function nameOf(request: Request): string {
  if (request.id !== undefined) return request.id;
  const path = "path" in request ? request.path : "the asset";
  return "asset" in request ? `${path} of ${request.asset}` : path;
}
