/** Onto the wire, exactly: bigints to strings, instants to RFC 3339; whatever can't be is refused. */
import type * as Wire from "./api-types.ts";
import type { Bound, Chain, Instant, Posting, Request } from "./posting.ts";
import { clientProblem } from "./problem.ts";

export type WireRequest = Exclude<Wire.BatchBody["items"][number], Wire.ChainItem>;
export type WirePosting = Wire.BatchBody["items"][number];

function malformed(what: string, pointer: string): Error {
  return clientProblem("request_malformed", { what, pointer });
}

const AMOUNT_DIGITS_MAX = 19;

export function amountText(amount: bigint, pointer: string): string {
  if (typeof amount !== "bigint") throw malformed(`${pointer} is no bigint`, pointer);
  const text = amount.toString();
  if (text.startsWith("-")) throw malformed(`${pointer} is below zero`, pointer);
  if (text.length > AMOUNT_DIGITS_MAX) throw malformed(`${pointer} is too large`, pointer);
  return text;
}

function boundText(bound: Bound, pointer: string): string {
  return bound === "none" ? bound : amountText(bound, pointer);
}

/** The wire's years have four digits. */
const EARLIEST = Date.parse("0000-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

let lastAt = Number.NaN;
let lastText = "";

/** Requests made together often share their time, so the text of the last one is kept. */
export function timeText(at: Instant, pointer: string): string {
  if (at === lastAt) return lastText;
  if (!Number.isInteger(at) || at < EARLIEST || at > LATEST) {
    throw malformed(
      `${pointer} is no whole number of milliseconds of the years 0 to 9999`,
      pointer,
    );
  }
  lastText = new Date(at).toISOString();
  lastAt = at;
  return lastText;
}

/** One request as an item of a chain or a batch. Members that are undefined travel as absent. */
export function requestToWire(request: Request, at = ""): WireRequest {
  if (typeof request !== "object" || request === null) throw malformed("it is no object", at);
  switch (request.kind) {
    case "open": {
      const { bound, ...rest } = request;
      return present({
        ...rest,
        bound: bound === undefined ? bound : boundText(bound, `${at}/bound`),
      });
    }
    case "bound":
      return { ...request, bound: boundText(request.bound, `${at}/bound`) };
    case "close":
    case "reopen":
      return request;
    case "asset":
      return present(request);
    case "post":
    case "void": {
      const { amount, effectiveAt, ...rest } = request;
      return present({
        ...rest,
        amount: amount === undefined ? amount : amountText(amount, `${at}/amount`),
        effectiveAt: optionalTime(effectiveAt, at),
      });
    }
    default: {
      const { amount, effectiveAt, ...rest } = request;
      return present({
        ...rest,
        amount: amountText(amount, `${at}/amount`),
        effectiveAt: optionalTime(effectiveAt, at),
      });
    }
  }
}

function optionalTime(at: Instant | undefined, place: string): string | undefined {
  return at === undefined ? undefined : timeText(at, `${place}/effectiveAt`);
}

/** What JSON makes of it: absent where undefined. */
type Present<T> = T extends unknown
  ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
      [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
    }
  : never;

function present<T extends object>(value: T): Present<T> {
  return value as unknown as Present<T>;
}

export function chainToWire({ chain, requests }: Chain): Wire.ChainItem {
  if (!Array.isArray(requests)) throw malformed("/requests is no list", "/requests");
  return {
    chain,
    requests: requests.map((one: Request, index) => requestToWire(one, `/requests/${index}`)),
  };
}

export function postingToWire(posting: Posting): WirePosting {
  if (typeof posting === "object" && posting !== null && "chain" in posting) {
    return "requests" in posting ? chainToWire(posting) : requestToWire(posting);
  }
  return requestToWire(posting);
}
