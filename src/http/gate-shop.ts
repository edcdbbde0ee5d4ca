/**
 * Who may sell, buy and look in which shop. An order of a buyer that no scope reaches is answered like one that
 * is not there, in the same words and after the same reads.
 */
import { accessErrors, type Action, isLimited, mayDo } from "../access/index.ts";
import { fail, systemClock } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import { type PartAsked, readParts } from "../payment/index.ts";
import { httpErrors } from "./http.errors.ts";
import { type Call, principalOf, type Selling } from "./route.ts";

interface InBook {
  readonly book: string;
}

/** To act on an order as its buyer, or as who runs the shop. */
export const buying = ["shop.buy", "shop.operate"] as const;
export const operating = ["shop.operate"] as const;
/** To see it. */
export const seeing = ["shop.read", "shop.operate", "shop.buy"] as const;
/** To see whose it is not: without a prefix that is the whole book's. */
export const overseeing = ["shop.read", "shop.operate"] as const;
type Actions = readonly Action[];

/** Refuses: http.no_selling. */
export function sellingOf({ doors }: Pick<Call, "doors">): Selling {
  if (doors.selling === undefined) throw fail(httpErrors, "no_selling");
  return doors.selling;
}

/** May it do one of these to all of that? Without paths: in the whole book. */
export function mayShop(call: Call<InBook>, actions: Actions, paths?: readonly string[]): boolean {
  const { book } = call.params;
  const principal = principalOf(call);
  if (paths === undefined) return actions.some((action) => !isLimited(principal, action, book));
  return paths.every((path) => actions.some((action) => mayDo(principal, action, book, [path])));
}

/** Refuses: access.not_permitted. */
export function demandShop(
  call: Call<InBook>,
  actions: Actions,
  paths?: readonly string[],
  pointer?: string,
): void {
  if (mayShop(call, actions, paths)) return;
  const needed = actions.map((action) => `${action}@${call.params.book}`).join(" or ");
  throw fail(accessErrors, "not_permitted", {
    needed,
    ...(pointer === undefined ? {} : { pointer }),
  });
}

export const buyerPath = (buyer: string): string => `user/${buyer}`;

/** The book of a request's path, for who may do this in all of it. Refuses: access.not_permitted. */
export function enterShop(
  call: Call<InBook>,
  actions: Actions,
  paths?: readonly string[],
): Promise<Book> {
  demandShop(call, actions, paths);
  return call.doors.ledger.book(call.params.book);
}

/**
 * Each part's money comes from a purse that the key reaches: a company's credit, the shop's cash. The buyer's own
 * wallet it reaches with the buyer, who was asked about before. Refuses: access.not_permitted, payment.part_malformed, payment.too_many_parts.
 */
export function demandPurses(call: Call<InBook>, parts: readonly PartAsked[], at: string): void {
  if (mayShop(call, buying)) return;
  const payer = { buyer: "the-buyer", at: systemClock.now() };
  readParts(parts, payer).forEach(({ means, path }, index) => {
    if (means !== "wallet") demandShop(call, buying, [path], `${at}/${index}`);
  });
}

/**
 * The book of a request's path, for who may do this to its order: in the whole book, or to that buyer's orders.
 * Undefined: to who asks there is no such order. Refuses: order.command_malformed.
 */
export async function enterOrder(
  call: Call<InBook & { readonly order: string }>,
  actions: Actions,
): Promise<Book | undefined> {
  const { orders } = sellingOf(call);
  const book = await call.doors.ledger.book(call.params.book);
  if (mayShop(call, actions)) return book;
  const mayOf = (buyer: string) => mayShop(call, actions, [buyerPath(buyer)]);
  const buyer = await orders.buyerOf(book, call.params.order, mayOf);
  return buyer !== undefined && mayOf(buyer) ? book : undefined;
}
