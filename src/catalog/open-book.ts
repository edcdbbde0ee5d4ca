import { backoff, fail, systemClock } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import { canonical } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { readBooks } from "./catalog.sql.ts";
import { type CatalogRoom, commitUnit } from "./room.ts";
import { type BookSettings, readSettings } from "./settings.ts";
import { saveBooks } from "./write-items.ts";

const BOOK_MAX_LENGTH = 200;
/** Some 2 s: who was first may be on its way yet. */
const TRIES_MAX = 40;

/** See `Catalog.openBook`. */
export async function openBook(
  room: CatalogRoom,
  book: string,
  given: unknown,
): Promise<BookSettings> {
  const isName = typeof book === "string" && book.length >= 1 && book.length <= BOOK_MAX_LENGTH;
  if (!isName || !book.isWellFormed() || book.includes("\0")) {
    throw fail(catalogErrors, "request_malformed", { field: "book", expected: "a book's name" });
  }
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const [row] = await room.database.run(readBooks, { books: [book] });
    const stands = row === undefined ? undefined : readSettings(JSON.parse(row.settings));
    const settings = readSettings(given, stands);
    const text = canonical(settings);
    if (row?.settings === text) return settings;
    const { revision = 0 } = row ?? {};
    const made = unit(`catalog/book/${book}`).write(saveBooks, { book, settings: text, revision });
    const outcome = await commitUnit(room, made, async () => {
      const [there] = await room.database.run(readBooks, { books: [book] });
      return there?.settings === text;
    });
    if (outcome !== "committed") {
      await systemClock.sleep(backoff({ attempt, baseMs: 5, maxMs: 100 }));
      continue;
    }
    await room.memory.refreshed(book);
    return settings;
  }
  throw fail(catalogErrors, "changing", { book });
}
