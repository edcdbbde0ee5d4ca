/**
 * Runs that were lost so often in a row that one of them may be what takes its node down: a node has one of them
 * at a time, so that the loss that parks it parks it alone, and not those beside it.
 */
export const SUSPECT_FROM = 3;
const WAIT_MS = 1_000;
/** So many a second come again; more wait longer. */
const PER_SECOND = 50;

export class Suspects {
  private readonly isOneHere: () => boolean;
  private turnedAway = 0;
  private countedFrom = performance.now();

  constructor(isOneHere: () => boolean) {
    this.isOneHere = isOneHere;
  }

  /** How long one that was lost so often has to wait for its turn; undefined: it may go on. */
  waitMs(crashes: number): number | undefined {
    if (crashes < SUSPECT_FROM || !this.isOneHere()) return undefined;
    const now = performance.now();
    if (now - this.countedFrom > WAIT_MS) {
      this.countedFrom = now;
      this.turnedAway = 0;
    }
    this.turnedAway += 1;
    return Math.ceil(WAIT_MS * (0.5 + Math.random()) * (1 + this.turnedAway / PER_SECOND));
  }
}
