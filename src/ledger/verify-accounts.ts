/**
 * The accounts that `verify` folds, in bounded memory: those of the batches being looked at, and a
 * cache of recent ones. Each is folded from its version before, which was proved when it was made.
 */
import {
  applyEntry,
  breaksBound,
  emptyAccount,
  type Running,
  sameBalance,
  sideOfNumber,
  touches,
} from "./fold.ts";
import { Generations } from "./memory.ts";
import { packedColumns } from "./packed.ts";
import { bigintOrNone } from "./posting-rows.ts";
import type { Reader } from "./reader.ts";
import type { Side } from "./transfer.ts";
import type { JournalRow } from "./verify-journal.ts";
import { accountFacts, versionsBefore, versionsBetween } from "./verify.sql.ts";

export interface FoldedAccount {
  readonly key: number;
  readonly asset: number;
  readonly side: Side;
  running: Running;
  /** Whether its opening has been seen. */
  opened: boolean;
  /**
   * After a version that did not agree: what the entries say, while `running` is what the row says.
   * The next version tells which of both was wrong, so that one wrong row makes one finding.
   */
  doubt: Running | undefined;
}

/** A row of ledger_balance. */
export interface Version extends Running {
  readonly account: number;
  readonly firstSeq: number;
}

/** How many accounts stay in memory between batches, per generation. */
const ACCOUNTS_KEPT = 50_000;

export class FoldedAccounts {
  private readonly kept = new Generations<number, FoldedAccount>(ACCOUNTS_KEPT);
  /** Of the batches being looked at; nothing of it goes before they are done. */
  private current = new Map<number, FoldedAccount>();
  private readonly database: Reader;
  private readonly bookId: number;

  constructor(database: Reader, bookId: number) {
    this.database = database;
    this.bookId = bookId;
  }

  get(key: number | undefined): FoldedAccount | undefined {
    return key === undefined ? undefined : this.current.get(key);
  }

  /** What is remembered can't be believed any more: batches are missing. */
  forget(): void {
    this.kept.clear();
  }

  /** Makes ready what these rows name, as of the seq before them. */
  async load(rows: readonly JournalRow[], before: number): Promise<void> {
    this.kept.rotateIfFull();
    this.current = new Map();
    const unknown: bigint[] = [];
    for (const row of rows) {
      for (const key of [row.debit, row.credit]) {
        if (key === undefined || this.current.has(key)) continue;
        const kept = this.kept.get(key);
        if (kept === undefined) unknown.push(BigInt(key));
        else this.current.set(key, kept);
      }
    }
    if (unknown.length > 0) await this.read([...new Set(unknown)], before);
  }

  private async read(accounts: readonly bigint[], before: number): Promise<void> {
    const asked = { book: this.bookId, accounts };
    const facts = await this.database.one(accountFacts, asked);
    const cells = await this.database.one(versionsBefore, { ...asked, upTo: BigInt(before) });
    const versions = new Map(versionsOf(cells).map((version) => [version.account, version]));
    const { accounts: keys, assets, sides } = packedColumns(facts);
    for (let i = 0; i < keys.length; i++) {
      const key = keys.integer(i);
      const version = versions.get(key);
      this.remember({
        key,
        asset: assets.integer(i),
        side: sideOfNumber(sides.integer(i)),
        running: version === undefined ? emptyAccount() : runningOfVersion(version),
        opened: version !== undefined,
        doubt: undefined,
      });
    }
  }

  private remember(account: FoldedAccount): void {
    this.current.set(account.key, account);
    this.kept.set(account.key, account);
  }

  /** All versions of the accounts at hand after one seq and up to another, by account. */
  async versions(after: number, upTo: number): Promise<Map<number, Version[]>> {
    const byAccount = new Map<number, Version[]>();
    if (this.current.size === 0) return byAccount;
    const cells = await this.database.one(versionsBetween, {
      book: this.bookId,
      // In order: a batch wrote its versions in this order, so neighbours share a page.
      accounts: [...this.current.keys()].sort((a, b) => a - b).map(BigInt),
      after: BigInt(after),
      upTo: BigInt(upTo),
    });
    for (const version of versionsOf(cells)) {
      const list = byAccount.get(version.account);
      if (list === undefined) byAccount.set(version.account, [version]);
      else list.push(version);
    }
    return byAccount;
  }
}

/** Folds a created entry into an account that it touches. False: it leaves it below its bound. */
export function foldInto(
  account: FoldedAccount,
  row: JournalRow,
  held: bigint | undefined,
): boolean {
  if (!touches(row, account.key)) return true;
  applyEntry(account.running, account.key, row, held);
  const { doubt } = account;
  if (doubt === undefined) return !breaksBound(account.side, account.running);
  applyEntry(doubt, account.key, row, held);
  return !(breaksBound(account.side, account.running) && breaksBound(account.side, doubt));
}

/** Compares with the row that the batch made, and goes on from that. */
export function agrees(account: FoldedAccount, version: Version): boolean {
  const { running, doubt } = account;
  account.doubt = undefined;
  if (sameBalance(running, version)) return true;
  if (doubt !== undefined && sameBalance(doubt, version)) {
    account.running = doubt;
    return true;
  }
  account.doubt = running;
  account.running = runningOfVersion(version);
  return false;
}

function runningOfVersion(version: Version): Running {
  const { seq, debitsPending, debitsPosted, creditsPending, creditsPosted, bound, closed } =
    version;
  return { seq, debitsPending, debitsPosted, creditsPending, creditsPosted, bound, closed };
}

type VersionCells = Readonly<
  Record<
    | "accounts"
    | "seqs"
    | "firstSeqs"
    | "debitsPending"
    | "debitsPosted"
    | "creditsPending"
    | "creditsPosted"
    | "bounds"
    | "closed",
    Buffer
  >
>;

export function versionsOf(cells: VersionCells): Version[] {
  const columns = packedColumns(cells);
  const { accounts, seqs, firstSeqs, bounds, closed } = columns;
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = columns;
  return Array.from({ length: accounts.length }, (_, i) => ({
    account: accounts.integer(i),
    seq: seqs.integer(i),
    firstSeq: firstSeqs.integer(i),
    debitsPending: debitsPending.bigint(i),
    debitsPosted: debitsPosted.bigint(i),
    creditsPending: creditsPending.bigint(i),
    creditsPosted: creditsPosted.bigint(i),
    bound: bigintOrNone(bounds, i) ?? "none",
    closed: closed.integer(i) === 1,
  }));
}
