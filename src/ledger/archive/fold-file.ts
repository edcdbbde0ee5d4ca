/**
 * Folds the entries of a file from the accounts before to the accounts after, for a share of the
 * accounts: a file of any number of accounts is folded in as many passes as it takes.
 */
import { entryKinds, STATUS_CREATED } from "../entry.ts";
import { applyEntry, emptyAccount, type Running, sameBalance, touches } from "../fold.ts";
import type { JournalRow } from "../verify-journal.ts";
import type { StateAccount, StateHold } from "./state.ts";

/** How many accounts are folded in one pass. */
export const ACCOUNTS_PER_PASS = 200_000;

/** A balance as a batch made it. */
export interface MadeVersion extends Running {
  readonly account: number;
  readonly firstSeq: number;
}

interface Folded {
  readonly running: Running;
  firstSeq: number;
}

export class FileFold {
  private readonly passes: number;
  private readonly pass: number;
  private readonly accounts = new Map<number, Folded>();
  /** All that are open at the moment, with what they hold. */
  private readonly holds = new Map<number, bigint>();
  private met = 0;
  private readonly touched = new Set<number>();

  constructor(passes: number, pass: number) {
    this.passes = passes;
    this.pass = pass;
  }

  private isMine(account: number): boolean {
    return account % this.passes === this.pass;
  }

  openAccounts(accounts: readonly StateAccount[]): void {
    for (const { account, firstSeq, ...running } of accounts) {
      if (this.isMine(account)) this.accounts.set(account, { running, firstSeq });
    }
  }

  openHolds(holds: readonly StateHold[]): void {
    for (const { seq, amount } of holds) this.holds.set(seq, amount);
  }

  /** Answers what is wrong, if anything is. */
  batch(prevSeq: number, rows: readonly JournalRow[]): string | undefined {
    this.touched.clear();
    for (const row of rows) {
      if (row.status !== STATUS_CREATED) continue;
      const held = row.pendingSeq === undefined ? undefined : this.holds.get(row.pendingSeq);
      if (row.pendingSeq !== undefined && held === undefined) {
        return `entry ${row.seq} resolves ${row.pendingSeq}, which is no open hold`;
      }
      for (const key of new Set([row.debit, row.credit])) {
        if (key !== undefined && this.isMine(key)) this.apply(prevSeq, key, row, held);
      }
      if (row.pendingSeq !== undefined) this.holds.delete(row.pendingSeq);
      if (row.kind === entryKinds.pending) this.holds.set(row.seq, row.amount ?? 0n);
    }
    return undefined;
  }

  private apply(prevSeq: number, key: number, row: JournalRow, held: bigint | undefined): void {
    if (!touches(row, key)) return;
    this.touched.add(key);
    let folded = this.accounts.get(key);
    if (folded === undefined) {
      folded = { running: emptyAccount(), firstSeq: row.seq };
      this.accounts.set(key, folded);
    }
    if (folded.running.seq <= prevSeq) folded.firstSeq = row.seq;
    applyEntry(folded.running, key, row, held);
  }

  /** The balances that the last batch made. */
  madeInBatch(): MadeVersion[] {
    return [...this.touched].flatMap((account) => {
      const folded = this.accounts.get(account);
      return folded === undefined
        ? []
        : [{ ...folded.running, account, firstSeq: folded.firstSeq }];
    });
  }

  /** Answers what is wrong, if anything is. */
  closeAccounts(accounts: readonly StateAccount[]): string | undefined {
    for (const each of accounts) {
      if (!this.isMine(each.account)) continue;
      this.met += 1;
      const folded = this.accounts.get(each.account);
      const same =
        folded?.firstSeq === each.firstSeq &&
        folded.running.seq === each.seq &&
        sameBalance(folded.running, each);
      if (!same) return `the balance of account ${each.account} is not the fold of its entries`;
    }
    return undefined;
  }

  closeHolds(holds: readonly StateHold[]): string | undefined {
    for (const { seq, amount } of holds) {
      if (this.holds.get(seq) !== amount) return `hold ${seq} is not open at its end`;
      this.holds.delete(seq);
    }
    return undefined;
  }

  end(): string | undefined {
    if (this.met !== this.accounts.size) return "an account is missing at its end";
    const [open] = this.holds.keys();
    return open === undefined ? undefined : `hold ${open} is missing at its end`;
  }
}
