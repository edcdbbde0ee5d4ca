/**
 * What a flow is given, learns and answers, as text: JSON, and beyond it bigint, Date, bytes, undefined
 * and the numbers that JSON lacks, each as {"$": kind, "v": text}. Anything else is refused by the path at
 * which it stands: what comes back after a crash is what was there before it, or it is not taken.
 */
import { fail } from "../base/index.ts";
import { flowErrors } from "./flow.errors.ts";

/** The most that one input, result or event may take, in bytes. */
export const PAYLOAD_MAX_BYTES = 1_048_576;
const DEPTH_MAX = 200;
const TAG = "$";

/** Undefined is no text. Refuses: flow.payload_unfit, flow.payload_too_large. */
export function encodePayload(what: string, value: unknown): string | null {
  if (value === undefined) return null;
  const text = isPlain(value, 0) ? JSON.stringify(value) : JSON.stringify(tagged(what, value, []));
  // Up to three bytes a character: most texts need not be counted.
  if (text.length * 3 > PAYLOAD_MAX_BYTES) {
    const bytes = Buffer.byteLength(text);
    if (bytes > PAYLOAD_MAX_BYTES) {
      throw fail(flowErrors, "payload_too_large", { what, bytes, max: PAYLOAD_MAX_BYTES });
    }
  }
  return text;
}

export function decodePayload(text: string | null): unknown {
  if (text === null) return undefined;
  const value = JSON.parse(text) as unknown;
  return text.includes(`"${TAG}"`) ? untagged(value) : value;
}

/**
 * What was written as that text, as every later life will read it: a copy, which nobody else changes. What is
 * given by a caller or answered by a step goes on as this, so that the first life sees what the next one does.
 */
export function asKept<T>(value: T, text: string | null): T {
  return typeof value === "object" && value !== null ? (decodePayload(text) as T) : value;
}

/** Nothing in it that JSON would change: most payloads, and they are written without a copy. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      if (value === null) return true;
      if (depth > DEPTH_MAX) return false;
      if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
      return isRecord(value) && hasPlainFields(value, depth + 1);
    default:
      return false;
  }
}

function hasPlainFields(value: Record<string, unknown>, depth: number): boolean {
  for (const key of Object.keys(value)) {
    if (key === TAG || key === "__proto__" || !isPlain(value[key], depth)) return false;
  }
  return true;
}

function isRecord(value: object): value is Record<string, unknown> {
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

type Path = (string | number)[];

function tagged(what: string, value: unknown, path: Path): unknown {
  if (path.length > DEPTH_MAX) throw unfit(what, path, "is nested too deeply, or in itself");
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : tag("number", Object.is(value, -0) ? "-0" : String(value));
    case "bigint":
      return tag("bigint", value.toString());
    case "undefined":
      return tag("undefined", "");
    case "object":
      return value === null ? null : taggedObject(what, value, path);
    default:
      throw unfit(what, path, `is a ${typeof value}`);
  }
}

function taggedObject(what: string, value: object, path: Path): unknown {
  if (Array.isArray(value)) return value.map((item, at) => tagged(what, item, [...path, at]));
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw unfit(what, path, "is no date");
    return tag("date", value.toISOString());
  }
  if (value instanceof Uint8Array) return tag("bytes", Buffer.from(value).toString("base64"));
  if (!isRecord(value)) {
    const { name } = (value.constructor ?? {}) as { name?: string };
    throw unfit(what, path, `is of the kind ${name ?? "nameless"}, and no plain data`);
  }
  const entries = Object.entries(value).map(
    ([key, item]) => [key, tagged(what, item, [...path, key])] as const,
  );
  if (Object.hasOwn(value, TAG) || Object.hasOwn(value, "__proto__"))
    return tag("entries", entries);
  return Object.fromEntries(entries);
}

const tag = (kind: string, v: unknown): object => ({ [TAG]: kind, v });

function unfit(what: string, path: Path, why: string): Error {
  const place = path.length === 0 ? "the whole of it" : path.join(".");
  return fail(flowErrors, "payload_unfit", { what, place, why });
}

function untagged(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(untagged);
  if (Object.hasOwn(value, TAG)) return untag(value as unknown as Tagged);
  const entries = Object.entries(value).map(([key, item]) => [key, untagged(item)] as const);
  return Object.fromEntries(entries);
}

interface Tagged {
  readonly $: string;
  readonly v: unknown;
}

function untag({ $: kind, v }: Tagged): unknown {
  switch (kind) {
    case "bigint":
      return BigInt(v as string);
    case "date":
      return new Date(v as string);
    case "bytes":
      return new Uint8Array(Buffer.from(v as string, "base64"));
    case "number":
      return Number(v);
    case "entries": {
      const entries = v as [string, unknown][];
      return Object.fromEntries(entries.map(([key, item]) => [key, untagged(item)]));
    }
    default:
      return undefined;
  }
}

/** An error as a record keeps it. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly advice?: string | undefined;
  readonly stack?: string | undefined;
}

const MESSAGE_MAX = 4_000;
const STACK_MAX = 4_000;

/** Whatever was thrown, also what is no error. */
export function errorRecordOf(thrown: unknown): ErrorRecord {
  if (!(thrown instanceof Error)) return { name: "NotAnError", message: shown(thrown) };
  const { code, advice } = thrown as { code?: unknown; advice?: unknown };
  return {
    name: thrown.name,
    message: thrown.message.slice(0, MESSAGE_MAX),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof advice === "string" ? { advice } : {}),
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack.slice(0, STACK_MAX) }),
  };
}

function shown(thrown: unknown): string {
  try {
    const text = typeof thrown === "string" ? thrown : JSON.stringify(thrown);
    return (text ?? typeof thrown).slice(0, MESSAGE_MAX);
  } catch {
    return "it can't be shown";
  }
}
