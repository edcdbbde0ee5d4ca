/** One account's statement: what it was, each entry with what it was after it, what it became. */
import { fail } from "../base/index.ts";
import { archivedOf, isArchived } from "./archive/archived.ts";
import { foldTo } from "./balance-at.ts";
import { balanceOf } from "./balance-row.ts";
import type { Entry, PageRequest, Statement, StatementAsked } from "./book.ts";
import type { EntryKind } from "./entry.ts";
import { applyEntry, type Running } from "./fold.ts";
import { history } from "./history.ts";
import { seqsOfTime } from "./history.sql.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { postingsOf } from "./posting-rows.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";
import { accountByPath, postingsOfAccount } from "./reading.sql.ts";

const statementKeys: KeysOf<StatementAsked> = {
  ...{ path: true, asset: true, from: true, to: true, moves: true },
};

/**
 * A page of an account's statement, oldest line first. `opening` is the balance before the time
 * asked for and `closing` the one at its end, on every page; a book that goes on moves the end when
 * `to` is left out. Lines are entries that touched the account: openings, bounds and the like too,
 * unless `moves` is asked for.
 * Of an account that is older than the book's archive it begins behind that, or is refused.
 * Refuses: ledger.question_key_unknown, ledger.account_not_found, ledger.filter_malformed,
 * ledger.cursor_malformed, ledger.limit_out_of_range, ledger.archived.
 */
export async function statement(
  database: Reader,
  book: number,
  asked: StatementAsked,
  page: PageRequest = {},
): Promise<Statement> {
  checkKeys("a statement", asked, statementKeys);
  const { path, asset, from, to, moves = false } = asked;
  const row = await database.maybe(accountByPath, { book, path, asset });
  if (row === undefined) throw fail(readingErrors, "account_not_found", { path, asset });
  const { account } = row;
  const found = await history(
    database,
    book,
    { account: { path, asset }, from, to },
    { ...page, order: "oldest" },
  );
  const window = await database.one(seqsOfTime, { book, from: from ?? null, to: to ?? null });
  await demandWhole(database, book, account, window.after);
  const opening = await foldTo(database, book, account, window.after);
  const closing = await foldTo(database, book, account, bigger(window.after, window.upTo));
  const every = await linesOf(database, book, account, found.items);
  const lines = moves ? every.filter(({ entry }) => movingKinds.has(entry.kind)) : every;
  const told = { path, asset, opening: balanceOf(opening), closing: balanceOf(closing), lines };
  return found.cursor === undefined ? told : { ...told, cursor: found.cursor };
}

const movingKinds: ReadonlySet<EntryKind> = new Set([
  ...(["transfer", "pending", "post", "void", "expire"] as const),
]);

/** Refuses: ledger.archived. */
async function demandWhole(database: Reader, book: number, account: bigint, after: bigint) {
  const archived = await archivedOf(database, book);
  if (archived === undefined || account > archived.throughSeq || after >= archived.throughSeq)
    return;
  throw isArchived(archived);
}

/** A time without entries ends where it began. */
function bigger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

async function linesOf(
  database: Reader,
  book: number,
  account: bigint,
  entries: readonly Entry[],
): Promise<Statement["lines"]> {
  const [first] = entries;
  if (first === undefined) return [];
  const running: Running = await foldTo(database, book, account, BigInt(first.seq - 1));
  const seqs = entries.map((entry) => BigInt(entry.seq));
  const cells = await database.one(postingsOfAccount, {
    book,
    account,
    lows: seqs,
    highs: seqs,
    until: null,
  });
  const postings = new Map(postingsOf(cells).map((posting) => [posting.seq, posting]));
  return entries.map((entry) => {
    const posting = postings.get(entry.seq);
    if (posting !== undefined) applyEntry(running, Number(account), posting, posting.held);
    return { entry, balance: balanceOf(running) };
  });
}
