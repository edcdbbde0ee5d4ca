/**
 * Inputs, results and events on the wire: JSON, and what JSON lacks as {"$": kind, "v": text}. Plain data,
 * bigint, Date, bytes and undefined come out as they went in; anything else is not sent.
 */
import { clientProblem } from "./problem.ts";

const DEPTH_MAX = 30;
const tag = (kind: string, v: unknown) => ({ $: kind, v });

/** Throws LongmenProblem client.request_malformed, with the place. */
export function payloadToWire(value: unknown, at: string, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw unfit(at, "is nested too deeply, or in itself");
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return tag("number", Object.is(value, -0) ? "-0" : String(value));
    case "bigint":
      return tag("bigint", value.toString());
    case "undefined":
      return tag("undefined", "");
    case "object":
      return value === null ? null : objectToWire(value, at, depth + 1);
    default:
      throw unfit(at, `is a ${typeof value}`);
  }
}

function objectToWire(value: object, at: string, depth: number): unknown {
  if (Array.isArray(value)) {
    return value.map((item, place) => payloadToWire(item, `${at}/${place}`, depth));
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw unfit(at, "is no date");
    return tag("date", value.toISOString());
  }
  if (value instanceof Uint8Array) {
    return tag("bytes", btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join("")));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unfit(at, "is no plain data");
  const entries = Object.entries(value).map(
    ([key, item]) => [key, payloadToWire(item, `${at}/${key}`, depth)] as const,
  );
  const needsPairs = Object.hasOwn(value, "$") || Object.hasOwn(value, "__proto__");
  return needsPairs ? tag("entries", entries) : Object.fromEntries(entries);
}

function unfit(at: string, why: string): Error {
  return clientProblem("request_malformed", { what: `${at} ${why}`, pointer: at });
}

export function payloadOf(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(payloadOf);
  if (Object.hasOwn(json, "$")) return untagged(json as { $: string; v: unknown });
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, payloadOf(item)]));
}

function untagged({ $: kind, v }: { readonly $: string; readonly v: unknown }): unknown {
  switch (kind) {
    case "bigint":
      return BigInt(v as string);
    case "date":
      return new Date(v as string);
    case "bytes":
      return Uint8Array.from(atob(v as string), (char) => char.charCodeAt(0));
    case "number":
      return Number(v);
    case "entries": {
      const entries = v as readonly (readonly [string, unknown])[];
      return Object.fromEntries(entries.map(([key, item]) => [key, payloadOf(item)]));
    }
    default:
      return undefined;
  }
}
