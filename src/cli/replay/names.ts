/**
 * Names in the books for what a file calls its codes, customers and invoices. A file may use any
 * sign in them, the books may not; so a sign that the books don't take is written as a point and
 * the two hexadecimal digits of each of its bytes, and the point itself as `.2E`. `BANK CHARGES`
 * becomes `BANK.20CHARGES`. Two names never become one, whatever their case, and each leads back.
 */
import { assert } from "../../base/index.ts";

/**
 * The longest code, customer or invoice number, as escaped. The longest id made of one,
 * `n.<invoice>/<7 digits>/delivery/undo`, then has just the 64 characters that an id may have.
 */
export const NAME_MAX_LENGTH = 40;

export const MONEY = "GBP/2";

const PLAIN = /^[A-Za-z0-9_-]+$/;
const PLAIN_BYTE = /[A-Za-z0-9_-]/;
const ALPHANUMERIC = /[A-Za-z0-9]/;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Writes any text as letters, digits, `_`, `-` and escapes; `_` and `-` don't stand first. */
export function escapeName(text: string): string {
  if (PLAIN.test(text) && ALPHANUMERIC.test(text.charAt(0))) return text;
  return Array.from(Buffer.from(text, "utf8"), (byte, index) => {
    const char = String.fromCharCode(byte);
    const plain = index === 0 ? ALPHANUMERIC.test(char) : PLAIN_BYTE.test(char);
    return plain ? char : `.${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** Reads what `escapeName` wrote. */
export function unescapeName(name: string): string {
  if (!name.includes(".")) return name;
  const bytes: number[] = [];
  for (let i = 0; i < name.length; i++) {
    const escaped = name.charAt(i) === ".";
    const byte = escaped ? Number.parseInt(name.slice(i + 1, i + 3), 16) : name.charCodeAt(i);
    assert(byte >= 0 && byte < 256, `${name} was not written by escapeName`);
    bytes.push(byte);
    if (escaped) i += 2;
  }
  return utf8.decode(Uint8Array.from(bytes));
}

/** The asset that counts the pieces of a stock code: `85123A` is `SKU:85123A/0`. */
export const stockAsset: (code: string) => string = kept((code) => `SKU:${escapeName(code)}/0`);

/** The stock code that an asset counts, or nothing where the asset is none of ours. */
export function codeOfAsset(asset: string): string | undefined {
  return asset.startsWith("SKU:") && asset.endsWith("/0")
    ? unescapeName(asset.slice("SKU:".length, -"/0".length))
    : undefined;
}

/** Where a customer's money is owed; a line without customer was sold to a walk-in. */
export const customerPath: (customer: string) => string = kept((customer) =>
  customer === "" ? "walk-in" : `customer/${escapeName(customer)}`,
);

const KEPT_MAX = 50_000;

/** The same text is the same string: maps keyed by it, here and in the ledger, hash it once. */
function kept(make: (text: string) => string): (text: string) => string {
  const made = new Map<string, string>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    if (made.size >= KEPT_MAX) made.clear();
    const fresh = make(text);
    made.set(text, fresh);
    return fresh;
  };
}

/**
 * The chain of an invoice, and the beginning of all its ids. An id begins with a letter or a digit:
 * a number that doesn't is put behind `n.`, and two points in a row stand in no escaped name.
 */
export function invoiceId(number: string): string {
  const name = escapeName(number);
  return name.startsWith(".") ? `n.${name}` : name;
}
