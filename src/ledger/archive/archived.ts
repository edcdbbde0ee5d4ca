/** Reads of what is archived: what they may still tell, and what they refuse. */
import { fail, type Instant, type LongmenError, toRfc3339 } from "../../base/index.ts";
import { readingErrors } from "../reading.errors.ts";
import type { Reader } from "../reader.ts";
import { newestArchive } from "./archive.sql.ts";

/** The book is whole behind this seq; before it entries are slim and balances are gone. */
export interface Archived {
  readonly throughSeq: number;
  readonly at: Instant;
  readonly effectiveMax: Instant;
  readonly file: string;
}

export async function archivedOf(database: Reader, book: number): Promise<Archived | undefined> {
  const row = await database.maybe(newestArchive, { book });
  return row === undefined ? undefined : { ...row, throughSeq: Number(row.throughSeq) };
}

/** The caller throws it: ledger.archived. */
export function isArchived({ throughSeq, at, file }: Archived): LongmenError {
  return fail(readingErrors, "archived", { seq: throughSeq, at: toRfc3339(at), file });
}

/**
 * Runs a read that goes by how far the book is archived, and again if that has moved meanwhile: what it
 * read may have gone under its hands.
 */
export async function steadily<T>(
  database: Reader,
  book: number,
  read: (archived: Archived | undefined) => Promise<T>,
): Promise<T> {
  let before = await archivedOf(database, book);
  for (;;) {
    const found = await read(before);
    const after = await archivedOf(database, book);
    if (after?.throughSeq === before?.throughSeq) return found;
    before = after;
  }
}
