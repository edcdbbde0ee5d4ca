/**
 * Names in the books for what a file calls its codes, customers and invoices. A file may use any
 * sign in them, the books may not; so a sign that the books don't take is written as a point and
 * the two hexadecimal digits of each of its bytes, and the point itself as `.2E`. `BANK CHARGES`
 * becomes `BANK.20CHARGES`. Two names never become one, whatever their case, and each leads back.
 */
import { hash } from "node:crypto";
import { assert } from "../../base/index.ts";
import { isReservedId } from "../../order/index.ts";

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

/** What a stock code is called in the catalogue; `85123A` is `85123A`. */
export const skuOf: (code: string) => string = kept((code) => begun(escapeName(code)));

/** The asset that counts the pieces of a stock code: `85123A` is `SKU:85123A/0`. */
export const stockAsset: (code: string) => string = kept((code) => `SKU:${skuOf(code)}/0`);

/** Whose order it is, and which company's credit pays for it: a customer's number. */
export const companyOf: (customer: string) => string = kept((customer) =>
  short(begun(escapeName(customer))),
);

/** Who buys without a number. */
export const WALK_IN = "walk-in";

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
 * a number that doesn't is put behind `n.`, and two points in a row stand in no escaped name. So is one whose ids would
 * be selling's own.
 */
export function invoiceId(number: string): string {
  const name = begun(escapeName(number));
  return isReservedId(`${name}/`) ? `n.${name}` : name;
}

/**
 * The key of an order: its invoice's number. An invoice of several buyers, or of more lines than an order has,
 * is several orders: `536365`, `536365+2`.
 */
export function orderKey(number: string, part = 1): string {
  return short(`${invoiceId(number)}${part === 1 ? "" : `+${part}`}`);
}

/** The same key for another try, where the first came to nothing for good: `536365@2`. */
export function againKey(key: string, attempt: number): string {
  return attempt === 1 ? key : `${againStem(key)}@${attempt}`;
}

/** What all further tries of a key begin with. Room is left for the number of a try. */
export function againStem(key: string): string {
  return short(key, KEY_MAX_LENGTH - "@99".length);
}

/** Of which try a key is, and the stem of it; undefined: it is a first key. */
export function readAgain(
  key: string,
): { readonly stem: string; readonly attempt: number } | undefined {
  const [, stem = "", attempt] = /^(.+)@(\d+)$/.exec(key) ?? [];
  return attempt === undefined ? undefined : { stem, attempt: Number(attempt) };
}

/** The key of goods that had to be brought for an order. */
export function restockKey(order: string): string {
  return short(`stock:${order}`);
}

/** The key of what a cancellation gives back of one order: `C536506:536488`. */
export function refundKey(number: string, order: string): string {
  return short(`${invoiceId(number)}:${order}`);
}

/** The longest key of an order, a payment, a refund, a buyer. */
const KEY_MAX_LENGTH = 40;

/** A longer one is told by its hash, behind a beginning that no escaped name has. */
function short(key: string, length: number = KEY_MAX_LENGTH): string {
  if (key.length <= length) return key;
  const mark = "x..";
  return `${mark}${hash("sha256", key, "hex").slice(0, length - mark.length)}`;
}

function begun(name: string): string {
  return name.startsWith(".") ? `n.${name}` : name;
}
