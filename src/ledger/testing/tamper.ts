/** For tests: edits of a book by hand, inside a transaction that is then rolled back. */
import type { Transaction } from "../../postgres/index.ts";
import type { VerifyOptions, VerifyReport } from "../book.ts";
import { verifyBook } from "../verify-book.ts";
import type { RandomBook } from "./random-book.ts";

class Undo extends Error {}

/** Runs the statements (`@` is the schema) and verifies what they leave. */
export async function verifyAfter(
  { test, book }: RandomBook,
  statements: readonly string[],
  options?: VerifyOptions,
): Promise<{ report: VerifyReport; changed: number }> {
  let report: VerifyReport | undefined;
  let changed = 0;
  const edit = async (tx: Transaction): Promise<never> => {
    for (const statement of statements) {
      changed = (await tx.query(statement.replaceAll("@", `${test.schema}.`))).count;
    }
    report = await verifyBook(tx, book.id, options);
    throw new Undo();
  };
  try {
    await test.database.transaction(edit);
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  if (report === undefined) throw new Error("nothing was verified");
  return { report, changed };
}
