/**
 * Which time it is for orders: the database's, as the ledger has it for holds, whatever a node's own clock says. A node
 * asks now and then, and counts on from there by a clock that nobody sets; where its own clock was set or slept
 * meanwhile, it asks again.
 */
import { type Clock, type Instant, systemClock } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import { readTime } from "./order.sql.ts";

export interface OrderTime {
  /** The database's time, known from a little while ago at most. */
  now(): Promise<Instant>;
  /** Asked of the database. */
  asked(): Promise<Instant>;
  /** As far as is known without asking: good enough to sleep by. */
  guess(): Instant;
}

/** How long what was told is believed: a database's clock may be set, too. */
const KNOWN_MS = 10_000;
/** Two clocks of one machine go so evenly. */
const UNEVEN_MS = 500;

interface Known {
  /** Of the clock that nobody sets. */
  readonly at: number;
  /** Of the node's own. */
  readonly nodeAt: number;
  readonly aheadMs: number;
}

/** A clock that is given is the time itself, as tests want it. */
export function orderTime(database: Pick<Database, "one">, clock: Clock | undefined): OrderTime {
  if (clock !== undefined) {
    const now = () => Promise.resolve(clock.now());
    return { now, asked: now, guess: () => clock.now() };
  }
  const age = () => performance.now();
  const nodeNow = () => systemClock.now();
  let known: Known | undefined;
  let asking: Promise<Instant> | undefined;
  const guess = () => (known === undefined ? nodeNow() : Math.floor(age() + known.aheadMs));
  const ask = async () => {
    const sentAt = age();
    const { now } = await database.one(readTime, {});
    const at = age();
    known = { at, nodeAt: nodeNow(), aheadMs: now - (sentAt + at) / 2 };
    return now;
  };
  const asked = () => {
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  };
  const isFresh = ({ at, nodeAt }: Known) => {
    const passedMs = age() - at;
    return passedMs < KNOWN_MS && Math.abs(nodeNow() - nodeAt - passedMs) < UNEVEN_MS;
  };
  const now = () => (known !== undefined && isFresh(known) ? Promise.resolve(guess()) : asked());
  return { now, asked, guess };
}
