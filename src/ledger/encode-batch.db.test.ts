import { expect, test } from "vitest";
import { hashedColumns } from "./hash.ts";
import { randomBook } from "./testing/random-book.ts";

/** The documented bytes of one column, put together by PostgreSQL alone. */
const columnBytes = (column: string) => `
  case when count(${column}) = 0 then '\\x00'::bytea
    else '\\x01'::bytea || array_send(array_agg(${column} order by seq)) end`;

test("P4: every batch's hash is what PostgreSQL computes of the rows that it holds", async () => {
  const { test: opened, book, close } = await randomBook({ seed: 7, rounds: 40 });
  const { database, schema } = opened;
  await book.submit(
    { id: "with-context", asset: "CNY/2", debit: "bank", credit: "shop", amount: 1n },
    { context: { by: "key-1", request: "trace-1", rule: "价格@3" } },
  );
  const { rows } = await database.transaction((tx) =>
    tx.query(
      `select batch.last_seq::int4 as seq, batch.hash = sha256('longmen.batch.1'::bytea || '\\x00'
           || before.hash || int8send(batch.prev_seq) || int8send(batch.last_seq)
           || timestamptz_send(batch.at) || timestamptz_send(batch.swept_until)
           || made.bytes) as same,
         made.used
       from ${schema}.ledger_batch as batch
       join ${schema}.ledger_batch as before
         on before.book_id = batch.book_id and before.last_seq = batch.prev_seq
       cross join lateral (
         select ${hashedColumns.map(columnBytes).join(" || ")} as bytes,
           array[${hashedColumns.map((column) => `count(${column})`).join(", ")}]::int4[] as used
         from ${schema}.ledger_entry as entry
         where entry.book_id = batch.book_id and entry.seq > batch.prev_seq
           and entry.seq <= batch.last_seq) as made
       where batch.book_id = $1 order by batch.last_seq`,
      [book.id],
    ),
  );
  await close();
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter(({ same }) => same !== true)).toEqual([]);
  // A proof of nothing if a column were never used, or never left out.
  const uses = rows.map(({ used }) => used as number[]);
  hashedColumns.forEach((column, place) => {
    const filled = uses.filter((counts) => (counts[place] ?? 0) > 0).length;
    expect([column, filled > 0]).toEqual([column, true]);
    const always = ["id", "kind", "status", "asset", "debit"].includes(column);
    if (!always) expect([column, filled < rows.length]).toEqual([column, true]);
  });
});
