/**
 * How many writes may be in work at once. Past what a node can carry out, each write more only makes
 * all others wait: so the limit follows how long writes take (additive increase, multiplicative
 * decrease, as TCP's congestion window: RFC 5681), and who comes above it is refused at once (P7).
 *
 * What is long: a few times what a write takes while few are in work, since that is the database's
 * own time and no queue; and never less than FLOOR_MS, where nobody minds.
 */

export interface Admission {
  /** Whether one more write is taken in. */
  admits(): boolean;
  begin(): void;
  /** A write was answered; `ms` since it was begun. Those whose caller went away count, too. */
  end(ms: number): void;
  readonly limit: number;
}

export interface AdmissionOptions {
  /** Never above it, however fast answers come. */
  readonly max: number;
  /** Milliseconds of a monotonic clock; the process's when left out. */
  readonly now?: () => number;
}

const FLOOR_MS = 200;
/** So many times what a write takes among few is not yet a queue. */
const PATIENCE = 4;
/** Few; the limit is never below it. */
const LIMIT_MIN = 64;
/** How fast it is learned what a write takes among few: a database may become slower for good. */
const LEARNING = 0.2;
/** A look at how long writes take: over so many milliseconds, and at least so many writes. */
const LOOK_MS = 50;
const LOOK_WRITES = 20;
/** So many long looks in a row are a queue; one or two are a pause of the process or the disk. */
const LONG_LOOKS = 3;
const GROWTH = 1.1;
/** At most halved at a time. */
const CUT_MAX = 0.5;

export function admission({ max, now = () => performance.now() }: AdmissionOptions): Admission {
  let limit = max;
  let inWork = 0;
  let look = { startedAt: now(), writes: 0, ms: 0, most: 0 };
  let amongFewMs = 0;
  let longLooks = 0;

  const learn = (mean: number, most: number) => {
    if (most <= LIMIT_MIN) amongFewMs += LEARNING * (mean - amongFewMs);
    const longMs = Math.max(FLOOR_MS, PATIENCE * amongFewMs);
    longLooks = mean > longMs ? longLooks + 1 : 0;
    if (longLooks === 0) limit = Math.min(max, Math.ceil(limit * GROWTH));
    if (longLooks < LONG_LOOKS) return;
    // Little's law: so many in work take as long as is allowed.
    const fitting = Math.min(limit, most) * Math.max(CUT_MAX, longMs / mean);
    limit = Math.max(LIMIT_MIN, Math.floor(fitting));
  };

  return {
    get limit() {
      return limit;
    },
    admits: () => inWork < limit,
    begin: () => {
      inWork += 1;
      look.most = Math.max(look.most, inWork);
    },
    end: (ms) => {
      inWork -= 1;
      look.writes += 1;
      look.ms += ms;
      const at = now();
      if (look.writes < LOOK_WRITES || at - look.startedAt < LOOK_MS) return;
      learn(look.ms / look.writes, look.most);
      look = { startedAt: at, writes: 0, ms: 0, most: inWork };
    },
  };
}
