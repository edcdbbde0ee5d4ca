/** Quotes that were made or read here lately; they never change. */
import type { Quote } from "./quote.ts";

/** Counted in lines: many quotes of one line, or a few of the longest. */
const LINES_KEPT_MAX = 20_000;

export class KeptQuotes {
  private readonly quotes = new Map<string, Quote>();
  private lines = 0;

  find(book: string, id: string): Quote | undefined {
    return this.quotes.get(placeOf(book, id));
  }

  keep(quote: Quote): Quote {
    const place = placeOf(quote.book, quote.id);
    if (this.quotes.has(place)) return quote;
    this.quotes.set(place, quote);
    this.lines += quote.lines.length;
    for (const [oldest, { lines }] of this.quotes) {
      if (this.lines <= LINES_KEPT_MAX) break;
      this.quotes.delete(oldest);
      this.lines -= lines.length;
    }
    return quote;
  }
}

const placeOf = (book: string, id: string): string => `${id}/${book}`;
