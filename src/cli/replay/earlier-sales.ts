/**
 * Which earlier sale a line of a cancellation reverses: one of the same code to the same customer, with
 * more than nothing sold, that stands earlier in the file. Of several the newest at the same unit
 * price is meant; where none has that price, the newest. Quantities need not match: customers return
 * in one go what they bought in three, and more than they bought; so its units are taken from that sale, then
 * from the next like it, then from those at other prices, as far as there are units that nobody has brought back.
 *
 * An invoice that is left out for a malformed row may be such a sale once its row is mended, or may bring back
 * the same units. Where that would change what is meant, nobody can tell yet what a cancellation reverses: it waits.
 */
import { kindOfInvoice, type OrderPlace, type Row, type RowParts, type Taken } from "./invoice.ts";
import { saleKey } from "./survey-file.ts";

/** What a line of a cancellation reverses, or the malformed line on whose mending that depends. */
export type Reversed =
  | {
      readonly reverses: string | undefined;
      readonly taken: readonly Taken[];
      readonly waitsFor?: undefined;
    }
  | { readonly reverses?: undefined; readonly taken?: undefined; readonly waitsFor: number };

export interface EarlierSales {
  /** A sale, known as `id`; undefined place: it is no line of an order, and nothing is taken from it. */
  note(row: Row, id: string, place: OrderPlace | undefined): void;
  /** A row that may turn out to be a sale, or a return, when `waitsFor`, a line of the file, is mended. */
  noteMaybe(parts: RowParts, waitsFor: number): void;
  find(row: Row): Reversed;
}

interface Sale {
  readonly lineNumber: number;
  readonly id: string;
  readonly unitPrice: string;
  readonly place: OrderPlace | undefined;
  /** Units that nobody has brought back, and what was paid for them. */
  left: { readonly quantity: bigint; readonly amountMinor: bigint };
}

interface Maybe {
  readonly lineNumber: number;
  readonly waitsFor: number;
}

/** Stands for a field that can't be read and may be anything. No name and no price has it. */
const ANY = "\t";

/** Of one code and customer so many sales are remembered to take units from, the newest. */
export const OPEN_SALES_MAX = 64;

/** Remembers sales, but only those that some cancellation of the file asks for. */
export function earlierSales(wanted: ReadonlySet<string>): EarlierSales {
  const newest = new Map<string, Sale>();
  const open = new Map<string, Sale[]>();
  const maybes = new Map<string, Maybe>();
  const maybeReturns = new Map<string, Maybe>();
  return {
    note(row, id, place) {
      const key = saleKey(row);
      if (!wanted.has(key)) return;
      const { lineNumber, unitPrice, quantity, amountMinor } = row;
      const sale = { lineNumber, id, unitPrice, place, left: { quantity, amountMinor } };
      newest.set(key, sale);
      newest.set(`${key}\n${unitPrice}`, sale);
      if (place !== undefined) remember(open, key, sale);
    },
    noteMaybe(parts, waitsFor) {
      const { lineNumber, code = ANY, customer = ANY, unitPrice = ANY } = parts;
      const key = saleKey({ code, customer });
      if (code !== ANY && customer !== ANY && !wanted.has(key)) return;
      const maybe = { lineNumber, waitsFor };
      if (isMaybeReturn(parts) && !maybeReturns.has(key)) maybeReturns.set(key, maybe);
      if (isNoSale(parts)) return;
      maybes.set(key, maybe);
      maybes.set(`${key}\n${unitPrice}`, maybe);
    },
    find(row) {
      const key = saleKey(row);
      const samePrice = newest.get(`${key}\n${row.unitPrice}`);
      const sale = samePrice ?? newest.get(key);
      const rival =
        newestMaybe(maybeReturns, row, [""], undefined) ??
        newestMaybe(maybes, row, [`\n${row.unitPrice}`, `\n${ANY}`], samePrice) ??
        (samePrice === undefined ? newestMaybe(maybes, row, [""], sale) : undefined);
      if (rival !== undefined) return { waitsFor: rival.waitsFor };
      const taken = unitsOf(open.get(key) ?? [], row);
      // Units of one sale, and all of them: then it matters not which others there may be.
      const isWhole = taken.length === 1 && taken[0]?.units === -row.quantity;
      const other = isWhole ? undefined : newestMaybe(maybes, row, [""], undefined);
      if (other !== undefined) return { waitsFor: other.waitsFor };
      return { reverses: sale?.id, taken: taken.flatMap(takeFrom) };
    },
  };
}

function remember(open: Map<string, Sale[]>, key: string, sale: Sale): void {
  const sales = open.get(key);
  if (sales === undefined) open.set(key, [sale]);
  else {
    sales.push(sale);
    if (sales.length > OPEN_SALES_MAX) sales.shift();
  }
}

/** From which sales the units of a line come back. */
function unitsOf(sales: readonly Sale[], { quantity, unitPrice, amountMinor }: Row) {
  const from: { readonly sale: Sale; readonly units: bigint }[] = [];
  // A return at a price below zero gives nobody money back.
  let wanted = amountMinor > 0n ? 0n : -quantity;
  for (const samePrice of [true, false]) {
    for (const sale of sales.toReversed()) {
      if ((sale.unitPrice === unitPrice) !== samePrice) continue;
      const units = sale.left.quantity < wanted ? sale.left.quantity : wanted;
      if (units === 0n) continue;
      from.push({ sale, units });
      wanted -= units;
    }
  }
  return from;
}

/** As an order shares out the price of a line: rounded down, and all that is left to the last unit. */
function takeFrom({ sale, units }: { readonly sale: Sale; readonly units: bigint }): Taken[] {
  const { place, left } = sale;
  if (place === undefined) return [];
  const amountMinor = (left.amountMinor * units) / left.quantity;
  sale.left = { quantity: left.quantity - units, amountMinor: left.amountMinor - amountMinor };
  return [{ ...place, quantity: units, amountMinor }];
}

/** What can be read says already that no cancellation will reverse it. */
function isNoSale({ invoice, quantity }: RowParts): boolean {
  if (quantity !== undefined && quantity <= 0n) return true;
  // The total counts for nothing here: it is not known before the row is mended.
  return invoice !== undefined && kindOfInvoice(invoice, 1n) !== "sale";
}

/** It may bring units back that a cancellation below would take else. */
function isMaybeReturn({ invoice, quantity }: RowParts): boolean {
  if (quantity !== undefined && quantity >= 0n) return false;
  return invoice === undefined || kindOfInvoice(invoice, 1n) === "cancellation";
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
