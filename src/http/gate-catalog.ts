/** Who may do what with rules and catalogue: in a whole book, but for buyers, who have their own quotes. */
import { type Action, mayDo } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { catalogErrors, type Quote } from "../catalog/index.ts";
import type { Actor } from "../rules/index.ts";
import { demandShop, sellingOf } from "./gate-shop.ts";
import { type Call, contextOf, principalOf, type Selling } from "./route.ts";

interface InBook {
  readonly book: string;
}

type Actions = readonly Action[];

/** To see drafts, versions, prices, rules: whoever works in the shop. */
export const looking = ["shop.read", "shop.define", "shop.operate", "shop.approve"] as const;
/** To see what is on sale: buyers besides, each with a right somewhere in the book. */
export const browsing = ["shop.buy", ...looking] as const;
/** To ask for a price: for oneself, or for a buyer. */
export const quoting = ["shop.buy", "shop.operate"] as const;
/** To see a quote that one was given, or any. */
export const seeingQuotes = ["shop.buy", "shop.operate", "shop.read"] as const;

/** What a route says of these. */
export const needing = ([needs, ...orNeeds]: readonly [Action, ...Action[]]) => ({
  needs,
  orNeeds,
});

/**
 * What the book of a request's path sells with, for who may do one of these in all of it.
 * Refuses: access.not_permitted, http.no_selling, ledger.book_missing.
 */
export function enterSelling(call: Call<InBook>, actions: Actions): Promise<Selling> {
  demandShop(call, actions);
  return sellingIn(call);
}

/** The same for who has passed the door by a right somewhere in the book. Refuses: http.no_selling, ledger.book_missing. */
export async function sellingIn(call: Call<InBook>): Promise<Selling> {
  const selling = sellingOf(call);
  await call.doors.ledger.book(call.params.book);
  return selling;
}

/** A buyer's keys of quotes lie under the buyer's own prefix. Refuses: access.not_permitted. */
export function demandQuoteKey(call: Call<InBook>, key: string): void {
  if (!mayOfKey(call, quoting, key)) demandShop(call, quoting, undefined, "/key");
}

/** Others' quotes are answered like ones that are not there. Refuses: catalog.quote_missing. */
export async function quoteOf(
  call: Call<InBook & { readonly quote: string }>,
  actions: Actions,
): Promise<{ readonly selling: Selling; readonly quote: Quote }> {
  const { book, quote: id } = call.params;
  const selling = await sellingIn(call);
  const quote = await selling.catalog.readQuote(book, id);
  if (quote !== undefined && mayOfKey(call, actions, quote.key)) return { selling, quote };
  throw fail(catalogErrors, "quote_missing", { quote: id, book });
}

/** May it do one of these with what has that key? */
export function mayOfKey(call: Call<InBook>, actions: Actions, key: string): boolean {
  const principal = principalOf(call);
  return actions.some((action) => mayDo(principal, action, call.params.book, [], [key]));
}

/** Who changes what is sold, in which request. */
export function sellerOf(call: Call): { readonly by: string; readonly request: string } {
  const { by = "", request = "" } = contextOf(call, undefined);
  return { by, request };
}

/** Who changes rules: two keys of one owner are one person, so the key stands beside. */
export function ruleActorOf(call: Call): Actor {
  const { owner, ownerKind: kind } = principalOf(call);
  const { by, request } = sellerOf(call);
  return { owner, kind, from: by, request };
}
