/** What is moved: the accounts and amounts of each kind of load, the same for ours and for peers. */

export interface Movement {
  /** Where a caller has made it already. */
  readonly id?: string | undefined;
  /** Numbers of accounts, from 1. */
  readonly debit: number;
  readonly credit: number;
  readonly amount: bigint;
  readonly code: number;
}

export interface Workload {
  readonly accounts: number;
  /** The next movement, by chance where there is any. */
  readonly next: () => Movement;
}

export const AMOUNT = 1n;
export const CODE = 1;
export const RANDOM_ACCOUNTS = 100_000;

/** Every transfer takes from one account: a flash sale of one thing. */
export function hotWorkload(): Workload {
  const movement = { debit: 1, credit: 2, amount: AMOUNT, code: CODE };
  return { accounts: 2, next: () => movement };
}

/** Every transfer takes from some account and gives to some other. */
export function randomWorkload(accounts: number = RANDOM_ACCOUNTS): Workload {
  return {
    accounts,
    next: () => {
      const debit = 1 + Math.floor(Math.random() * accounts);
      const step = 1 + Math.floor(Math.random() * (accounts - 1));
      const credit = 1 + ((debit - 1 + step) % accounts);
      return { debit, credit, amount: AMOUNT, code: CODE };
    },
  };
}
