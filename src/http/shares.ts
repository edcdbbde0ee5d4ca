/**
 * A store that all keys draw from and none can empty. A key gets more only while it holds no more
 * than would be left for all others (dynamic thresholds: Choudhury and Hahne, IEEE/ACM Transactions
 * on Networking 6(2), 1998, with alpha 1). Alone it gets a half; two that ask for all they can get a
 * third each; and whoever comes next finds as much room as the greediest has.
 */
export interface Shares {
  /** Held by all together. */
  readonly used: () => number;
  readonly held: (key: string) => number;
  readonly fits: (key: string, amount: number) => boolean;
  /** Whether it was given; all of it or nothing. */
  readonly take: (key: string, amount: number) => boolean;
  readonly giveBack: (key: string, amount: number) => void;
}

export function shares(max: number): Shares {
  /** Only keys that hold something. */
  const holds = new Map<string, number>();
  let used = 0;
  const held = (key: string) => holds.get(key) ?? 0;
  const fits = (key: string, amount: number) => held(key) + amount <= max - used - amount;
  return {
    used: () => used,
    held,
    fits,
    take(key, amount) {
      if (!fits(key, amount)) return false;
      used += amount;
      holds.set(key, held(key) + amount);
      return true;
    },
    giveBack(key, amount) {
      used -= amount;
      const left = held(key) - amount;
      if (left === 0) holds.delete(key);
      else holds.set(key, left);
    },
  };
}
