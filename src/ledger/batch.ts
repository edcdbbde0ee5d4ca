/**
 * The open batch: what has been decided since the last one was sealed, and how to take it back. Every
 * change of memory goes through here, so that a failed chain undoes itself and a refused flush leaves
 * no trace.
 */
import type { Instant } from "../base/index.ts";
import type { Balance } from "./answer.ts";
import type { Burnt, Row } from "./booked.ts";
import { ABSENT, type Account, type AssetFacts, type BookMemory } from "./memory.ts";
import type { Hold, HoldState } from "./hold.ts";

export interface Mark {
  readonly seq: number;
  readonly rows: number;
  readonly touched: number;
  readonly steps: number;
}

/** One change of memory, undone by calling it. */
type Step = () => void;

let batchNumber = 0;

export class Batch {
  /** Never used again, not even after an undo: what an account was touched by. */
  readonly number = ++batchNumber;
  readonly at: Instant;
  readonly prevSeq: number;
  /** Swept until then already, when the batch was opened. */
  readonly sweptBefore: Instant;
  seq: number;
  readonly rows: Row[] = [];
  readonly opened: Account[] = [];
  readonly defined: AssetFacts[] = [];
  /** Accounts touched, each once, and their balances before. */
  readonly touched: Account[] = [];
  readonly befores: Balance[] = [];
  /** Holds made in this batch. */
  readonly holds: Hold[] = [];
  /** Every hold of the book that ended at or before this is resolved after this batch. */
  sweptUntil: Instant;
  /** Burnt ids that are kept in memory alone. */
  readonly windowed: Burnt[] = [];
  private readonly memory: BookMemory;
  /** Balances changed inside a chain, and rarer changes always, newest last. */
  private readonly steps: Step[] = [];
  private inChain = false;

  constructor(memory: BookMemory, at: Instant, head: { seq: number; sweptUntil: Instant }) {
    const { seq: prevSeq } = head;
    this.memory = memory;
    this.at = at;
    this.prevSeq = prevSeq;
    this.sweptBefore = head.sweptUntil;
    this.seq = prevSeq;
    this.sweptUntil = at;
  }

  mark(): Mark {
    const { seq, rows, touched, steps } = this;
    return { seq, rows: rows.length, touched: touched.length, steps: steps.length };
  }

  /** From here on every step is kept, so that `rollback` can go back to a mark. */
  chain(on: boolean): void {
    this.inChain = on;
  }

  /** Gives the account a new balance by the entry `seq`. */
  touch(account: Account, balance: Balance, seq: number): void {
    const { balance: before } = account;
    if (account.touchedIn !== this.number) {
      account.touchedIn = this.number;
      account.firstSeq = seq;
      this.touched.push(account);
      this.befores.push(before);
    }
    if (this.inChain) {
      this.steps.push(() => {
        account.balance = before;
      });
    }
    account.balance = balance;
  }

  book(row: Row): void {
    this.rows.push(row);
    this.memory.ids.set(row.id, row);
    // A hold of that name was looked for in vain, perhaps: that is no longer so.
    if (row.kind !== "pending") this.memory.holds.delete(row.id);
  }

  /** The chain's id is taken from now on, by the chain that begins with this member. */
  bookChain(chain: string, firstId: string): void {
    this.memory.chains.set(chain, firstId);
    this.steps.push(() => this.memory.chains.delete(chain));
  }

  /** Remembers a refusal for a window only: no row is written. */
  keep(burnt: Burnt): void {
    this.windowed.push(burnt);
    this.memory.windowed.set(burnt.id, burnt);
  }

  open(account: Account): void {
    const { path, asset } = account;
    this.opened.push(account);
    this.memory.setAccount(path, asset.asset.code, account);
    this.steps.push(() => {
      this.opened.pop();
      this.memory.setAccount(path, asset.asset.code, ABSENT);
    });
  }

  define(asset: AssetFacts): void {
    this.defined.push(asset);
    this.memory.assets.set(asset.asset.code, asset);
    this.steps.push(() => {
      this.defined.pop();
      this.memory.assets.set(asset.asset.code, ABSENT);
    });
  }

  hold(hold: Hold): void {
    this.memory.holds.set(hold.id, hold);
    this.holds.push(hold);
    this.steps.push(() => {
      this.holds.pop();
      // Not "absent": its id may have been refused because such a hold is in the books already.
      this.memory.holds.delete(hold.id);
    });
  }

  resolve(hold: Hold, state: HoldState): void {
    const before = hold.state;
    hold.state = state;
    this.steps.push(() => {
      hold.state = before;
    });
  }

  /** Something beside memory that an undo must take back too. */
  onUndo(step: () => void): void {
    this.steps.push(step);
  }

  /** A chain failed: memory and rows go back to where it began. */
  rollback(mark: Mark): void {
    for (let step = this.steps.length; step > mark.steps; step--) this.steps.pop()?.();
    for (const account of this.touched.splice(mark.touched)) account.touchedIn = 0;
    this.befores.length = mark.touched;
    for (const row of this.rows.splice(mark.rows)) this.memory.ids.delete(row.id);
    this.seq = mark.seq;
  }

  /** The whole batch did not happen. Later batches have been undone before. */
  undo(): void {
    for (let step = this.steps.length; step > 0; step--) this.steps.pop()?.();
    this.touched.forEach((account, place) => {
      const before = this.befores[place];
      if (before !== undefined) account.balance = before;
    });
    for (const row of this.rows) this.memory.ids.delete(row.id);
    for (const burnt of this.windowed) this.memory.windowed.delete(burnt.id);
  }
}
