/** When a node looks for work: now and then by itself, sooner where somebody asks for it. */
const SOON_MS = 15;
const COMMIT_LOOKS_MS = [20, 100, 300, 1_000];

export class Looking {
  /** Looks, and answers in how long it is looked again. Never throws. */
  private readonly look: () => Promise<number>;
  private timer: NodeJS.Timeout | undefined;
  private under: Promise<void> | undefined;
  /** Asked for while a look was under way, which may have been too early. */
  private again = false;
  private nextAt = 0;
  private stopped = false;

  constructor(look: () => Promise<number>) {
    this.look = look;
  }

  soon(): void {
    this.in(SOON_MS);
  }

  now(): void {
    this.in(0);
  }

  /** A transaction of somebody's may commit soon; when, nobody says. */
  forCommit(): void {
    for (const ms of COMMIT_LOOKS_MS) setTimeout(() => this.in(0), ms).unref();
  }

  /** Resolves when the last look is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.under;
  }

  private in(ms: number): void {
    if (this.stopped) return;
    const at = performance.now() + ms;
    if (this.timer !== undefined && at >= this.nextAt) return;
    clearTimeout(this.timer);
    this.nextAt = at;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.under !== undefined) this.again = true;
      this.under ??= this.look().then((againMs) => {
        this.under = undefined;
        this.in(this.again ? 0 : againMs);
        this.again = false;
      });
    }, ms);
    this.timer.unref();
  }
}
