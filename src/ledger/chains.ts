import { fail } from "../base/index.ts";
import type { BookedChain, ChainsPage } from "./book.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { limitOf, SCAN_ROWS_MAX } from "./page.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";
import { chainsAfter } from "./reading.sql.ts";

interface ChainsOptions {
  readonly afterSeq: number;
  readonly limit?: number | undefined;
}

const optionKeys: KeysOf<ChainsOptions> = { afterSeq: true, limit: true };

/**
 * The chains that were carried out behind a seq, in the order of their commits: for rooms whose every act is a chain,
 * and which find their own rows by its id. At most `limit` (1 to 1,000, 100 when left out); it looks at 10,000
 * entries at most, so a page may be empty before the head. Ask again with `throughSeq`: nothing is skipped or
 * doubled. It reads the journal alone, so an archived stretch is answered like any other.
 * Refuses: ledger.point_malformed, ledger.question_key_unknown, ledger.limit_out_of_range, ledger.seq_ahead.
 */
export async function chains(
  database: Reader,
  bookId: number,
  options: ChainsOptions,
): Promise<ChainsPage> {
  checkKeys("the question of chains", options, optionKeys);
  const { afterSeq } = options;
  if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) throw fail(readingErrors, "point_malformed");
  const limit = limitOf(options.limit);
  const upTo = BigInt(afterSeq + SCAN_ROWS_MAX);
  // One statement, so one snapshot: what is not in it up to its head is no chain's beginning.
  const rows = await database.run(chainsAfter, {
    ...{ book: bookId, after: BigInt(afterSeq), upTo, limit },
  });
  const head = Number(rows[0]?.head ?? 0n);
  // What nobody has written yet nobody can have read: the book was restored, or is another server's.
  if (afterSeq > head) throw fail(readingErrors, "seq_ahead", { after: afterSeq, head });
  const found = rows.flatMap(({ chain, seq, at, firstId }): BookedChain[] => {
    if (chain === null || seq === null || at === null || firstId === null) return [];
    return [{ chain, seq: Number(seq), at, firstId }];
  });
  const last = found.length === limit ? found.at(-1)?.seq : undefined;
  return { chains: found, throughSeq: last ?? Math.min(Number(upTo), head), headSeq: head };
}
