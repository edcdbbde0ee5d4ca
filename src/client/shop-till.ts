/** A shop's till, stock, wallets and companies' credit: for who runs it. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { orMissing } from "./resolve.ts";
import { orRefused, type ShopRefused } from "./shop-refusal.ts";
import { amountText } from "./to-wire.ts";

/** `exists`: it was so before. */
export interface Opened {
  readonly status: "done" | "exists";
}

export interface PutStock {
  /** Your own key of this delivery. */
  readonly id: string;
  /** Up to 1,000; each product once. */
  readonly items: readonly { readonly sku: string; readonly quantity: bigint }[];
}

export interface ShelfView {
  readonly sku: string;
  /** Can be sold. */
  readonly left: bigint;
  /** Of orders that wait to be paid. */
  readonly held: bigint;
  /** Sold, and still to be delivered. */
  readonly due: bigint;
  readonly delivered: bigint;
}

export interface CreditNamed {
  readonly company: string;
  /** Of UTC: 2026-11. */
  readonly month: string;
  readonly asset: string;
}

export interface CreditView extends CreditNamed {
  readonly line: bigint;
  /** Below zero where more was paid than bought. */
  readonly owed: bigint;
  readonly left: bigint;
}

/** What moved a company's money in a month. */
export interface CreditEntry extends Omit<Wire.CreditEntry, "at" | "amount" | "owed"> {
  readonly at: Instant;
  readonly amount: bigint;
  /** What was owed then. */
  readonly owed: bigint;
}

/** A company's bill of a month: how it stands, and a page of what it bought, was given back and has paid. */
export interface CreditStatement extends CreditView {
  /** Of orders that wait to be paid. */
  readonly held: bigint;
  readonly bought: bigint;
  /** Paid for the bill, or given back of what was bought. */
  readonly credited: bigint;
  /** Oldest first. */
  readonly items: readonly CreditEntry[];
  readonly cursor?: string | undefined;
}

export interface WalletNamed {
  readonly buyer: string;
  readonly asset: string;
}

export interface WalletView extends WalletNamed {
  readonly available: bigint;
  readonly held: bigint;
}

export interface Till {
  /** Opens the accounts that sales in that money move. */
  open(till: { readonly asset: string }, options?: CallOptions): Promise<Opened>;
  readonly stock: {
    /** Books goods in, all or none; opens shelves that are not there. */
    put(delivery: PutStock, options?: CallOptions): Promise<Opened | ShopRefused>;
    /** Undefined: it was never sold here. */
    get(sku: string, options?: CallOptions): Promise<ShelfView | undefined>;
  };
  readonly credit: {
    /** Opens a company's credit of a month, or sets its line anew. */
    open(
      credit: CreditNamed & { readonly line: bigint },
      options?: CallOptions,
    ): Promise<CreditView>;
    get(credit: CreditNamed, options?: CallOptions): Promise<CreditView | undefined>;
    /** Throws LongmenProblem ledger.account_not_found where there is no credit of that month. */
    statement(credit: CreditNamed, options?: ListOptions): List<CreditEntry, CreditStatement>;
  };
  /** Coupons and points: what the discounts of rules use up. */
  readonly tokens: {
    /** Safe to repeat, by its id. */
    give(
      gift: WalletNamed & { readonly id: string; readonly amount: bigint },
      options?: CallOptions,
    ): Promise<WalletView | ShopRefused>;
    get(tokens: WalletNamed, options?: CallOptions): Promise<WalletView | undefined>;
  };
  readonly wallets: {
    open(wallet: WalletNamed, options?: CallOptions): Promise<WalletView>;
    get(wallet: WalletNamed, options?: CallOptions): Promise<WalletView | undefined>;
    /** Puts cash that the shop was given into a wallet. */
    fill(
      filling: WalletNamed & { readonly id: string; readonly amount: bigint },
      options?: CallOptions,
    ): Promise<WalletView>;
  };
}

export function tillOf(wire: Line, book: string): Till {
  const params = { book };
  return {
    open: async ({ asset }, options) => {
      const { status } = await ask(wire, "openShop", { params, body: { asset } }, options);
      return { status };
    },
    stock: stockOf(wire, book),
    credit: creditOf(wire, book),
    wallets: walletsOf(wire, book),
    tokens: tokensOf(wire, book),
  };
}

