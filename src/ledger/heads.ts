import { headsAfter } from "./heads.sql.ts";
import type { Reader } from "./reader.ts";

/** Which history a book has: two copies of a book with the same head have the same entries. */
export interface BookHead {
  readonly id: number;
  readonly name: string;
  readonly seq: number;
  /** Lower-case hex of the hash chain's head. */
  readonly hash: string;
}

const HEADS_PER_STATEMENT = 1_000;

/** The heads of all books, by name, as the reader sees them: inside a snapshot, all of one instant. */
export async function bookHeads(reader: Pick<Reader, "run">): Promise<readonly BookHead[]> {
  const heads: BookHead[] = [];
  let found: number;
  do {
    const after = heads.at(-1)?.name ?? "";
    const rows = await reader.run(headsAfter, { after, most: HEADS_PER_STATEMENT });
    for (const { id, name, seq, hash } of rows) {
      heads.push({ id, name, seq: Number(seq), hash: hash.toString("hex") });
    }
    found = rows.length;
  } while (found === HEADS_PER_STATEMENT);
  return heads;
}
