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
  /** Of the weights of all in work together: of writes with next to no body, so many. */
  readonly limit: number;
  /** Of all in work now. */
  readonly weight: number;
}

export interface AdmissionOptions {
  /** Never above it, however fast answers come. */
  readonly max: number;
  /** Milliseconds of a monotonic clock; the process's when left out. */
  readonly now?: () => number;
}

const FLOOR_MS = 50;
/** So many times what a write takes among few is not yet a queue. */
const PATIENCE = 4;
/** So many are taken in whatever they weigh, and however long they take. */
const FEW = 64;
/** How fast it is learned that a write takes less among few than was known. */
const LEARNING = 0.2;
/**
 * And that it takes more, by so much a look at most: a database may become slower for good, but one
 * stall of it, or few writes beside a full processor, say nothing about what is usual.
 */
const SLOWER = 1.05;
const SLOWER_MS = 1;
/** A look at what is carried out: over so many milliseconds with work, and at least so many writes. */
const LOOK_MS = 30;
const LOOK_WRITES = 20;
/** So many looks in a row at more work than is done in time are a queue; one or two are a pause. */
const LONG_LOOKS = 3;
const GROWTH = 1.1;
/** At most halved at a time. */
const CUT_MAX = 0.5;
/** How fast what earlier looks have shown is forgotten: one alone may hold a pause, or half a flush. */
const FORGETTING = 0.15;
/** What came before a look counts for so many of its length: what was slow for seconds may be quick now. */
const REMEMBERED = 6;
const KIB = 1_024;

/**
 * However much a head announces: the limit is found again from what was turned away, and who needs no
 * key to be turned away must not be able to lower it by a number.
 */
const HEAVIEST = 512;

/** A request by itself costs about as much as the items of a KiB more of its body. */
export const weightOf = (bodyBytes: number): number => Math.min(1 + bodyBytes / KIB, HEAVIEST);
const FEW_WEIGHT = FEW * weightOf(KIB);

const NOTHING = { weight: 0, ms: 1 };

export function admission({ max, now = () => performance.now() }: AdmissionOptions): Admission {
  let limit = max;
  let writes = 0;
  let weight = 0;
  let amongFewMs = 0;
  let longLooks = 0;
  /** What was carried out lately, and in how long. */
  let lately = NOTHING;
  let look = newLook(now(), 0);
  /** Nothing was in work since then: no time of a look. */
  let idleSince: number | undefined = now();

  const learn = (lasted: number) => {
    if (look.most <= FEW_WEIGHT) amongFewMs = learned(amongFewMs, look.ms / look.writes);
    const longMs = Math.max(FLOOR_MS, PATIENCE * amongFewMs);
    lately = added(lately, look.weight, lasted);
    // Little's law: what is carried out in the time allowed. It tells sooner than those who have waited.
    const fitting = (lately.weight / lately.ms) * longMs;
    const isLong = look.inWork / look.writes > fitting;
    longLooks = isLong ? longLooks + 1 : 0;
    if (look.refused || longLooks >= LONG_LOOKS) {
      const least = Math.max(FEW, CUT_MAX * Math.min(limit, look.most));
      limit = Math.min(max, Math.floor(Math.max(least, fitting)));
    } else if (!isLong) limit = Math.min(max, Math.ceil(limit * GROWTH));
  };

  return {
    get limit() {
      return limit;
    },
    get weight() {
      return weight;
    },
    admits(more = 1) {
      if (writes < FEW || weight + more <= limit) return true;
      look.refused = true;
      return false;
    },
    begin(more = 1) {
      if (idleSince !== undefined) look.startedAt += now() - idleSince;
      idleSince = undefined;
      writes += 1;
      weight += more;
      look.most = Math.max(look.most, weight);
    },
    end(ms, done = 1) {
      const at = now();
      look.inWork += weight;
      look.writes += 1;
      look.weight += done;
      look.ms += ms;
      writes -= 1;
      weight -= done;
      if (writes === 0) idleSince = at;
      if (look.writes < LOOK_WRITES || at - look.startedAt < LOOK_MS) return;
      learn(at - look.startedAt);
      look = newLook(at, weight);
    },
  };
}

function added(lately: typeof NOTHING, weight: number, lasted: number): typeof NOTHING {
  const kept = Math.min(1 - FORGETTING, (REMEMBERED * lasted) / lately.ms);
  return { weight: kept * lately.weight + weight, ms: kept * lately.ms + lasted };
}

function learned(amongFewMs: number, mean: number): number {
  if (mean > amongFewMs) return Math.min(mean, amongFewMs * SLOWER + SLOWER_MS);
  return amongFewMs + LEARNING * (mean - amongFewMs);
}

/** What is gathered until the next time that something is learned of it. */
const newLook = (startedAt: number, most: number) => ({
  startedAt,
  /** The most weight in work at one time. */
  most,
  writes: 0,
  /** Carried out. */
  weight: 0,
  /** That those took. */
  ms: 0,
  /** Weight in work, summed over all that were carried out. */
  inWork: 0,
  refused: false,
});
