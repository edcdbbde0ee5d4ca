import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/postgres/testing.ts";
import { END_OF_TIME } from "../simulate/model-rules.ts";
import { bookSubject, ledgerDatabase } from "./book-subject.ts";
import { runTable } from "./run-table.ts";
import { parseTable } from "./table.ts";
import { endOfTime, tables, world } from "./tables/index.ts";

// Later than the real time at which the book is made: book time never steps back.
const START = Date.parse("2100-01-01T00:00:00Z");

let opened: TestDatabase;
beforeAll(async () => {
  opened = await ledgerDatabase();
});
afterAll(async () => {
  await opened.drop();
});

async function runOnBook(name: string, start: number, texts: readonly string[]): Promise<void> {
  const subject = await bookSubject(opened.database, name, start);
  try {
    for (const text of texts) await runTable(subject, parseTable(text));
    const report = await subject.book.verify();
    expect(report.findings).toEqual([]);
  } finally {
    await subject.close();
  }
}

describe("the ledger answers as the model does (P2, P3, P4)", () => {
  test.each(tables)("%s", async (title, text) => {
    await runOnBook(`cases/${tables.findIndex(([each]) => each === title)}`, START, [world, text]);
  });

  test("refuses a time-out beyond the end of time", async () => {
    await runOnBook("cases/end-of-time", END_OF_TIME - 50_000, [world, endOfTime]);
  });
});
