/** Lists that are answered in pages, read as they are needed. */

import type { CallOptions } from "./outcome-unknown.ts";

export interface ListOptions extends CallOptions {
  /** Items a page: 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

/** A page may be short or even empty and still have a cursor. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; absent at the last one. */
  readonly cursor?: string | undefined;
}

/** `for await (const item of list)` reads page after page; nothing is asked before, or ahead. */
export interface List<T, P = Page<T>> extends AsyncIterable<T> {
  /** One page: the first, or the one at a cursor. */
  page(cursor?: string): Promise<P>;
  /** The pages themselves. */
  pages(): AsyncIterable<P>;
}

export function listOf<T, P extends { readonly cursor?: string | undefined }>(
  read: (cursor: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[],
): List<T, P> {
  async function* pages(): AsyncGenerator<P, void, undefined> {
    let cursor: string | undefined;
    do {
      const page: P = await read(cursor);
      yield page;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  async function* items(): AsyncGenerator<T, void, undefined> {
    for await (const page of pages()) yield* itemsOf(page);
  }
  return { page: (cursor) => read(cursor), pages, [Symbol.asyncIterator]: items };
}
