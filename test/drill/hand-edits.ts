/** Edits rows behind the ledger's back, one at a time, and asks verify who was touched. */
import type { Book } from "../../src/ledger/index.ts";
import { arg, as, sql, table, type Database } from "../../src/postgres/index.ts";

const transferInTheMiddle = sql.named("drill.transferInTheMiddle", {
  params: { book: arg.int4 },
  columns: { seq: as.int8 },
})`
  select seq from ${table("ledger_entry")}
  where book_id = ${"book"} and kind = 1 and status = 0 and amount > 0
  order by seq offset 100 limit 1`;

const EDITS: readonly { readonly what: string; readonly set: string; readonly back: string }[] = [
  { what: "an amount", set: "amount = amount + 1", back: "amount = amount - 1" },
  {
    what: "the accounts",
    set: "debit = credit, credit = debit",
    back: "debit = credit, credit = debit",
  },
  { what: "an id", set: "id = id || '.forged'", back: "id = replace(id, '.forged', '')" },
  { what: "a time", set: "at = at - interval '1 ms'", back: "at = at + interval '1 ms'" },
];

/** Answers what verify did not see, or saw elsewhere. */
export async function handEdits(book: Book, database: Database): Promise<string[]> {
  const findings: string[] = [];
  const { seq } = await database.one(transferInTheMiddle, { book: book.id });
  for (const { what, set, back } of EDITS) {
    await edit(database, book.id, seq, set);
    const { verified, findings: seen } = await book.verify();
    if (verified) findings.push(`verify did not see that ${what} of entry ${seq} was edited`);
    else if (!seen.some((each) => names(each.message, each.seq, seq))) {
      const told = seen.map(({ message }) => message).join("; ");
      findings.push(`verify did not name entry ${seq} when ${what} was edited: ${told}`);
    }
    await edit(database, book.id, seq, back);
  }
  const { verified } = await book.verify();
  if (!verified) findings.push("verify finds something in books that are as they were");
  return findings;
}

/** The entry itself, or the batch that it lies in: "batch 96 to 104". */
function names(message: string, foundSeq: number | undefined, seq: bigint): boolean {
  if (foundSeq === Number(seq)) return true;
  const [, from, to] = /batch (\d+) to (\d+)/.exec(message) ?? [];
  return from !== undefined && to !== undefined && BigInt(from) <= seq && seq <= BigInt(to);
}

async function edit(database: Database, book: number, seq: bigint, set: string): Promise<void> {
  await database.transaction(async (tx) => {
    const entry = `"${database.schema}".ledger_entry`;
    await tx.query(`update ${entry} set ${set} where book_id = $1 and seq = $2`, [
      book,
      String(seq),
    ]);
  });
}
