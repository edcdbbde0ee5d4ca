/** Which accounts of the book an order moves. Paths and assets in one place; `openShelf` and `openTill` open them. */
import type { Request } from "../ledger/index.ts";

/** Goods that can be sold; takes pending transfers until an order is paid. */
export const STOCK = "shop/stock";
/** Goods that were sold and are still to be delivered. */
export const DUE = "shop/due";
export const DELIVERED = "shop/delivered";
/** Goods that came back and can't be sold again. */
export const RETURNED = "shop/returned";
/** Where goods come from. */
export const SUPPLIER = "shop/supplier";
/** Money that was paid for what is still to be delivered. */
export const UNEARNED = "shop/unearned";
export const REVENUE = "shop/revenue";
/** Money given back beside any goods: an expense. */
export const GOODWILL = "shop/goodwill";
export const CASH = "shop/cash";
/** Coupons and points that were used. */
export const REDEEMED = "shop/redeemed";

/** Where coupons and points come from. */
export const ISSUED = "shop/issued";

/** The asset that counts pieces of a product. */
export function shelfAsset(sku: string): string {
  return `SKU:${sku}/0`;
}

/** Where a buyer's coupons and points are. */
export function tokensPath(buyer: string): string {
  return `user/${buyer}/tokens`;
}

/**
 * What has to be asked of the book before a product can be sold. Refusals of the asset's holds are kept
 * for a window only: a rush for what is sold out writes no row.
 */
export function openShelf(sku: string): Request[] {
  const asset = shelfAsset(sku);
  const open = (path: string) => ({ kind: "open", path, asset, side: "credit" }) as const;
  return [
    { kind: "asset", asset, refusals: "window" },
    { kind: "open", path: SUPPLIER, asset, side: "debit", bound: "none" },
    ...[STOCK, DUE, DELIVERED, RETURNED].map(open),
  ];
}

/** What has to be asked of the book before anything can be paid in that money. */
export function openTill(asset: string): Request[] {
  const open = (path: string) => ({ kind: "open", path, asset, side: "credit" }) as const;
  return [
    { kind: "asset", asset },
    ...[UNEARNED, REVENUE].map(open),
    { kind: "open", path: GOODWILL, asset, side: "debit", bound: "none" },
    { kind: "open", path: CASH, asset, side: "debit", bound: "none" },
  ];
}

/** Where tokens go that are used. */
export function openRedeemed(asset: string): Request[] {
  return [
    { kind: "asset", asset },
    { kind: "open", path: REDEEMED, asset, side: "credit" },
  ];
}

/** What has to be asked of the book before a buyer can be given tokens of that kind. */
export function openTokens(asset: string, buyer: string): Request[] {
  return [
    ...openRedeemed(asset),
    { kind: "open", path: ISSUED, asset, side: "debit", bound: "none" },
    { kind: "open", path: tokensPath(buyer), asset, side: "credit" },
  ];
}

/** Goods that arrive. `id` makes it safe to repeat. */
export function stockShelf(id: string, sku: string, quantity: bigint): Request {
  return { id, asset: shelfAsset(sku), debit: SUPPLIER, credit: STOCK, amount: quantity };
}
