/**
 * Which earlier sale a cancellation reverses. The rule, of which the counts in the guide follow: a
 * line of a cancellation with a negative quantity reverses an earlier line of the file (in the order
 * of its rows) that sold the same code (case matters) to the same customer (all walk-ins are one),
 * with a positive quantity, on an invoice that is a sale. Of several the newest at the same unit
 * price is meant; where none has that price, the newest. Quantities need not match: customers return
 * in one go what they bought in three.
 *
 * An invoice that is left out for a malformed row may be such a sale once its row is mended. Where
 * it would then be the one that is meant, nobody can tell yet what a cancellation reverses: it waits.
 */
import { kindOfInvoice, type Row, type RowParts } from "./invoice.ts";
import { saleKey } from "./survey-file.ts";

/** What a line of a cancellation reverses, or the malformed line on whose mending that depends. */
export type Reversed =
  | { readonly reverses: string | undefined; readonly waitsFor?: undefined }
  | { readonly reverses?: undefined; readonly waitsFor: number };

export interface EarlierSales {
  note(row: Row, id: string): void;
  /** A row that may turn out to be a sale when `waitsFor`, a line of the file, is mended. */
  noteMaybe(parts: RowParts, waitsFor: number): void;
  find(row: Row): Reversed;
}

interface Sale {
  readonly lineNumber: number;
  readonly id: string;
}

interface Maybe {
  readonly lineNumber: number;
  readonly waitsFor: number;
}

/** Stands for a field that can't be read and may be anything. No name and no price has it. */
const ANY = "\t";

/** Remembers sales, but only those that some cancellation of the file asks for. */
export function earlierSales(wanted: ReadonlySet<string>): EarlierSales {
  const newest = new Map<string, Sale>();
  const maybes = new Map<string, Maybe>();
  return {
    note(row, id) {
      const key = saleKey(row);
      if (!wanted.has(key)) return;
      const sale = { lineNumber: row.lineNumber, id };
      newest.set(key, sale);
      newest.set(`${key}\n${row.unitPrice}`, sale);
    },
    noteMaybe(parts, waitsFor) {
      if (isNoSale(parts)) return;
      const { lineNumber, code = ANY, customer = ANY, unitPrice = ANY } = parts;
      const key = saleKey({ code, customer });
      if (code !== ANY && customer !== ANY && !wanted.has(key)) return;
      const maybe = { lineNumber, waitsFor };
      maybes.set(key, maybe);
      maybes.set(`${key}\n${unitPrice}`, maybe);
    },
    find(row) {
      const key = saleKey(row);
      const samePrice = newest.get(`${key}\n${row.unitPrice}`);
      const sale = samePrice ?? newest.get(key);
      const rival =
        newestMaybe(maybes, row, [`\n${row.unitPrice}`, `\n${ANY}`], samePrice) ??
        (samePrice === undefined ? newestMaybe(maybes, row, [""], sale) : undefined);
      return rival === undefined ? { reverses: sale?.id } : { waitsFor: rival.waitsFor };
    },
  };
}

/** What can be read says already that no cancellation will reverse it. */
function isNoSale({ invoice, quantity }: RowParts): boolean {
  if (quantity !== undefined && quantity <= 0n) return true;
  // The total counts for nothing here: it is not known before the row is mended.
  return invoice !== undefined && kindOfInvoice(invoice, 1n) !== "sale";
}

/** The newest of those that may be of this code and customer, if it is newer than a known sale. */
function newestMaybe(
  maybes: ReadonlyMap<string, Maybe>,
  { code, customer }: Row,
  prices: readonly string[],
  than: Sale | undefined,
): Maybe | undefined {
  let found: Maybe | undefined;
  for (const maybeCode of [code, ANY]) {
    for (const maybeCustomer of [customer, ANY]) {
      for (const price of prices) {
        const maybe = maybes.get(saleKey({ code: maybeCode, customer: maybeCustomer }) + price);
        if (maybe === undefined || maybe.lineNumber < (found ?? than ?? maybe).lineNumber) continue;
        found = maybe;
      }
    }
  }
  return found;
}
