/** What a schedule says of an HTTP call; how it is made stands in `http-calls.ts`. */
import { fail } from "../../base/index.ts";
import type { CallTarget } from "../define-schedule.ts";
import { scheduleErrors } from "../schedule.errors.ts";

export interface HttpCallOptions {
  /** Where to: https, or http to a host that the node allows. */
  readonly url: string;
  /**
   * The name of the secret that signs the call. Nodes know secrets by name (`httpCalls`); it is kept in no
   * table, and shown nowhere.
   */
  readonly secret: string;
  /** Sent along. Not those by which the call is signed or framed. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long one attempt may take; 30 s when left out. */
  readonly timeoutMs?: number | undefined;
  /**
   * How often it is tried at most, with pauses that grow to 10 minutes, or as long as the callee asks for by
   * `Retry-After`, up to an hour; 12 when left out.
   */
  readonly attempts?: number | undefined;
}

/** As it is kept in the schedule. */
export interface HttpCall {
  readonly url: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly attempts: number;
}

const URL_MAX_LENGTH = 2_000;
const HEADERS_MAX = 50;
const HEADER_MAX_LENGTH = 4_000;
const TIMEOUT_MAX_MS = 300_000;
const ATTEMPTS_MAX = 50;
const SECRET_NAME = /^[A-Za-z0-9._-]{1,100}$/;
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,200}$/;
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const OURS =
  /^(webhook-|content-|host$|connection$|transfer-|te$|trailer$|upgrade$|expect$|proxy-|keep-alive$)/;

/**
 * A target that POSTs JSON, signed as Standard Webhooks says. Its node must have been given
 * `httpCalls({ secrets })`. Refuses: schedule.call_malformed.
 */
export function httpCall(options: HttpCallOptions): CallTarget {
  return { call: readCall(options) };
}

/** Refuses: schedule.call_malformed, with the field. */
export function readCall(options: unknown): HttpCall {
  const refuse = (field: string, expected: string) =>
    fail(scheduleErrors, "call_malformed", { field, expected });
  if (typeof options !== "object" || options === null) throw refuse("the whole", "an object");
  const given = options as Readonly<Record<keyof HttpCallOptions, unknown>>;
  const { url, secret, headers = {}, timeoutMs = 30_000, attempts = 12 } = given;
  const problem = urlProblem(url);
  if (problem !== undefined) throw refuse("url", problem);
  if (typeof secret !== "string" || !SECRET_NAME.test(secret)) {
    throw refuse("secret", "the name of a secret: up to 100 of A-Z a-z 0-9 . _ -");
  }
  if (!isWhole(timeoutMs, 1, TIMEOUT_MAX_MS)) {
    throw refuse("timeoutMs", `a whole number from 1 to ${TIMEOUT_MAX_MS}`);
  }
  if (!isWhole(attempts, 1, ATTEMPTS_MAX)) {
    throw refuse("attempts", `a whole number from 1 to ${ATTEMPTS_MAX}`);
  }
  return {
    url: new URL(String(url)).href,
    secret,
    headers: readHeaders(headers, refuse),
    timeoutMs,
    attempts,
  };
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function urlProblem(url: unknown): string | undefined {
  if (typeof url !== "string" || url.length > URL_MAX_LENGTH) {
    return `a text of up to ${URL_MAX_LENGTH} characters`;
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    return "an address that begins with https:// or http://";
  }
  if (parsed.username !== "" || parsed.password !== "")
    return "an address without a password in it";
  return undefined;
}

type Refuse = (field: string, expected: string) => Error;

function readHeaders(headers: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (typeof headers !== "object" || headers === null)
    throw refuse("headers", "an object of texts");
  const entries = Object.entries(headers as Record<string, unknown>);
  if (entries.length > HEADERS_MAX) throw refuse("headers", `at most ${HEADERS_MAX} headers`);
  const read = entries.map(([name, value]) => {
    const key = name.toLowerCase();
    if (!HEADER_NAME.test(key) || OURS.test(key)) {
      throw refuse(`headers.${name}`, "a header that may be sent along");
    }
    const fits =
      typeof value === "string" && value.length <= HEADER_MAX_LENGTH && HEADER_VALUE.test(value);
    if (!fits) throw refuse(`headers.${name}`, "a text that fits into a header");
    return [key, value] as const;
  });
  return Object.fromEntries(read);
}
