/**
 * Which earlier sale a cancellation reverses. The rule, of which the counts in the guide follow: a
 * line of a cancellation with a negative quantity reverses an earlier line of the file (in the order
 * of its rows) that sold the same code (case matters) to the same customer (all walk-ins are one),
 * with a positive quantity, on an invoice that is a sale. Of several the newest at the same unit
 * price is meant; where none has that price, the newest. Quantities need not match: customers return
 * in one go what they bought in three.
 */
import type { Row } from "./invoice.ts";
import { saleKey } from "./survey-file.ts";

export interface EarlierSales {
  note(row: Row, id: string): void;
  find(row: Row): string | undefined;
}

/** Remembers sales, but only those that some cancellation of the file asks for. */
export function earlierSales(wanted: ReadonlySet<string>): EarlierSales {
  const newest = new Map<string, string>();
  const atPrice = (row: Row) => `${saleKey(row)}\n${row.unitPrice}`;
  return {
    note: (row, id) => {
      const key = saleKey(row);
      if (!wanted.has(key)) return;
      newest.set(key, id);
      newest.set(atPrice(row), id);
    },
    find: (row) => newest.get(atPrice(row)) ?? newest.get(saleKey(row)),
  };
}
