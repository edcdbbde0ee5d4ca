import { backoff, fail, hasCode, newId, systemClock } from "../base/index.ts";
import { unit, type UnitBuilder } from "../postgres/index.ts";
import { sha256 } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { quoteById, quoteByKey } from "./catalog.sql.ts";
import type { Actor } from "./items.ts";
import { priceLines } from "./price-lines.ts";
import { type Quote, writeQuote } from "./quote.ts";
import { bodyHashOf, type QuoteRequest, readQuoteRequest } from "./quote-request.ts";
import { type CatalogRoom, checkActor } from "./room.ts";
import type { KeepDecision } from "./rule.ts";
import { insertQuotes, type QuoteRow } from "./write-quotes.ts";

/** While prices move: each try is one pricing and one commit. */
/** Some 3 s: so long others may be ahead with changes, on a machine that is slow. */
const TRIES_MAX = 60;

export interface QuoteAnswer {
  readonly status: "created" | "exists";
  readonly quote: Quote;
  /** It was made under this key before, and its time is over: a price of now needs another key. */
  readonly expired?: true;
}

/** Prices a request and keeps that until it expires; see `Catalog.quote`. */
export async function makeQuote(
  room: CatalogRoom,
  book: string,
  given: QuoteRequest,
  actor?: Actor,
): Promise<QuoteAnswer> {
  room.old?.lookSometimes(room);
  const request = readQuoteRequest(given);
  const by = actor === undefined ? undefined : checkActor(actor);
  const bodyHash = bodyHashOf(request);
  const before = (): Promise<QuoteAnswer | undefined> =>
    replayed(room, book, request.key, bodyHash);
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const memory = await room.memory.current(book);
    const at = room.time.now();
    let row: QuoteRow;
    let made: Omit<Quote, "hash">;
    const kept: KeepDecision[] = [];
    try {
      const content = await priceLines(room, memory, request, { at, by, kept });
      const expiresAt = at + memory.settings.quoteTtlMs;
      made = { ...content, id: newId(), key: request.key, book, expiresAt };
      row = rowOf(made, bodyHash);
    } catch (error) {
      await keepAlone(room, kept);
      // It may have been quoted while it could be.
      const known = await before();
      if (known !== undefined) return known;
      throw error;
    }
    if ((await submit(room, row, kept)) === "committed") {
      const { book, quoteId, body, contentHash } = row;
      room.quotes.keep({ book, quoteId, body, contentHash });
      return { status: "created", quote: { ...made, hash: contentHash.toString("hex") } };
    }
    const known = await before();
    if (known !== undefined) return known;
    await room.memory.refreshed(book);
    if (attempt > 1) await systemClock.sleep(backoff({ attempt, baseMs: 5, maxMs: 100 }));
  }
  throw fail(catalogErrors, "changing", { book });
}

/**
 * A lost outcome is no reason to wait: the key is unique, so whichever of two tries comes first stands, and the
 * other finds it.
 */
async function submit(
  { lane }: CatalogRoom,
  row: QuoteRow,
  kept: readonly KeepDecision[],
): Promise<"committed" | "not"> {
  const quote = unit(`catalog/quote/${row.quoteId}`).write(insertQuotes, row);
  const made = withDecisions(quote, kept);
  try {
    const { status } = await lane.submit({ ...made, context: undefined });
    return status === "committed" ? "committed" : "not";
  } catch (error) {
    if (hasCode(error, "lane.outcome_unknown")) return "not";
    throw error;
  }
}

/** Of a request that has no price: what a rule answered stays to be seen, for the refusal may name it. */
async function keepAlone({ lane }: CatalogRoom, kept: readonly KeepDecision[]): Promise<void> {
  if (kept.length === 0) return;
  const made = withDecisions(unit(`catalog/unpriced/${newId()}`), kept);
  await lane.submit({ ...made, context: undefined });
}

const withDecisions = (
  building: UnitBuilder<never>,
  kept: readonly KeepDecision[],
): UnitBuilder<never> => kept.reduce((grown, keep) => keep(grown), building);

/** Refuses: catalog.quote_key_conflict. */
async function replayed(
  room: CatalogRoom,
  book: string,
  key: string,
  bodyHash: Buffer,
): Promise<QuoteAnswer | undefined> {
  const row = await room.database.maybe(quoteByKey, { book, key });
  if (row === undefined) return undefined;
  if (!row.bodyHash.equals(bodyHash)) throw fail(catalogErrors, "quote_key_conflict", { key });
  const quote = room.quotes.read({ ...row, book });
  const isOver = room.time.now() >= quote.expiresAt;
  return { status: "exists", quote, ...(isOver ? { expired: true } : {}) };
}

/** The quote as it was made. Undefined: there is none. */
export async function findQuote(
  room: CatalogRoom,
  book: string,
  id: string,
): Promise<Quote | undefined> {
  const known = room.quotes.find(book, id);
  if (known !== undefined) return known;
  if (typeof book !== "string" || !book.isWellFormed() || book.includes("\0")) return undefined;
  if (typeof id !== "string" || !/^[0-9a-z]{1,64}$/.test(id)) return undefined;
  const row = await room.database.maybe(quoteById, { book, id });
  return row === undefined ? undefined : room.quotes.read({ ...row, book });
}

function rowOf(quote: Omit<Quote, "hash">, bodyHash: Buffer): QuoteRow {
  const { book, id: quoteId, key, currency, total, expiresAt, catalogVersion, pricedAt } = quote;
  const body = writeQuote(quote);
  return {
    ...{ book, quoteId, key, bodyHash, contentHash: sha256(body), body },
    ...{ currency, total, madeAt: pricedAt, expiresAt, catalogVersion },
  };
}
