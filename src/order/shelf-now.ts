/** How many pieces of a product there are, and where. */
import { isAssetCode } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import { DELIVERED, DUE, shelfAsset, STOCK } from "./accounts.ts";

export interface ShelfNow {
  /** Can be sold. */
  readonly left: bigint;
  /** Of orders that wait to be paid. */
  readonly held: bigint;
  /** Sold, and still to be delivered. */
  readonly due: bigint;
  readonly delivered: bigint;
}

/** Undefined: it was never sold here. */
export async function shelfNow(book: Book, sku: string): Promise<ShelfNow | undefined> {
  const asset = shelfAsset(sku);
  if (!isAssetCode(asset)) return undefined;
  const [stock, due, delivered] = await Promise.all(
    [STOCK, DUE, DELIVERED].map((path) => book.account(path, asset)),
  );
  if (stock === undefined) return undefined;
  return {
    left: stock.available,
    held: stock.balance.debitsPending,
    due: due?.available ?? 0n,
    delivered: delivered?.available ?? 0n,
  };
}