function stockOf(wire: Line, book: string): Till["stock"] {
  return {
    put: async ({ id, items }, options) => {
      const body = {
        id,
        items: items.map(({ sku, quantity }, index) => {
          return { sku, quantity: amountText(quantity, `/items/${index}/quantity`) };
        }),
      };
      return orRefused(ask(wire, "putStock", { params: { book }, body }, options));
    },
    get: async (sku, options) => {
      const asked = ask(wire, "readShelf", { params: { book, sku } }, options);
      const told = await orMissing(asked, ["order.not_sold_here"]);
      if (told === undefined) return undefined;
      const { left, held, due, delivered } = told;
      return {
        sku,
        ...{ left: BigInt(left), held: BigInt(held) },
        ...{ due: BigInt(due), delivered: BigInt(delivered) },
      };
    },
  };
}

const NOT_THERE = ["ledger.account_not_found"];

function creditOf(wire: Line, book: string): Till["credit"] {
  const viewOf = ({ line, owed, left, ...named }: Wire.CreditLine): CreditView => {
    return { ...named, line: BigInt(line), owed: BigInt(owed), left: BigInt(left) };
  };
  return {
    open: async ({ company, month, asset, line }, options) => {
      const body = { asset, line: amountText(line, "/line") };
      const asked = { params: { book, company, month }, body };
      return viewOf(await ask(wire, "setCreditLine", asked, options));
    },
    get: async ({ company, month, asset }, options) => {
      const asked = { params: { book, company, month }, query: { asset } };
      const told = await orMissing(ask(wire, "readCreditLine", asked, options), NOT_THERE);
      return told && viewOf(told);
    },
    statement: ({ company, month, asset }, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { asset, cursor, limit: digits(limit) };
          const asked = { params: { book, company, month }, query };
          return statementOf(await ask(wire, "readCreditStatement", asked, options));
        },
        ({ items }) => items,
      ),
  };
}

function statementOf(told: Wire.CreditStatement): CreditStatement {
  const { line, owed, left, held, bought, credited, items, ...named } = told;
  return {
    ...named,
    ...{ line: BigInt(line), owed: BigInt(owed), left: BigInt(left), held: BigInt(held) },
    ...{ bought: BigInt(bought), credited: BigInt(credited) },
    items: items.map(({ at, amount, owed: after, ...entry }) => {
      return { ...entry, at: instantOf(at), amount: BigInt(amount), owed: BigInt(after) };
    }),
  };
}

const walletViewOf = ({ buyer, asset, available, held }: Wire.Wallet): WalletView => {
  return { buyer, asset, available: BigInt(available), held: BigInt(held) };
};

function tokensOf(wire: Line, book: string): Till["tokens"] {
  return {
    give: async ({ buyer, id, asset, amount }, options) => {
      const body = { id, asset, amount: amountText(amount, "/amount") };
      const params = { book, buyer };
      const told = await orRefused(ask(wire, "giveTokens", { params, body }, options));
      return "status" in told ? told : walletViewOf(told);
    },
    get: async ({ buyer, asset }, options) => {
      const asked = ask(wire, "readTokens", { params: { book, buyer }, query: { asset } }, options);
      const told = await orMissing(asked, NOT_THERE);
      return told && walletViewOf(told);
    },
  };
}

function walletsOf(wire: Line, book: string): Till["wallets"] {
  const viewOf = walletViewOf;
  return {
    open: async ({ buyer, asset }, options) => {
      const asked = { params: { book, buyer }, body: { asset } };
      return viewOf(await ask(wire, "openWallet", asked, options));
    },
    get: async ({ buyer, asset }, options) => {
      const asked = ask(wire, "readWallet", { params: { book, buyer }, query: { asset } }, options);
      const told = await orMissing(asked, NOT_THERE);
      return told && viewOf(told);
    },
    fill: async ({ buyer, id, asset, amount }, options) => {
      const body = { id, asset, amount: amountText(amount, "/amount") };
      return viewOf(await ask(wire, "fillWallet", { params: { book, buyer }, body }, options));
    },
  };
}
