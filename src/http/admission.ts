/**
 * How many writes may be in work at once. Past what a node can carry out, each write more only makes
 * all others wait: so as much is taken in as is carried out in the time that a write may take (Little's
 * law, from what is measured), and who comes above it is refused at once (P7).
 *
 * What is long: a few times what a write takes while few are in work, since that is the database's
 * own time and no queue; and never less than FLOOR_MS, where nobody minds.
 */

export interface Admission {
  /** Whether one more write is taken in; weighed by `weightOf`. */
  admits(weight?: number): boolean;
  begin(weight?: number): void;
  /** A write was answered; `ms` since it was begun. Those whose caller went away count, too. */
  end(ms: number, weight?: number): void;
  /** Of the weights of all in work together; so many writes of next to no body. */
  readonly limit: number;
}

export interface AdmissionOptions {
  /** Never above it, however fast answers come. */
  readonly max: number;
  /** Milliseconds of a monotonic clock; the process's when left out. */
  readonly now?: () => number;
}

const FLOOR_MS = 100;
/** So many times what a write takes among few is not yet a queue. */
const PATIENCE = 4;
/** So many are taken in whatever they weigh, and however long they take. */
const FEW = 64;
/** How fast it is learned what a write takes among few: a database may become slower for good. */
const LEARNING = 0.2;
/** A look at how long writes take: over so many milliseconds, and at least so many writes. */
const LOOK_MS = 50;
const LOOK_WRITES = 20;
/** So many looks in a row with long waits are a queue; one or two are a pause of the process or the disk. */
const LONG_LOOKS = 3;
const GROWTH = 1.1;
/** How much the newest look says about what can be carried out: one alone may hold a pause. */
const NEWEST = 0.2;
const KIB = 1_024;

/** A request by itself costs about as much as the items of a KiB more of its body. */
export const weightOf = (bodyBytes: number): number => 1 + bodyBytes / KIB;

export function admission({ max, now = () => performance.now() }: AdmissionOptions): Admission {
  const inWork = { writes: 0, weight: 0 };
  let limit = max;
  let look = lookFrom(now(), 0);
  let amongFewMs = 0;
  let longLooks = 0;
  /** Weight a millisecond, while there was a queue; unknown before. */
  let pace: number | undefined;

  const learn = ({ mean, most, rate, refused }: Seen) => {
    if (most <= weightOf(KIB) * FEW) amongFewMs += LEARNING * (mean - amongFewMs);
    const longMs = Math.max(FLOOR_MS, PATIENCE * amongFewMs);
    longLooks = mean > longMs ? longLooks + 1 : 0;
    if (refused || mean > longMs) pace = pace === undefined ? rate : pace + NEWEST * (rate - pace);
    else pace = undefined;
    if (pace === undefined) limit = Math.min(max, Math.ceil(limit * GROWTH));
    else if (refused || longLooks >= LONG_LOOKS) {
      limit = Math.min(max, Math.max(FEW, Math.floor(pace * longMs)));
    }
  };

  return {
    get limit() {
      return limit;
    },
    admits(weight = 1) {
      if (inWork.writes < FEW || inWork.weight + weight <= limit) return true;
      look.refused = true;
      return false;
    },
    begin(weight = 1) {
      inWork.writes += 1;
      inWork.weight += weight;
      look.most = Math.max(look.most, inWork.weight);
    },
    end(ms, weight = 1) {
      inWork.writes -= 1;
      inWork.weight -= weight;
      look.writes += 1;
      look.weight += weight;
      look.ms += ms;
      const at = now();
      const lasted = at - look.startedAt;
      if (look.writes < LOOK_WRITES || lasted < LOOK_MS) return;
      const { most, refused } = look;
      learn({ mean: look.ms / look.writes, most, rate: look.weight / lasted, refused });
      look = lookFrom(at, inWork.weight);
    },
  };
}

/** What a look showed. */
interface Seen {
  /** Milliseconds that a write took. */
  readonly mean: number;
  /** Weight in work at one time. */
  readonly most: number;
  /** Weight carried out a millisecond. */
  readonly rate: number;
  /** Somebody was turned away. */
  readonly refused: boolean;
}

const lookFrom = (startedAt: number, most: number) => ({
  startedAt,
  most,
  writes: 0,
  weight: 0,
  ms: 0,
  refused: false,
});
