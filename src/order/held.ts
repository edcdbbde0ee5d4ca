/** What an order holds while it waits to be paid, and the ids under which the ledger has it. */
import type { MeansName, Part } from "../payment/index.ts";
import type { Token } from "./order.ts";

/** What the row of an order keeps in `held`; undefined: every line has stock, and nothing else is held. */
export interface Held {
  readonly tokens: readonly Token[];
  readonly parts: readonly Part[];
  /** Lines of which no stock is held. */
  readonly unstocked: readonly number[];
}

export const NOTHING_HELD: Held = { tokens: [], parts: [], unstocked: [] };

export function heldText({ tokens, parts, unstocked }: Held): string | null {
  if (tokens.length + parts.length + unstocked.length === 0) return null;
  const amounts = (_key: string, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value;
  return JSON.stringify({ tokens, parts, unstocked }, amounts);
}

interface HeldJson {
  readonly tokens: readonly { asset: string; amount: string }[];
  readonly parts: readonly { means: MeansName; path: string; amount: string }[];
  readonly unstocked: readonly number[];
}

/** Reads what `heldText` wrote. */
export function readHeld(text: string | null): Held {
  if (text === null) return NOTHING_HELD;
  const { tokens, parts, unstocked } = JSON.parse(text) as HeldJson;
  return {
    tokens: tokens.map(({ asset, amount }) => ({ asset, amount: BigInt(amount) })),
    parts: parts.map((part) => ({ ...part, amount: BigInt(part.amount) })),
    unstocked,
  };
}

/** The id of a hold: stock of a line, a token, a part of the money. */
export function holdId(orderId: string, kind: "s" | "t" | "m", index: number): string {
  return `o/${orderId}/${kind}${index}`;
}

/** All holds of an order, in the order in which they were made. */
export function holdIds(orderId: string, lines: number, held: Held): string[] {
  const ids: string[] = [];
  for (let line = 0; line < lines; line++) {
    if (held.unstocked.length > 0 && held.unstocked.includes(line)) continue;
    ids.push(holdId(orderId, "s", line));
  }
  held.tokens.forEach((_, index) => ids.push(holdId(orderId, "t", index)));
  held.parts.forEach((_, index) => ids.push(holdId(orderId, "m", index)));
  return ids;
}
