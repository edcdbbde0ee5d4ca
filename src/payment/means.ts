/**
 * Means of payment: which account a part of a payment comes from, and goes back to. These are settled
 * by the book itself, in the commit of what is paid for. A channel will be another kind of means
 * (`settledBy: "channel"`): its intent is a row first, the channel is asked second, its result is a unit
 * like any payment here; no channel is ever asked inside a transaction.
 */
import { assert, fail, type Instant, isPath } from "../base/index.ts";
import type { PendingTransfer, PostedTransfer } from "../ledger/index.ts";
import { paymentErrors } from "./payment.errors.ts";
import type { PartProblem } from "./refusal-words.ts";

export type MeansName = "wallet" | "company" | "cash";

/** One part of a payment as the payer asks for it. `amount` in minor units of what is to be paid. */
export interface PartAsked {
  readonly means: MeansName;
  /** Of `company`: which one. */
  readonly company?: string | undefined;
  readonly amount: bigint;
}

/** The same with the account that it comes from. */
export interface Part {
  readonly means: MeansName;
  readonly path: string;
  readonly amount: bigint;
}

/** Who pays, and when: a company's account is of a month. */
export interface Payer {
  readonly buyer: string;
  readonly at: Instant;
}

export interface PaymentMeans {
  readonly name: MeansName;
  /** How rows name it. Never used again for another. */
  readonly number: number;
  readonly settledBy: "book";
  /** The account that the money comes from and goes back to; undefined: the part doesn't say which. */
  readonly path: (part: PartAsked, payer: Payer) => string | undefined;
}

/** A part's money on its way. */
export interface Move {
  readonly id: string;
  readonly asset: string;
  readonly part: Part;
  /** The other account: where payments gather. */
  readonly till: string;
  /** What it is for: the statements of its accounts have it. */
  readonly reference?: string | undefined;
}

export const meansByName: Readonly<Record<MeansName, PaymentMeans>> = {
  wallet: {
    name: "wallet",
    number: 1,
    settledBy: "book",
    path: (_part, { buyer }) => walletPath(buyer),
  },
  company: {
    name: "company",
    number: 2,
    settledBy: "book",
    path: ({ company }, { at }) =>
      company === undefined ? undefined : creditPath(company, monthOf(at)),
  },
  cash: { name: "cash", number: 3, settledBy: "book", path: () => CASH_PATH },
};

/** What the shop was given in its own hands. */
export const CASH_PATH = "shop/cash";

export function walletPath(buyer: string): string {
  return `user/${buyer}/wallet`;
}

const byNumber = new Map(Object.values(meansByName).map((means) => [means.number, means.name]));

/** The means that a row names by number. */
export function meansOf(number: number): MeansName {
  const name = byNumber.get(number);
  assert(name !== undefined, `no means of payment has the number ${number}`);
  return name;
}

/** The account of a company's credit of one month; its bound is the line. */
export function creditPath(company: string, month: string): string {
  return `company/${company}/credit/${month}`;
}

/** 2026-11, of UTC. */
export function monthOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 7);
}

export const PARTS_MAX = 16;

/** Reads what a payer asks. Refuses: payment.part_malformed, payment.too_many_parts. */
export function readParts(asked: readonly PartAsked[], payer: Payer): Part[] {
  if (!Array.isArray(asked)) throw malformed(0, "it is no list");
  if (asked.length > PARTS_MAX) {
    throw fail(paymentErrors, "too_many_parts", { count: asked.length, max: PARTS_MAX });
  }
  return asked.map((part: PartAsked, index) => readPart(part, payer, index));
}

function readPart(part: PartAsked, payer: Payer, index: number): Part {
  if (typeof part !== "object" || part === null) throw malformed(index, "it is no object");
  const { means: name, amount } = part;
  const means = Object.hasOwn(meansByName, name) ? meansByName[name] : undefined;
  if (means === undefined) throw malformed(index, "its means is not wallet, company or cash");
  if (typeof amount !== "bigint" || amount <= 0n)
    throw malformed(index, "its amount is not above 0");
  if (part.company !== undefined) {
    if (name !== "company") throw malformed(index, "only company names a company");
    if (typeof part.company !== "string" || part.company.includes("/"))
      throw malformed(index, "its company is no segment of a path");
  }
  const path = means.path(part, payer);
  if (path === undefined) throw malformed(index, "it does not say which account");
  if (!isPath(path)) throw malformed(index, "its account is no path");
  return { means: means.name, path, amount };
}

function malformed(part: number, problem: PartProblem): Error {
  return fail(paymentErrors, "part_malformed", { part, problem });
}

/** Moves the part into the till at once. */
export function payPart({ id, asset, part, till, reference }: Move): PostedTransfer {
  return { id, asset, debit: part.path, credit: till, amount: part.amount, reference };
}

/** Keeps the part for the till until it is posted or voided, for that long at most. */
export function holdPart(move: Move, timeoutMs: number): PendingTransfer {
  return { ...payPart(move), kind: "pending", timeoutMs };
}

/** Moves that much of it back, out of the account that has it now. */
export function giveBackPart(move: Move, amount: bigint): PostedTransfer {
  const { id, asset, part, till, reference } = move;
  return { id, asset, debit: till, credit: part.path, amount, reference };
}
