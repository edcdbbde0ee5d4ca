/** How fast a file goes into the books, and what that speed counts. */

export interface Rate {
  readonly perSecond: number;
  /** Lines, where invoices were found booked already: then transfers were looked up, not booked. */
  readonly of: "transfers" | "lines";
}

export interface Progress {
  readonly lines: number;
  readonly transfers: number;
  /** Invoices that were booked by an earlier run. */
  readonly invoicesThereBefore: number;
}

/** A speed that promises no more than was done. */
export function rateOf({ lines, transfers, invoicesThereBefore }: Progress, seconds: number): Rate {
  const of = invoicesThereBefore === 0 ? "transfers" : "lines";
  const count = of === "transfers" ? transfers : lines;
  return { perSecond: Math.round(count / Math.max(seconds, 0.001)), of };
}
