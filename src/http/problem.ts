/** Problem details (RFC 9457): what every answer that is not 2xx looks like. */
import { httpStatusOf, LongmenError, type Retry } from "../base/index.ts";
import { type Refused, refusalRow } from "../ledger/index.ts";
import { bugWords, wordsBeside } from "./beside-words.ts";
import { INTERNAL_CODE } from "./http.errors.ts";
import { OVERLOADED_RETRY_MS } from "./limits.ts";
import { forBuyer, type Mistaken, shopWordsOf } from "./shop-words.ts";

export interface Problem {
  /** Relative to the server: where the code is explained. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  readonly advice?: string;
  readonly retry: Retry;
  readonly retryAfterMs?: number;
  /** Where a refusal is remembered: the id is burnt and this is its row. */
  readonly seq?: number;
  /** What was refused at first, when the code is ledger.id_already_failed. */
  readonly original?: string;
  /** Of a chain: the first request that could not be, from 0. */
  readonly index?: number;
  /** JSON pointer to what is malformed in the body, or not permitted. */
  readonly pointer?: string;
  /** Of a batch: every item that is not permitted for this very reason, `pointer` the first of them. */
  readonly pointers?: readonly string[];
  /** Of what a shop refuses: what its words speak of. Amounts and quantities as decimal strings. */
  readonly details?: Readonly<Record<string, string | number>>;
  /** The same as a buyer reads it: what happened, and what to do now. */
  readonly words?: { readonly en: string; readonly zh: string };
  /** Of what an author or a buyer sent: everything that is wrong with it, by its place. */
  readonly mistakes?: readonly Mistaken[];
  readonly traceId: string;
}

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

const titles: Readonly<Record<number, string>> = {
  400: "Malformed",
  401: "Who are you?",
  403: "Not permitted",
  404: "Not there",
  409: "In conflict",
  422: "Refused",
  429: "Too much at once",
  500: "A bug of Longmen",
  503: "Not now",
};

const typeOf = (code: string): string => `/reference#${code}`;
const titleOf = (status: number): string => titles[status] ?? "Refused";

/** Who works in the shop sees how its rules failed; who buys there that they did. */
export type Sees = "shop" | "buyer";

/** Anything thrown, as a problem. What is no LongmenError is a bug, of which nothing is told. */
export function problemOf(error: unknown, traceId: string, sees: Sees = "buyer"): Problem {
  if (!(error instanceof LongmenError)) {
    const head = problemHead(INTERNAL_CODE, 500, "same_request");
    return { ...head, advice: INTERNAL_ADVICE, words: bugWords, traceId };
  }
  const { code, details, retry, advice } = error;
  const status = httpStatusOf[error.kind];
  const { pointer, pointers } = details;
  const wait = waitMs(error, status);
  // What the store says of itself names hosts, users and files: for the log, not for callers.
  const isUntold = code.startsWith("postgres.") && !code.startsWith("postgres.schema_newer");
  const shop = shopWordsOf(error);
  const problem = {
    ...problemHead(code, status, retry),
    detail: isUntold ? "The database does not answer as it should." : error.message,
    ...(isUntold ? {} : { advice }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(typeof pointer === "string" ? { pointer } : {}),
    ...(Array.isArray(pointers) ? { pointers: pointers as readonly string[] } : {}),
    traceId,
  };
  if (shop === undefined) return { ...problem, ...wordsBeside(error) };
  return { ...problem, ...(sees === "shop" ? shop : forBuyer(shop, error)) };
}

const INTERNAL_ADVICE =
  "It is logged under the trace id. Whether anything was done, the id of the request tells: send it again, or look it up.";

export function problemHead(code: string, status: number, retry: Retry) {
  return { type: typeOf(code), title: titleOf(status), status, code, retry };
}

/** Every 429 and 503 says when to come back; where its room does not know, the door does. */
function waitMs(error: LongmenError, status: number): number | undefined {
  const hint = error.details["retryAfterMs"];
  if (typeof hint === "number" && hint >= 0) return Math.ceil(hint);
  return status === 429 || status === 503 ? OVERLOADED_RETRY_MS : undefined;
}

/** A book's refusal, as a problem: the kind of its code decides the status. */
export function problemOfRefusal(refused: Refused & { index?: number }, traceId: string): Problem {
  const row = refusalRow(refused.code);
  const { seq, original, index } = refused;
  return {
    ...problemHead(refused.code, httpStatusOf[row.kind], row.retry),
    detail: row.message,
    advice: row.advice,
    ...(seq === undefined ? {} : { seq }),
    ...(original === undefined ? {} : { original }),
    ...(index === undefined ? {} : { index }),
    traceId,
  };
}
