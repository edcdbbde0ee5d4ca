import { expect, onTestFinished, test } from "vitest";
import { openDatabase, postgresMigrations } from "../postgres/index.ts";
import { testDatabase, userPool } from "../postgres/testing.ts";
import { ledgerMigrations, openLedger } from "./index.ts";

test.each([1, 3])(
  "the first thing a process does may be a tx on each connection of a pool of %i",
  async (max) => {
    const { database, url, schema } = await testDatabase({
      migrations: [postgresMigrations, ledgerMigrations],
    });
    const names = Array.from({ length: max }, (_, place) => `b${place}`);
    const before = openLedger({ database, sweep: false });
    for (const name of names) {
      const book = await before.createBook(name);
      await book.submit({ kind: "asset", asset: "CNY/2" });
    }
    await before.close();
    const pool = userPool(url, max);
    const ledger = openLedger({ database: await openDatabase({ pool, schema }), sweep: false });
    onTestFinished(() => ledger.close());
    const books = await Promise.all(names.map((name) => ledger.book(name)));
    const open = { kind: "open", path: "till", asset: "CNY/2", side: "credit" } as const;
    const answers = await Promise.all(
      books.map((book) => book.tx(() => Promise.resolve({ post: open, value: "done" }))),
    );
    for (const { answer, value } of answers) {
      expect({ status: answer.status, value }).toEqual({ status: "created", value: "done" });
    }
  },
);
