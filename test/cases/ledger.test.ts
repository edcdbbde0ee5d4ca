import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestDatabase } from "../../src/postgres/testing.ts";
import { END_OF_TIME } from "../simulate/model-rules.ts";
import { bookSubject, ledgerDatabase, type Crew } from "./book-subject.ts";
import { findDifferences } from "./run-table.ts";
import { parseTable } from "./table.ts";
import { endOfTime, tables, windowTables, world } from "./tables/index.ts";

// Later than the real time at which the book is made: book time never steps back.
const START = Date.parse("2100-01-01T00:00:00Z");

let opened: TestDatabase;
let books = 0;
beforeAll(async () => {
  opened = await ledgerDatabase();
});
afterAll(async () => {
  await opened.drop();
});

/** What comes out otherwise than the tables say, and what verify finds afterwards. */
async function differences(crew: Crew, start: number, text: string): Promise<string[]> {
  books += 1;
  const subject = await bookSubject(opened.database, `cases/${books}`, start, crew);
  try {
    const wrong = await findDifferences(subject, parseTable(world + text));
    const { findings } = await subject.verify();
    return [...wrong, ...findings.map(({ message }) => `verify: ${message}`)];
  } finally {
    await subject.close();
  }
}

const crews: readonly Crew[] = ["one node", "two nodes in turn", "a new node each time"];

describe.each(crews)("a ledger answers as the model does (P2, P3, P4): %s", (crew) => {
  // What the window policy forgets is forgotten with the node.
  const kept = tables.filter(([title]) => crew === "one node" || !(title in windowTables));

  test.each(kept)("%s", async (_title, text) => {
    expect(await differences(crew, START, text)).toEqual([]);
  });

  test("refuses a time-out beyond the end of time", async () => {
    expect(await differences(crew, END_OF_TIME - 50_000, endOfTime)).toEqual([]);
  });
});
