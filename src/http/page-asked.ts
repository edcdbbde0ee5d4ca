/** What a query says, in the ledger's words. Numbers are read from text that a schema has checked. */
import { Type } from "typebox";
import { fail, type Instant, LongmenError, parseRfc3339 } from "../base/index.ts";
import type { PageRequest } from "../ledger/index.ts";
import { httpErrors } from "./http.errors.ts";
import { digits, text } from "./schemas.ts";

export const pageQuery = {
  cursor: Type.Optional(text("Where the page before ended; opaque.", "WyI4Zl…")),
  limit: Type.Optional(digits("1 to 1000; 100 when left out.", "100")),
};

interface PageWords {
  readonly cursor?: string;
  readonly limit?: string;
  readonly order?: "newest" | "oldest";
}

export function pageAsked({ cursor, limit, order }: PageWords): PageRequest {
  return { cursor, limit: numberAsked(limit), order };
}

export function numberAsked(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** Refuses: http.query_malformed. */
export function instantAsked(name: string, value: string | undefined): Instant | undefined {
  if (value === undefined) return undefined;
  try {
    return parseRfc3339(value);
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    throw fail(httpErrors, "query_malformed", { problem: `${name} is no RFC 3339 time` }, error);
  }
}
