import { formatAmount } from "../base/index.ts";

/** Minor units as people read them: 1,234.50. Thousands marks stand before the point only. */
export function amountText(asset: string, minor: bigint): string {
  const [whole = "", ...rest] = formatAmount(asset, minor).split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}
