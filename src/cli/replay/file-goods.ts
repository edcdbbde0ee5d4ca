/**
 * What a file of invoices sells: the catalogue that a shop needs to sell it, and the stock that it opens with.
 * Kept is one entry for each code, and the prices it was sold at.
 */
import { kindOfInvoice, type Row } from "./invoice.ts";
import { MONEY, skuOf } from "./names.ts";
import { unstockedCodes } from "./classify.ts";

export interface SurveyedProduct {
  /** What the file calls it; the last line that says so. */
  readonly description: string | undefined;
  /** Pounds: what it is sold at most often; of several the first. Zero where it never costs anything. */
  readonly listPrice: string;
  /** Pieces that leave the shelf, returns not counted: as many have to be there at first. */
  readonly leaving: bigint;
}

/** By code. */
export type SurveyedGoods = ReadonlyMap<string, SurveyedProduct>;

interface Noted {
  description: string | undefined;
  readonly prices: Map<string, number>;
  leaving: bigint;
}

/** Of one code so many prices are counted; a product with more has a list price all the same. */
const PRICES_MAX = 100;

export function fileGoods() {
  const products = new Map<string, Noted>();
  /** What is given for nothing is sold or found: that depends on the rest of its invoice. */
  const free: { readonly invoice: string; readonly code: string; readonly quantity: bigint }[] = [];
  return {
    note({ invoice, code, quantity, unitPrice, description }: Row): void {
      const noted = notedOf(products, code);
      if (description !== undefined && description !== noted.description) {
        noted.description = ownText(description);
      }
      const kind = kindOfInvoice(invoice, 1n);
      if (kind === "adjustment") return;
      if (quantity > 0n) {
        if (/[1-9]/.test(unitPrice)) noted.leaving += quantity;
        else free.push({ invoice, code, quantity });
        countPrice(noted.prices, unitPrice);
      } else if (kind !== "cancellation") noted.leaving -= quantity;
    },
    done(isStock: (invoice: string) => boolean): SurveyedGoods {
      for (const { invoice, code, quantity } of free) {
        if (!isStock(invoice)) notedOf(products, code).leaving += quantity;
      }
      return new Map(Array.from(products, ([code, noted]) => [code, productOf(noted)]));
    },
  };
}

/** A copy. A part of a text keeps all of it in memory, and a row is part of a piece of the file. */
const ownText = (text: string): string => Buffer.from(text).toString();

function notedOf(products: Map<string, Noted>, code: string): Noted {
  const known = products.get(code);
  if (known !== undefined) return known;
  const fresh: Noted = { description: undefined, prices: new Map(), leaving: 0n };
  products.set(code, fresh);
  return fresh;
}

function countPrice(prices: Map<string, number>, unitPrice: string): void {
  if (unitPrice.startsWith("-") || !/[1-9]/.test(unitPrice)) return;
  const known = prices.get(unitPrice);
  if (known !== undefined || prices.size < PRICES_MAX) prices.set(unitPrice, (known ?? 0) + 1);
}

function productOf({ description, prices, leaving }: Noted): SurveyedProduct {
  let [listPrice, most] = ["0", 0];
  for (const [price, count] of prices) if (count > most) [listPrice, most] = [price, count];
  return { description, listPrice, leaving };
}

export const GOODS = "goods";
export const UNSTOCKED = "services";

/** Product types of the shop: what lies on a shelf, and what doesn't. */
export const productTypes = {
  [GOODS]: { name: { en: "Goods", zh: "商品" }, attributes: [] },
  [UNSTOCKED]: {
    name: { en: "Services and fees", zh: "服务与费用" },
    stocked: false,
    attributes: [],
  },
} as const;

/** The catalogue as CSV, for its import. */
export function catalogueCsv(goods: SurveyedGoods): string {
  const rows = Array.from(goods, ([code, { description, listPrice }]) => {
    const sku = skuOf(code);
    const type = unstockedCodes.has(code) ? UNSTOCKED : GOODS;
    const price = listPrice.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    return [sku, type, quoted(description ?? code), "published", sku, price, MONEY].join(",");
  });
  return `${["code,type,name,state,sku,price,currency", ...rows].join("\n")}\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

export interface OpeningItem {
  readonly sku: string;
  readonly quantity: bigint;
}

/** Pieces that each shelf must have got in all before everything in the file can leave it. */
export function openingStock(goods: SurveyedGoods): readonly OpeningItem[] {
  return Array.from(goods, ([code, { leaving }]) => ({ code, leaving }))
    .filter(({ code, leaving }) => leaving > 0n && !unstockedCodes.has(code))
    .map(({ code, leaving }) => ({ sku: skuOf(code), quantity: leaving }));
}
