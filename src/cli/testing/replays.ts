/** For tests: a replay that went well, to be changed where a test wants it otherwise. */
import type { Replay } from "../replay/report.ts";

export function replayOf(change: Partial<Replay> = {}): Replay {
  const totals = { grossMinor: 82374614n, refundsMinor: 7478912n, netMinor: 74895702n };
  return {
    file: undefined,
    faults: { count: 0, first: [] },
    spoiltInvoices: 0,
    booking: {
      lines: 42_481,
      invoices: { sale: 1_559, cancellation: 326, adjustment: 0, stock: 140 },
      lineKinds: {
        sale: 41_613,
        return: 335,
        return_before_sample: 393,
        stock_entry: 140,
        adjustment: 0,
      },
      orders: {
        ...{ placed: 1_559, paid: 1_559, refunded: 167, unended: 0 },
        states: { fulfilled: 1_559 },
      },
      transfers: 128_174,
      invoicesThereBefore: 0,
      refused: { count: 0, first: [] },
      waiting: { count: 0, first: [] },
      leftOut: { invoices: 0, lines: 0, grossMinor: 0n, refundsMinor: 0n },
      answered: totals,
    },
    fromFile: { lines: 42_481, invoices: 2_025, ...totals },
    booked: { ...totals, othersThere: false },
    cashMinor: 21_795_702n,
    owedMinor: 53_100_000n,
    adjustedMinor: 0n,
    verify: {
      verified: true,
      book: "retail",
      head: { seq: 140_723, at: Date.UTC(2026, 0, 1), hash: "ab".repeat(32) },
      entries: 140_723,
      batches: 19,
      accounts: 9_000,
      findings: [],
      findingsCount: 0,
      seconds: 1,
    },
    rush: { buyers: 1_000, boxes: 100, sold: 100, refused: 900, unexplained: 0, seconds: 1.25 },
    verifiedRush: {
      ...{ verified: true, book: "lunch", entries: 5_000, batches: 9, accounts: 510, seconds: 0.1 },
      head: { seq: 5_000, at: Date.UTC(2026, 0, 1), hash: "cd".repeat(32) },
      ...{ findings: [], findingsCount: 0 },
    },
    bookingSeconds: 3,
    seconds: 6.125,
    ...change,
  };
}
