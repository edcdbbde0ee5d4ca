import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { manualClock, type ManualClock } from "../../src/base/index.ts";
import {
  type Answer,
  type Book,
  type ChainAnswer,
  ledgerMigrations,
  openLedger,
} from "../../src/ledger/index.ts";
import { postgresMigrations } from "../../src/postgres/index.ts";
import { testDatabase } from "../../src/postgres/testing.ts";
import { readStep, type WorkedRow, type WorkedTable, workedTables } from "./worked-tables.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const asset = "CNY/2";

async function openBook(table: WorkedTable): Promise<{ book: Book; clock: ManualClock }> {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const clock = manualClock(Date.UTC(2026, 0, 15, 9, 30));
  const ledger = openLedger({ database, clock, bookTime: "clock", sweep: false });
  onTestFinished(() => ledger.close());
  const book = await ledger.createBook("worked");
  await book.batch([
    { kind: "asset", asset },
    ...table.accounts.map((account) => ({ kind: "open" as const, asset, ...account })),
  ]);
  return { book, clock };
}

/** The answer as the page writes it. */
async function take(book: Book, clock: ManualClock, text: string): Promise<string> {
  const step = readStep(text, asset);
  switch (step.kind) {
    case "wait":
      clock.advance(step.ms);
      return "";
    case "chain":
      return chainWords(await book.chain({ chain: step.id, requests: step.requests }));
    case "request":
      return words(await book.submit(step.request));
  }
}

function words(answer: Answer): string {
  if (answer.status === "refused") return refusalWords(answer);
  const { debit, credit, status, amount } = answer;
  return debit !== undefined && credit !== undefined ? `${status} ${amount}` : status;
}

function refusalWords({ code, original }: Extract<Answer, { status: "refused" }>): string {
  const short = (long: string) => long.replace("ledger.", "");
  return `refused ${short(code)}${original === undefined ? "" : `, was ${short(original)}`}`;
}

function chainWords(answer: ChainAnswer): string {
  if (answer.status !== "refused") return answer.status;
  return `${refusalWords(answer)} at ${answer.index}`;
}

async function balanceWords(book: Book, column: string): Promise<string> {
  const [path = "", what] = column.split(" ");
  const view = await book.account(path, asset);
  if (view === undefined) return "missing";
  const { balance, available, side } = view;
  const [own, other] =
    side === "debit" ? (["debits", "credits"] as const) : (["credits", "debits"] as const);
  if (what === "held") return String(balance[`${other}Pending`]);
  if (what === "posted") return String(balance[`${own}Posted`] - balance[`${other}Posted`]);
  return String(available);
}

async function walk(table: WorkedTable): Promise<readonly WorkedRow[]> {
  const { book, clock } = await openBook(table);
  const found: WorkedRow[] = [];
  for (const { line, request, balances } of table.rows) {
    const answer = await take(book, clock, request);
    const seen = new Map<string, string>();
    for (const column of balances.keys()) seen.set(column, await balanceWords(book, column));
    found.push({ line, request, answer, balances: seen });
  }
  const report = await book.verify();
  expect(report.findings).toEqual([]);
  return found;
}

for (const path of globSync("docs/concepts/*.md", { cwd: root }).sort()) {
  const tables = workedTables(readFileSync(join(root, path), "utf8"));
  if (tables.length === 0) continue;
  describe(path, () => {
    test.each(tables)("$heading: the table says what a book does", async (table) => {
      expect(table.accounts.length).toBeGreaterThan(1);
      expect(await walk(table)).toEqual(table.rows);
    });
  });
}

test("a page without its worked tables is noticed", () => {
  const page = readFileSync(join(root, "docs/concepts/ledger.md"), "utf8");
  expect(workedTables(page).map(({ heading }) => heading)).toEqual([
    "Sides and bounds",
    "Holds",
    "Balancing",
    "Chains",
    "Closing, reopening, other bounds",
    "Asked twice",
    "What is remembered of a refusal",
  ]);
});
