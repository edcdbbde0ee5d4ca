/** What is sold in a book: the handle `longmen.book("retail").shop`. */
import type { Wire } from "./attempt.ts";
import { type Catalog, catalogOf } from "./shop-catalog.ts";
import { type Offerings, offeringsOf } from "./shop-offerings.ts";
import { type Orders, ordersOf } from "./shop-orders.ts";
import { type Quotes, quotesOf } from "./shop-quotes.ts";
import { type Rules, rulesOf } from "./shop-rules.ts";
import { type Till, tillOf } from "./shop-till.ts";

/**
 * Every write takes its own key from the caller and is safe to repeat; this client repeats it until it is
 * answered or its deadline has passed. What a shop foresees is a value (`status: "refused"`), with words for the
 * buyer; everything else is thrown as LongmenProblem. Where one is thrown after its time ran out, the same call
 * again tells what became of it.
 */
export interface Shop extends Till {
  readonly catalog: Catalog;
  readonly quotes: Quotes;
  readonly rules: Rules;
  readonly orders: Orders;
  readonly offerings: Offerings;
}

export function shopOf(wire: Wire, book: string): Shop {
  return {
    ...tillOf(wire, book),
    catalog: catalogOf(wire, book),
    quotes: quotesOf(wire, book),
    rules: rulesOf(wire, book),
    orders: ordersOf(wire, book),
    offerings: offeringsOf(wire, book),
  };
}
