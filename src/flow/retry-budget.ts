/**
 * One budget of retries for all steps of a flow on a node: each first try earns a tenth of a retry, and some come
 * by time. When what a flow calls is down, its retries then are a tenth of the calls and not a multiple of them,
 * and those of other flows wait for none of it. Nobody waits for a turn longer than half a minute.
 * Source: "retry throttling" of gRPC (gRFC A6), with a trickle so that a quiet node may retry, too.
 */
const TOKENS_MAX = 100;
const TOKENS_MIN = -300;
const EARNED = 0.1;
const PER_SECOND = 10;

export class RetryBudget {
  private tokens = TOKENS_MAX;
  private countedAt: number;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
    this.countedAt = now();
  }

  /** A step is tried for the first time. */
  earn(): void {
    this.tokens = Math.min(TOKENS_MAX, this.tokens + EARNED);
  }

  /** How many may be taken at once; below 0 they stand in line. */
  left(): number {
    const now = this.now();
    this.tokens = Math.min(TOKENS_MAX, this.tokens + ((now - this.countedAt) / 1_000) * PER_SECOND);
    this.countedAt = now;
    return this.tokens;
  }

  /** Takes a retry out of the budget. Answers how long it has to wait for its turn: 0 where there is one. */
  spend(): number {
    this.tokens = Math.max(TOKENS_MIN, this.left() - 1);
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / PER_SECOND) * 1_000);
  }
}

/** Of all flows of a node, by their names. */
export class RetryBudgets {
  private readonly byName = new Map<string, RetryBudget>();

  of(name: string): RetryBudget {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const made = new RetryBudget();
    this.byName.set(name, made);
    return made;
  }

  /** Of the one that has least. */
  left(): number {
    return Math.min(TOKENS_MAX, ...[...this.byName.values()].map((one) => one.left()));
  }
}
