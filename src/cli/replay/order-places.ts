/** Which line of which order a line of an invoice becomes: an order has one buyer, and so many lines at most. */
import { LINES_MAX } from "../../catalog/index.ts";
import type { OrderPlace } from "./invoice.ts";
import { orderKey } from "./names.ts";

/** Gives out places line by line, in the order of the file. Mostly an invoice is one order. */
export function orderPlaces(
  invoice: string,
  linesMax: number = LINES_MAX,
): { next(customer: string): OrderPlace } {
  const newest = new Map<string, { readonly order: string; lines: number }>();
  let orders = 0;
  return {
    next(customer) {
      let begun = newest.get(customer);
      if (begun === undefined || begun.lines === linesMax) {
        orders += 1;
        begun = { order: orderKey(invoice, orders), lines: 0 };
        newest.set(customer, begun);
      }
      const line = begun.lines;
      begun.lines += 1;
      return { order: begun.order, line };
    },
  };
}
