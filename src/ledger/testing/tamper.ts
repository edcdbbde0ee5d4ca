/** For tests: edits of a book by hand, inside a transaction that is then rolled back. */
import type { Transaction } from "../../postgres/index.ts";
import type { VerifyOptions, VerifyReport } from "../book.ts";
import { batchHashOfBody } from "../hash.ts";
import { verifyBook } from "../verify-book.ts";
import { batchBodies } from "../verify.sql.ts";
import type { RandomBook } from "./random-book.ts";

class Undo extends Error {}

/** What `work` finds inside a transaction that then never happened. */
export async function undone<T>(
  { test }: RandomBook,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const found: T[] = [];
  try {
    await test.database.transaction(async (tx) => {
      found.push(await work(tx));
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  return found[0] as T;
}

/** Runs the statements (`@` is the schema) and verifies what they leave. */
export function verifyAfter(
  made: RandomBook,
  statements: readonly string[],
  { rehash: isRehashed, ...options }: VerifyOptions & { readonly rehash?: boolean } = {},
): Promise<{ report: VerifyReport; changed: number }> {
  const { test, book } = made;
  return undone(made, async (tx) => {
    let changed = 0;
    for (const statement of statements) {
      changed = (await tx.query(statement.replaceAll("@", `${test.schema}.`))).count;
    }
    if (isRehashed === true) await rehash(tx, test.schema, book.id);
    return { report: await verifyBook(tx, book.id, options), changed };
  });
}

/** What a careful forger does: computes the whole chain anew, so that only the content is wrong. */
async function rehash(tx: Transaction, schema: string, book: number): Promise<void> {
  const links = await tx.query(
    `select last_seq::text as seq, hash from ${schema}.ledger_batch where book_id = $1
     order by ledger_batch.last_seq`,
    [book],
  );
  let previous = links.rows[0]?.["hash"] as Buffer;
  for (const { seq } of links.rows.slice(1)) {
    const [row] = await tx.run(batchBodies, { book, lastSeqs: [BigInt(String(seq))] });
    if (row === undefined) throw new Error(`batch ${String(seq)} is gone`);
    previous = batchHashOfBody(previous, row.body);
    await tx.query(
      `update ${schema}.ledger_batch set hash = $1 where book_id = $2 and last_seq = $3`,
      [previous, book, seq],
    );
  }
}
