/** What is bought: the same orders for ours and for peers. */
import { newId } from "../../src/base/index.ts";

export const ASSET = "GBP/2";
export const PRODUCTS = 1_000;
export const BUYERS = 2_000;
export const STOCK = 1_000_000_000n;
export const WALLET = 1_000_000_000_000n;
export const LINES = 3;

export interface Bought {
  readonly sku: string;
  readonly quantity: bigint;
  readonly amount: bigint;
}

export interface Purchase {
  readonly id: string;
  readonly paymentId: string;
  readonly buyer: string;
  readonly total: bigint;
  /** By product, ascending: who locks rows must lock them in one order. */
  readonly lines: readonly Bought[];
}

/** `hot`: one of the three lines is the same product for everybody, the last by name. */
export interface Workload {
  readonly products: readonly string[];
  readonly next: (caller: number) => Purchase;
}

const HOT = "Z-HOT";
const skuOf = (number: number) => `P${String(number).padStart(5, "0")}`;
const listed = Array.from({ length: PRODUCTS }, (_, number) => skuOf(number));

export function hotWorkload(): Workload {
  return { products: [...listed, HOT], next: (caller) => purchase(caller, [...some(2), HOT]) };
}

export function spreadWorkload(): Workload {
  return { products: listed, next: (caller) => purchase(caller, some(LINES)) };
}

/** So many products by chance, none twice, by name. */
function some(count: number): string[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(Math.floor(Math.random() * PRODUCTS));
  return [...chosen].sort((one, other) => one - other).map(skuOf);
}

function purchase(caller: number, skus: readonly string[]): Purchase {
  const lines = skus.map((sku, index) => ({ sku, quantity: 1n, amount: 100n + BigInt(index) }));
  const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
  return { id: newId(), paymentId: newId(), buyer: buyerOf(caller), total, lines };
}

export function buyerOf(caller: number): string {
  return `b${caller % BUYERS}`;
}
