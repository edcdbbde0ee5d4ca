/** Quotes that were made or read here lately; they never change. */
import { type Quote, readQuote } from "./quote.ts";

/** A quote as it is stored. */
export interface QuoteText {
  readonly quoteId: string;
  readonly book: string;
  readonly body: string;
  readonly contentHash: Buffer;
}

/** Letters, some twenty thousand lines of them. */
const LETTERS_KEPT_MAX = 16_000_000;
/** When none was made or asked for in so long, all go: the table has them. */
export const REST_MS = 60_000;

/**
 * Kept as texts, and read when they are asked for: a quote of many lines is thousands of objects, which the
 * collector of garbage would carry along until it is sold, and most are sold once.
 */
export class KeptQuotes {
  private readonly texts = new Map<string, QuoteText>();
  private letters = 0;
  private readonly idle = setTimeout(() => this.forget(), REST_MS).unref();

  find(book: string, id: string): Quote | undefined {
    this.idle.refresh();
    const kept = this.texts.get(placeOf(book, id));
    return kept && readQuote(kept.body, kept.contentHash);
  }

  keep(text: QuoteText): void {
    this.idle.refresh();
    const place = placeOf(text.book, text.quoteId);
    if (this.texts.has(place)) return;
    this.texts.set(place, text);
    this.letters += text.body.length;
    for (const [oldest, { body }] of this.texts) {
      if (this.letters <= LETTERS_KEPT_MAX) break;
      this.texts.delete(oldest);
      this.letters -= body.length;
    }
  }

  /** Keeps what was read from the database, and answers it. */
  read(text: QuoteText): Quote {
    this.keep(text);
    return readQuote(text.body, text.contentHash);
  }

  private forget(): void {
    this.texts.clear();
    this.letters = 0;
  }
}

const placeOf = (book: string, id: string): string => `${id}/${book}`;
