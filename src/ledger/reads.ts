/** The reading half of a book. */
import type { Book } from "./book.ts";
import type { OpenBookInput } from "./book-lane.ts";

type Writes = "name" | "id" | "submit" | "chain" | "batch" | "commit" | "tx" | "stats";

export function readsOf(_input: OpenBookInput): Omit<Book, Writes> {
  return {} as Omit<Book, Writes>;
}
