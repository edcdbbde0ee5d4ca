/** One attempt: a POST to an address that was checked, its answer read as far as it is of interest. */
import { request as requestPlain } from "node:http";
import { request as requestEncrypted } from "node:https";
import type { LookupFunction } from "node:net";
import type { Address } from "./guard-address.ts";

/** So much of an answer is kept, in characters, and read at all, in bytes. */
const KEPT_LENGTH = 2_000;
const READ_MAX_BYTES = 64 * 1_024;

export interface Sending {
  readonly url: URL;
  readonly address: Address;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface CallAnswer {
  readonly status: number;
  /** The beginning of its text. */
  readonly body: string;
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number;
}

/**
 * RFC 9110, 10.2.3: seconds, or a date, which is by the callee's clock and so counted from its own. Undefined:
 * it says nothing that can be read.
 */
export function retryAfterMs(text: string | undefined, date: string | undefined) {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000;
  const [until, now] = [Date.parse(text), Date.parse(date ?? "")];
  if (Number.isNaN(until) || !text.trim().endsWith("GMT")) return undefined;
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now));
}

/** Follows no redirect: where it leads to nobody has looked. Rejects with what the wire says. */
export function sendCall({ url, address, headers, body, signal }: Sending): Promise<CallAnswer> {
  const bytes = Buffer.from(body);
  const lookup: LookupFunction = (_host, options, done) => {
    if (options.all === true) done(null, [address]);
    else done(null, address.address, address.family);
  };
  const request = url.protocol === "https:" ? requestEncrypted : requestPlain;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: "POST",
      // Its own connection: none that was opened for another address.
      agent: false,
      lookup,
      signal,
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": String(bytes.length),
        "user-agent": headers["user-agent"] ?? "longmen",
      },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      const told = (): void => {
        const text = Buffer.concat(parts).toString("utf8").slice(0, KEPT_LENGTH);
        const { date, "retry-after": after } = response.headers;
        const askedMs = retryAfterMs(after, date);
        const answer = { status: response.statusCode ?? 0, body: text };
        resolve(askedMs === undefined ? answer : { ...answer, retryAfterMs: askedMs });
      };
      response.on("data", (part: Buffer) => {
        parts.push(part);
        length += part.length;
        // What it says beyond that nobody reads.
        if (length < READ_MAX_BYTES) return;
        told();
        asked.destroy();
      });
      response.on("end", told);
      response.on("error", reject);
    });
    asked.end(bytes);
  });
}
