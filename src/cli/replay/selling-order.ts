/** Whole invoices in an order in which they can be sold: what takes from a sale comes behind it. */
import type { Invoice } from "./invoice.ts";

export interface SellingOrder {
  /** A line of this order was read; more of its invoice may come. */
  begun(order: string): void;
  /** An invoice has all its lines. Answers what can be sold now: it, and what waited for it. */
  whole(invoice: Invoice): readonly Invoice[];
  /** Lines of invoices that wait for others. */
  readonly waitingLines: number;
}

/** A file whose invoices are not interleaved holds nothing back. */
export function sellingOrder(): SellingOrder {
  const unfinished = new Set<string>();
  let held: readonly Invoice[] = [];
  let waitingLines = 0;
  const waits = ({ lines }: Invoice) =>
    lines.some(({ taken = [] }) => taken.some(({ order }) => unfinished.has(order)));
  return {
    begun: (order) => unfinished.add(order),
    whole(invoice) {
      for (const { sold } of invoice.lines) if (sold !== undefined) unfinished.delete(sold.order);
      const all = [invoice, ...held];
      held = all.filter(waits);
      waitingLines = held.reduce((sum, { lines }) => sum + lines.length, 0);
      return held.length === 0 ? all : all.filter((one) => !waits(one));
    },
    get waitingLines() {
      return waitingLines;
    },
  };
}
