/** What the simulated shop sells, and to whom. */
import type { Catalog, PriceRule } from "../../../src/catalog/index.ts";
import { type Book, type Request } from "../../../src/ledger/index.ts";
import { openShelf, openTill, type QuoteBook } from "../../../src/order/index.ts";
import { monthOf, openCreditLine } from "../../../src/payment/index.ts";

export const BOOK = "retail";
export const MONEY = "GBP/2";
export const COUPON = "COUPON:SPRING/0";
export const POINT = "POINT/0";
export const PAY_WITHIN_MS = 60_000;
export const QUOTE_TTL_MS = 75_000;

/** Sold by the piece, with stock; the last is a service. */
export const SKUS = ["TEA", "CUP", "POT", "TIN", "SPOON", "HELP"] as const;
export const UNSTOCKED = "HELP";
export const BUYERS = ["ann", "bob", "cyd", "dan", "eve", "fay"] as const;
export const COMPANIES = ["acme", "mill"] as const;
/** Gets what offerings raise. */
export const PROJECT = "project/mill";
const COUPONS = 6n;
const POINTS = 40n;
const CREDIT = 20_000n;

const schemes: Readonly<Record<(typeof SKUS)[number], unknown>> = {
  TEA: { kind: "flat", amount: "199", per: "3" },
  CUP: { kind: "flat", amount: "250", per: "1" },
  POT: {
    kind: "tiered",
    tiers: [
      { upTo: "2", amount: "1000", per: "3" },
      { amount: "700", per: "3" },
    ],
  },
  TIN: {
    kind: "volume",
    tiers: [
      { upTo: "3", amount: "99", per: "1" },
      { amount: "95", per: "1" },
    ],
  },
  SPOON: { kind: "flat", amount: "0", per: "1" },
  HELP: { kind: "flat", amount: "333", per: "1" },
};

/** A tenth off what is bought with a coupon, and seven pence off each tea: shared out by the catalogue. */
export const discounts: PriceRule = async ({ input }) => {
  const { list, coupon } = input as { list: string; coupon: string | null };
  const off = [{ code: "tea-week", amount: "7", sku: "TEA" }];
  const spring = { code: "spring", amount: String(BigInt(list) / 10n) };
  const output = { discounts: coupon === null ? off : [...off, spring] };
  return { output, version: 1, hash: "discounts", decisionId: "d" };
};

/** As the house wires it; beside it, a coupon and a member's points are used up by the price. */
export function quotesOf(catalog: Catalog): QuoteBook {
  return {
    async read(book, quoteId) {
      const quote = await catalog.readQuote(book, quoteId);
      if (quote === undefined) return undefined;
      const lines = quote.lines.map(({ discounts: given, ...line }) => ({
        ...line,
        stocked: line.sku !== UNSTOCKED,
        discounts: given.map(({ code, amount }) => ({ rule: code, amount })),
      }));
      const tokens = [
        ...(quote.coupon === undefined ? [] : [{ asset: COUPON, amount: 1n }]),
        ...(quote.member === undefined ? [] : [{ asset: POINT, amount: 3n }]),
      ];
      return { ...quote, asset: quote.currency, lines, tokens };
    },
  };
}

export async function openCatalogue(catalog: Catalog): Promise<void> {
  const by = { by: "keeper" };
  await catalog.openBook(BOOK, { quoteTtlMs: QUOTE_TTL_MS, discountRules: ["discounts"] });
  const type = { name: { en: "Thing" }, attributes: [], constraints: [] };
  await catalog.saveType(BOOK, "thing", type, { version: 0 }, by);
  for (const sku of SKUS) {
    const plan = { currency: MONEY, rounding: "half_even", scheme: schemes[sku] };
    const code = sku.toLowerCase();
    await catalog.savePlan(BOOK, code, plan, { version: 0 }, by);
    const variants = [{ sku, values: {} }];
    const product = { type: "thing", name: { en: sku }, values: {}, plan: code, variants };
    await catalog.saveProduct(BOOK, sku, product, { version: 0 }, by);
    await catalog.publish(BOOK, sku, { version: 1 }, by);
  }
}

const asset = (code: string): Request => ({ kind: "asset", asset: code });
const open = (path: string, of: string): Request => {
  return { kind: "open", path, asset: of, side: "credit" };
};
const source = (path: string, of: string): Request => {
  return { kind: "open", path, asset: of, side: "debit", bound: "none" };
};

export async function openBooks(book: Book): Promise<void> {
  const opened: Request[] = [
    ...openTill(MONEY),
    source("bank", MONEY),
    open(PROJECT, MONEY),
    ...SKUS.filter((sku) => sku !== UNSTOCKED).flatMap(openShelf),
    ...[COUPON, POINT].flatMap((of) => [asset(of), source("mint", of), open("shop/redeemed", of)]),
    ...BUYERS.flatMap((buyer): Request[] => [
      open(`user/${buyer}/wallet`, MONEY),
      open(`user/${buyer}/tokens`, COUPON),
      open(`user/${buyer}/tokens`, POINT),
      issue(`coupons/${buyer}`, COUPON, buyer, COUPONS),
      issue(`points/${buyer}`, POINT, buyer, POINTS),
    ]),
  ];
  const answers = await book.batch(opened);
  const refused = answers.find(({ status }) => status === "refused");
  if (refused !== undefined) throw new Error(`the shop can't open: ${JSON.stringify(refused)}`);
  const now = Date.now();
  const months = new Set([monthOf(now), monthOf(now + 5 * 86_400_000)]);
  for (const company of COMPANIES) {
    for (const month of months) {
      await openCreditLine(book, { company, month, asset: MONEY, line: CREDIT });
    }
  }
}

function issue(id: string, of: string, buyer: string, amount: bigint): Request {
  return { id, asset: of, debit: "mint", credit: `user/${buyer}/tokens`, amount };
}
