/** From what a room knows to what may stand in a log: bounded, masked, plain JSON. */
import { LongmenError } from "./errors.ts";
import { isSecretKey, MASK, maskSecrets } from "./mask.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** The keys of the line itself: a second `level` in the JSON would hide the first. */
const RESERVED = ["level", "time", "message"] as const;
const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const TEXT_MAX = 8_192;

/** The fields as they will be written. Never throws: a log line must not be what fails. */
export function loggable(fields: LogFields): Record<string, unknown> {
  const plain = entries(fields, 0);
  for (const key of RESERVED) {
    if (!(key in plain)) continue;
    plain[`${key}_`] = plain[key];
    delete plain[key];
  }
  return plain;
}

function entries(fields: object, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  let left = ITEMS_MAX;
  for (const key of Object.keys(fields)) {
    if (left-- === 0) break;
    const value = (fields as LogFields)[key];
    plain[key] = isSecretKey(key) && value !== undefined ? MASK : written(value, depth + 1);
  }
  return plain;
}

function written(value: unknown, depth: number): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) return "…";
  if (value instanceof Error) return errorFields(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Map) return entries(byText(value), depth);
  if (value instanceof Set) return items([...value], depth);
  if (Array.isArray(value)) return items(value, depth);
  return entries(value, depth);
}

function byText(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  return Object.fromEntries([...map].map(([key, value]) => [nameOf(key), value]));
}

/** A key may be anything, also what can't be turned into text. */
function nameOf(key: unknown): string {
  if (typeof key === "string") return key;
  const isPlain = typeof key === "number" || typeof key === "bigint" || typeof key === "boolean";
  return isPlain ? key.toString() : typeof key;
}

function items(values: readonly unknown[], depth: number): unknown[] {
  const shown = values.slice(0, ITEMS_MAX).map((each) => written(each, depth + 1));
  return values.length > ITEMS_MAX ? [...shown, `… ${values.length - ITEMS_MAX} more`] : shown;
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const own = error instanceof LongmenError ? refusalFields(error, depth) : entries(error, depth);
  return {
    ...own,
    name: error.name,
    message: text(error.message),
    stack: text(error.stack ?? ""),
    ...(error.cause === undefined ? {} : { cause: written(error.cause, depth + 1) }),
  };
}

function refusalFields(error: LongmenError, depth: number): Record<string, unknown> {
  const { code, kind, retry, advice, details } = error;
  return { code, kind, retry, advice: text(advice), details: written(details, depth + 1) };
}

function text(value: string): string {
  const masked = maskSecrets(value);
  return masked.length > TEXT_MAX ? `${masked.slice(0, TEXT_MAX)}…` : masked;
}
