/** A statement as CSV: streamed page by page, so that its length costs no memory. */
import { Readable } from "node:stream";
import { asset as readAsset, formatAmount, toRfc3339 } from "../base/index.ts";
import type { Balance, Book, Entry, Statement, StatementAsked } from "../ledger/index.ts";

const columns = [
  "seq",
  "at",
  "effective_at",
  "id",
  "kind",
  "reference",
  "code",
  "debit",
  "credit",
  "amount",
  "debits_posted",
  "credits_posted",
  "debits_pending",
  "credits_pending",
] as const;

const PAGE = 1_000;

/**
 * The lines of a statement, opening and closing among them as kinds of their own. What can be
 * refused is refused before the first byte; a database that goes away later breaks the connection
 * off, so that half a statement never looks whole.
 */
export async function statementLines(book: Book, asked: StatementAsked): Promise<Readable> {
  const first = await book.statement(asked, { limit: PAGE });
  return Readable.from(lines(book, asked, first));
}

async function* lines(book: Book, asked: StatementAsked, first: Statement): AsyncGenerator<string> {
  const { code } = readAsset(asked.asset);
  yield `${columns.join(",")}\r\n${balanceLine(code, "opening", first.opening)}`;
  let page = first;
  let closing = first.opening;
  for (;;) {
    closing = page.lines.at(-1)?.balance ?? closing;
    yield page.lines.map(({ entry, balance }) => entryLine(code, entry, balance)).join("");
    if (page.cursor === undefined) break;
    page = await book.statement(asked, { limit: PAGE, cursor: page.cursor });
  }
  yield balanceLine(code, "closing", closing);
}

function balanceLine(asset: string, kind: "opening" | "closing", balance: Balance): string {
  return row([balance.seq, "", "", "", kind, "", "", "", "", "", ...sums(asset, balance)]);
}

function entryLine(asset: string, entry: Entry, balance: Balance): string {
  return row([
    entry.seq,
    toRfc3339(entry.at),
    entry.effectiveAt === undefined ? "" : toRfc3339(entry.effectiveAt),
    entry.id,
    entry.kind,
    entry.reference,
    entry.code,
    entry.debit,
    entry.credit,
    entry.amount === undefined ? "" : formatAmount(asset, entry.amount),
    ...sums(asset, balance),
  ]);
}

function sums(asset: string, balance: Balance): string[] {
  const { debitsPosted, creditsPosted, debitsPending, creditsPending } = balance;
  return [debitsPosted, creditsPosted, debitsPending, creditsPending].map((amount) =>
    formatAmount(asset, amount),
  );
}

function row(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map((cell) => cellText(cell ?? "")).join(",")}\r\n`;
}

/** What a spreadsheet would run as a formula gets an apostrophe; quotes where CSV needs them. */
function cellText(cell: string | number): string {
  if (typeof cell === "number") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) && !/^-?\d[\d.]*$/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
