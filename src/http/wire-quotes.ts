/** Quotes on the wire: bigints as strings, instants as RFC 3339 text. */
import type { Static } from "typebox";
import { toRfc3339 } from "../base/index.ts";
import type { PricedNow, Quote, QuoteCheck, QuoteRequest, Requote } from "../catalog/index.ts";
import type { QuoteBody } from "./schemas-quotes.ts";
import { buyersText } from "./shop-words.ts";
import { plainWire } from "./wire-catalog.ts";

export function quoteRequestOf({ lines, ...rest }: Static<typeof QuoteBody>): QuoteRequest {
  return {
    ...rest,
    lines: lines.map(({ sku, quantity, attributes, agreed }) => ({
      ...{ sku, quantity: BigInt(quantity) },
      ...(attributes === undefined ? {} : { attributes }),
      ...(agreed === undefined ? {} : { agreed: agreedOf(agreed) }),
    })),
  };
}

interface AgreedAsked {
  readonly amount: string;
  readonly per?: string;
  readonly reason: string;
}

function agreedOf({ amount, per, reason }: AgreedAsked) {
  return { amount: BigInt(amount), reason, ...(per === undefined ? {} : { per: BigInt(per) }) };
}

/** With or without its hash, which is over the whole text and read as it is. */
export function quoteOnWire({ pricedAt, expiresAt, ...quote }: Quote): object {
  return {
    ...(plainWire(quote) as object),
    pricedAt: toRfc3339(pricedAt),
    expiresAt: toRfc3339(expiresAt),
  };
}

/** Without its lines and their proof, which are most of its bytes. */
export function briefOnWire({ id, key, hash, currency, total, expiresAt }: Quote): object {
  return { id, key, hash, currency, total: total.toString(), expiresAt: toRfc3339(expiresAt) };
}

type Known = Exclude<QuoteCheck, { readonly status: "unknown" }>;

export function checkOnWire(check: Known): unknown {
  const quote = quoteOnWire(check.quote);
  switch (check.status) {
    case "good":
      return { status: check.status, quote };
    case "altered": {
      const { status, echoed, differs } = check;
      return { status, quote, echoed: plainWire(echoed), differs };
    }
    case "expired": {
      const { status, expiredAt, now } = check;
      return { status, quote, expiredAt: toRfc3339(expiredAt), now: nowOnWire(now) };
    }
    case "withdrawn": {
      const { status, skus, now } = check;
      return { status, quote, skus, now: nowOnWire(now) };
    }
  }
}

function nowOnWire(now: PricedNow): unknown {
  if (now.status === "refused") {
    return { status: now.status, code: now.code, detail: buyersText(now.error) };
  }
  return { status: now.status, total: now.total.toString(), currency: now.currency };
}

export function requoteOnWire({ before, now, changes }: Requote): unknown {
  return { before: quoteOnWire(before), now: quoteOnWire(now), changes: plainWire(changes) };
}
