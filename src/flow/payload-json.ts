/**
 * Inputs, results and events as doors show and take them: JSON, and what JSON lacks as {"$": kind, "v": text},
 * the same as it is kept. What was shown can be sent back as it is.
 */
import { fail } from "../base/index.ts";
import { decodePayload, encodePayload } from "./codec.ts";
import { flowErrors } from "./flow.errors.ts";

/** JSON of a value; undefined has none. Refuses: flow.payload_unfit, flow.payload_too_large. */
export function payloadToJson(value: unknown): unknown {
  const text = encodePayload("what is shown", value);
  return text === null ? undefined : (JSON.parse(text) as unknown);
}

const TAG = "$";
const NUMBERS = ["NaN", "Infinity", "-Infinity", "-0"];

/** The value of JSON that came in. Refuses: flow.payload_unfit, where a tag is none. */
export function payloadFromJson(what: string, json: unknown): unknown {
  if (json === undefined) return undefined;
  checkTags(what, json, []);
  return decodePayload(JSON.stringify(json));
}

function checkTags(what: string, json: unknown, path: readonly (string | number)[]): void {
  if (typeof json !== "object" || json === null) return;
  if (Array.isArray(json)) {
    json.forEach((item, at) => checkTags(what, item, [...path, at]));
    return;
  }
  if (Object.hasOwn(json, TAG)) checkTag(what, json as Record<string, unknown>, path);
  else
    for (const [key, item] of Object.entries(json)) {
      checkTags(what, item, [...path, key]);
    }
}

function checkTag(
  what: string,
  { $: kind, v, ...more }: Record<string, unknown>,
  path: readonly (string | number)[],
): void {
  if (Object.keys(more).length === 0 && typeof v === "string" && isTag(kind, v)) return;
  if (Object.keys(more).length === 0 && kind === "entries" && areEntries(v)) {
    v.forEach(([key, item]) => checkTags(what, item, [...path, key]));
    return;
  }
  const place = path.length === 0 ? "the whole of it" : path.join(".");
  const why = `has a "$" that is no bigint, date, bytes, number, undefined or entries`;
  throw fail(flowErrors, "payload_unfit", { what, place, why });
}

const BIGINT = /^-?\d{1,1000}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function isTag(kind: unknown, v: string): boolean {
  switch (kind) {
    case "bigint":
      return BIGINT.test(v);
    case "date":
      return !Number.isNaN(Date.parse(v));
    case "bytes":
      return BASE64.test(v);
    case "number":
      return NUMBERS.includes(v);
    case "undefined":
      return true;
    default:
      return false;
  }
}

function areEntries(v: unknown): v is [string, unknown][] {
  const isEntry = (one: unknown): boolean =>
    Array.isArray(one) && one.length === 2 && typeof one[0] === "string";
  return Array.isArray(v) && v.every(isEntry);
}
