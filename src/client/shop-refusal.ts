/** A shop's no as a value. */
import { type Details, LongmenProblem, type Mistake, type Words } from "./problem.ts";

/** Nothing was done. */
export interface ShopRefused {
  readonly status: "refused";
  /** order.sold_out, order.funds_short, … */
  readonly code: string;
  /** What the words speak of: line, sku, left, asked, total, … Amounts as decimal strings. */
  readonly details: Details;
  /** For the buyer: what happened, and what to do now. */
  readonly words: Words;
  /** For who keeps the shop: the same with what is none of a buyer's, as how a rule failed. */
  readonly detail?: string | undefined;
  /** Of options that can't be sold: all that is wrong, each at its place. */
  readonly mistakes?: readonly Mistake[] | undefined;
}

/** What is asked has these; whatever else is wrong is thrown. */
const CONFLICT = 409;
const OF_SHOP = /^(order|catalog|payment|rules)\./;
const FORESEEN: ReadonlySet<number> = new Set([404, CONFLICT, 422]);

/** Answers the refusal that a question ended with, and throws any other problem. */
export async function orRefused<T>(asked: Promise<T>): Promise<T | ShopRefused> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof LongmenProblem)) throw error;
    const { code, status, details, words, mistakes } = error;
    if (words === undefined || !FORESEEN.has(status) || !OF_SHOP.test(code)) throw error;
    const more = mistakes === undefined ? {} : { mistakes };
    const detail = error.message.slice(`${code}: `.length);
    return { status: "refused", code, details: details ?? {}, words, detail, ...more };
  }
}
