import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { ledgerMigrations, openLedger, type Request } from "../../src/ledger/index.ts";
import { type Database, postgresMigrations } from "../../src/postgres/index.ts";
import { testDatabase } from "../../src/postgres/testing.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/concepts/hash-chain.md"), "utf8");
const statement = /```sql\n(with asked [\s\S]+?)```/.exec(page)?.[1] ?? "";

/** The page's own statement for one batch, in the schema of the test. */
async function check(database: Database, lastSeq: number) {
  const text = statement
    .replaceAll("longmen.ledger_", `${database.schema}.ledger_`)
    .replace("('retail', 42::int8)", `('retail', ${lastSeq}::int8)`);
  return database.transaction(async (tx) => (await tx.query(text)).rows);
}

const lastSeqs = (database: Database) =>
  database.transaction(async (tx) => {
    const text = `select last_seq::int4 from ${database.schema}.ledger_batch where last_seq > 0 order by 1`;
    return (await tx.query(text)).rows.map((row) => Number(row["last_seq"]));
  });

/** Several batches in which every column is used somewhere and none everywhere. */
async function writtenBook(): Promise<Database> {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  const book = await ledger.createBook("retail");
  const asset = "CNY/2";
  const moved = { asset, debit: "bank", credit: "wallet" };
  const batches: Request[][] = [
    [
      { kind: "asset", asset },
      { kind: "open", path: "bank", asset, side: "debit", bound: "none" },
      { kind: "open", path: "wallet", asset, side: "credit" },
      { kind: "open", path: "shop", asset, side: "credit" },
    ],
    [
      { id: "t1", ...moved, amount: 500n, code: 7, reference: "invoice/1", metadata: '{"a": "ö"}' },
      { id: "t2", asset, debit: "wallet", credit: "shop", amount: 501n, effectiveAt: -1 },
    ],
    [
      {
        kind: "pending",
        id: "h1",
        asset,
        debit: "wallet",
        credit: "shop",
        amount: 9n,
        timeoutMs: 60_000,
      },
      { id: "t3", asset, debit: "wallet", credit: "shop", amount: 900n, balancing: "debit" },
      { id: "t4", ...moved, credit: "nobody", amount: 1n },
    ],
    [
      { kind: "post", id: "p1", pendingId: "h1", amount: 4n },
      { kind: "bound", id: "e1", path: "wallet", asset, bound: "none" },
      { kind: "close", id: "e2", path: "shop", asset },
    ],
  ];
  const context = { by: "user/7", request: "req-1", rule: "prices@3" };
  for (const batch of batches) await book.batch(batch, { context });
  await book.chain({
    chain: "c1",
    requests: [
      { id: "c1/1", ...moved, amount: 1n },
      { id: "c1/2", ...moved, amount: 2n },
    ],
  });
  return database;
}

test("P4: the statement in docs/concepts/hash-chain.md verifies what Longmen has written", async () => {
  const database = await writtenBook();
  const seqs = await lastSeqs(database);
  expect(seqs.length).toBeGreaterThanOrEqual(5);
  for (const lastSeq of seqs) {
    const [row] = await check(database, lastSeq);
    expect(row).toMatchObject({ whole: true, right: true });
    expect(row?.["hash"]).toMatch(/^[0-9a-f]{64}$/);
  }
});

test("P4: the statement in docs/concepts/hash-chain.md finds a row that was edited by hand", async () => {
  const database = await writtenBook();
  const edit = (text: string) => database.transaction((tx) => tx.query(text));
  const { schema } = database;
  await edit(`update ${schema}.ledger_entry set amount = 501 where id = 't1'`);
  await edit(`update ${schema}.ledger_entry set at = at + interval '1 day' where id = 'p1'`);
  await edit(`update ${schema}.ledger_entry set metadata = '{"a": 1}' where id = 'c1/2'`);
  const wrong: number[] = [];
  for (const lastSeq of await lastSeqs(database)) {
    const [row] = await check(database, lastSeq);
    if (row?.["right"] !== true || row["whole"] !== true) wrong.push(lastSeq);
  }
  expect(wrong).toHaveLength(3);
});
