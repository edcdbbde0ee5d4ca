import type { Entry } from "./book.ts";
import { entryOf } from "./entry-row.ts";
import type { Reader } from "./reader.ts";
import { limitOf } from "./page.ts";
import { chainBegins, chainMembers, entriesBetween, entryById } from "./reading.sql.ts";

/** The journal's row under an id: carried out, or a remembered refusal. Undefined: never booked. */
export async function findEntry(
  database: Reader,
  bookId: number,
  id: string,
): Promise<Entry | undefined> {
  const row = await database.maybe(entryById, { book: bookId, id });
  return row === undefined ? undefined : entryOf(row);
}

/**
 * The members of a chain that was carried out, in order; empty when there is none (a refused chain
 * leaves at most its culprit's row, found by that request's id). Openings without an id belong to
 * no chain and are not among them.
 */
export async function chainEntries(
  database: Reader,
  bookId: number,
  chain: string,
): Promise<readonly Entry[]> {
  const begin = await database.maybe(chainBegins, { book: bookId, chain });
  if (begin === undefined) return [];
  const members: Entry[] = [];
  // A chain lies within one batch; read in parts, since a batch may hold much more than it.
  for (let after = begin.seq - 1n; after < begin.upTo; after += CHAIN_READ_ROWS) {
    const upTo = after + CHAIN_READ_ROWS < begin.upTo ? after + CHAIN_READ_ROWS : begin.upTo;
    const rows = await database.run(entriesBetween, { book: bookId, after, upTo });
    for (const row of rows) if (row.chain === chain && row.status === 0) members.push(entryOf(row));
    if (members.length >= (members[0]?.chainLength ?? 0)) break;
  }
  return members;
}

const CHAIN_READ_ROWS = 1_000n;

/**
 * Of each of these chains that was carried out its first members, in one question: at most `most` of each (1 to 1,000,
 * 100 when left out). How many a chain has stands with each (`chainLength`). Refuses: ledger.limit_out_of_range.
 */
export async function entriesOfChains(
  database: Reader,
  bookId: number,
  chains: readonly string[],
  most?: number,
): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const found = new Map<string, Entry[]>();
  const limit = limitOf(most);
  if (chains.length === 0) return found;
  const asked = { book: bookId, chains: [...new Set(chains)], most: limit };
  for (const row of await database.run(chainMembers, asked)) {
    if (row.chain === null) continue;
    const members = found.get(row.chain) ?? [];
    found.set(row.chain, members);
    members.push(entryOf(row));
  }
  return found;
}
