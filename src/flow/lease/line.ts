/**
 * Everybody in this process who wants a lease and has none. In prose: a call looks, with all others
 * that are due, in one read. It takes the lease where nobody holds it and nobody stands before it, by
 * a unit that is refused if that has changed. Otherwise, if it waits, it gets into the line: a row
 * with a number, first come first served over all nodes, that it says every 2 s it still needs; who
 * stopped saying so is passed over until they say it again. Then it looks again, sooner the nearer it
 * is to the head, and at once when the lease is released in this process.
 *
 * Looking is polling with jitter, and nothing else: no session is kept for a notification, which a
 * pooler in transaction mode would not pass on anyway, and nobody polls where nobody waits.
 */
import { backoff, fail, hasCode } from "../../base/index.ts";
import { postgresErrors, type RowIn, unit } from "../../postgres/index.ts";
import { Asker, closedError } from "./asker.ts";
import { HeldLease } from "./held.ts";
import { codeOf, commitUnit, isPassing, type LeaseRoom, readSoon } from "./lease-room.ts";
import { deadWaiters, standings } from "./lease.sql.ts";
import type { TakeOptions } from "./lease.ts";
import type { Renewals } from "./renewals.ts";
import { Doze } from "./steady-clock.ts";
import { insertLeases, leaveLine, takeLeases, waitInLine } from "./write-leases.ts";

const LOOK_ROWS_MAX = 1_000;
/** Looks that are due this soon go with the one that is due now. */
const TOGETHER_MS = 5;
const LOOK_FIRST_MS = 25;
const LOOK_MAX_MS = 250;
/** Who stands this far back looks this many times more seldom. */
const AHEAD_SLOWS_MAX = 3;
const SAY_EVERY_MS = 2_000;
/** Without a word for this long, a waiter is passed over. */
const ALIVE_MS = 6_000;
const SWEEP_EVERY_MS = 60_000;
/** Past the end of its patience a call is told what the database doesn't say. */
const OVERDUE_MS = 2_000;
const TAKE_TIME_MIN_MS = OVERDUE_MS;
const TAKE_TIME_MAX_MS = 10_000;
/** How long it is looked for what came of a taking, past the end of a call's patience. */
const UNSURE_MS = 2_000;

type Standing = RowIn<typeof standings>;

export class Line {
  private readonly room: LeaseRoom;
  private readonly renewals: Renewals;
  private readonly doze: Doze;
  private readonly askers = new Map<string, Asker>();
  /** Keys that somebody here is just taking: a second one would only be in the way. */
  private readonly taking = new Set<string>();
  private readonly underWay = new Set<Promise<void>>();
  private looping: Promise<void> | undefined;
  private sweptAt: number;
  private looking = false;
  private failures = 0;

  constructor(room: LeaseRoom, renewals: Renewals) {
    this.room = room;
    this.renewals = renewals;
    this.doze = new Doze(room.clock);
    this.sweptAt = room.clock.now();
  }

  get count(): number {
    return this.askers.size;
  }

  take(key: string, options: TakeOptions): Asker["promise"] {
    const asker = new Asker(key, options, this.room.clock.now(), (gone) => this.abort(gone));
    this.askers.set(asker.takeId, asker);
    this.doze.wake();
    this.looping ??= this.loop();
    return asker.promise;
  }

  /** The key may be free: whoever waits for it here looks at once. */
  poke(key: string): void {
    const now = this.room.clock.now();
    for (const asker of this.askers.values()) if (asker.key === key) asker.dueAt = now;
    this.doze.wake();
  }

  /** Nobody waits any more. What is being taken is given back. */
  async close(): Promise<void> {
    for (const asker of this.askers.values()) this.end(asker, closedError(this.room.node));
    this.doze.wake();
    await this.looping;
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private async loop(): Promise<void> {
    while (this.askers.size > 0) {
      const now = this.room.clock.now();
      this.endOverdue(now);
      const isDue = ({ taking, dueAt }: Asker) => !taking && dueAt <= now + TOGETHER_MS;
      const due = this.looking ? [] : [...this.askers.values()].filter(isDue);
      if (due.length === 0) await this.doze.sleep(this.pauseMs(now));
      else this.begin(this.look(due.slice(0, LOOK_ROWS_MAX)));
    }
    this.looping = undefined;
  }

  /** Till the next look, unless one is under way: its end wakes the loop. */
  private pauseMs(now: number): number {
    let at = now + LOOK_MAX_MS;
    for (const asker of this.askers.values()) {
      if (!asker.taking && !this.looking) at = Math.min(at, asker.dueAt);
    }
    return Math.max(1, Math.ceil(at - now));
  }

  /** A look is under way, and nothing is heard of it: the call's time is bounded. */
  private endOverdue(now: number): void {
    for (const asker of this.askers.values()) {
      if (asker.taking || now < asker.waitUntil + OVERDUE_MS) continue;
      const reason = "the database did not answer within the time to wait";
      this.end(asker, asker.error ?? fail(postgresErrors, "unreachable", { reason }));
    }
  }

  private async look(due: readonly Asker[]): Promise<void> {
    this.looking = true;
    try {
      await this.lookAt(due);
    } finally {
      this.looking = false;
      this.doze.wake();
    }
  }

  private async lookAt(due: readonly Asker[]): Promise<void> {
    const sentAt = this.room.clock.now();
    const takeIds = due.map(({ takeId }) => takeId);
    const keys = due.map(({ key }) => key);
    let rows: readonly Standing[];
    try {
      rows = await readSoon(this.room, standings, { takeIds, keys });
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      for (const asker of due) if (!asker.done) this.failed(asker, error);
      return;
    }
    for (const row of rows) {
      const asker = this.askers.get(row.takeId);
      if (asker !== undefined && !asker.taking) this.decide(asker, row, sentAt);
    }
    this.sweep();
  }

  private decide(asker: Asker, row: Standing, sentAt: number): void {
    const leftMs = Number(row.leftMs ?? 0n);
    asker.error = undefined;
    if (row.token !== null && row.holderTakeId === asker.takeId && leftMs > 0) {
      // A taking whose answer was lost.
      return this.win(asker, row.token, { sentAt, leftMs });
    }
    if (leftMs <= 0 && row.ahead === 0n && !this.taking.has(asker.key)) {
      return this.begin(this.tryTaking(asker, row));
    }
    this.wait(asker, row.ahead, leftMs);
  }

  private async tryTaking(asker: Asker, { token, number }: Standing): Promise<void> {
    const { key, takeId, note, ttlMs } = asker;
    const { clock, node } = this.room;
    const seen = token ?? 0n;
    const item = { key, seen, takeId, holder: node, note, ttlMs, place: number };
    const writer = seen === 0n ? insertLeases : takeLeases;
    const sentAt = clock.now();
    const patienceMs = Math.max(asker.waitUntil - sentAt, TAKE_TIME_MIN_MS);
    asker.taking = true;
    this.taking.add(key);
    try {
      const taking = unit(takeId).write(writer, item);
      const status = await commitUnit(this.room, taking, Math.min(patienceMs, TAKE_TIME_MAX_MS));
      this.taken(key, asker);
      if (status === "committed") this.win(asker, seen + 1n, { sentAt, leftMs: ttlMs });
      else if (!asker.done) this.wait(asker, 0n, 0);
    } catch (error) {
      this.taken(key, asker);
      this.unsure(asker, error);
    }
    this.doze.wake();
  }

  private taken(key: string, asker: Asker): void {
    asker.taking = false;
    this.taking.delete(key);
  }

  private unsure(asker: Asker, error: unknown): void {
    const isUnknown =
      hasCode(error, "lane.outcome_unknown") || hasCode(error, "postgres.outcome_unknown");
    if (asker.done) {
      if (isUnknown) this.begin(this.giveBack(asker));
      return;
    }
    if (isUnknown && !asker.unsure) {
      asker.unsure = true;
      asker.waitUntil = Math.max(asker.waitUntil, this.room.clock.now() + UNSURE_MS);
    }
    this.failed(asker, error);
  }

  private win(
    asker: Asker,
    token: bigint,
    proven: { readonly sentAt: number; readonly leftMs: number },
  ): void {
    const { key, takeId, ttlMs, done } = asker;
    const taken = { key, token, takeId, ttlMs };
    if (!done && this.room.clock.now() >= proven.sentAt + proven.leftMs) {
      // Its commit took longer than it stands. What the database has of it is seen by the next look.
      asker.unsure = true;
      return this.wait(asker, 0n, 0);
    }
    const lease = new HeldLease(taken, proven, { clock: this.room.clock, keeping: this.renewals });
    this.forget(asker);
    if (done) return this.begin(lease.release().then(() => undefined));
    this.renewals.add(lease);
    asker.resolve(lease);
  }

  /** Not now. Gives up, or gets into the line and looks again. */
  private wait(asker: Asker, ahead: bigint, leftMs: number): void {
    const now = this.room.clock.now();
    if (now >= asker.waitUntil) return this.end(asker);
    if (now - asker.saidAt >= SAY_EVERY_MS) this.sayAll(asker, now);
    const nearMs = Math.min(Math.max((now - asker.since) / 20, LOOK_FIRST_MS), LOOK_MAX_MS);
    const pauseMs = nearMs * (1 + Math.min(Number(ahead), AHEAD_SLOWS_MAX)) * (0.5 + Math.random());
    // Its time may run out sooner than that, and nobody tells when it does.
    const isNext = ahead === 0n && leftMs > 0;
    this.lookIn(asker, isNext ? Math.min(pauseMs, leftMs + 1) : pauseMs);
  }

  private lookIn(asker: Asker, pauseMs: number): void {
    const now = this.room.clock.now();
    asker.dueAt = Math.min(now + pauseMs, Math.max(asker.waitUntil, now + 1));
  }

  private failed(asker: Asker, error: unknown): void {
    asker.error = error;
    if (!isPassing(error) || this.room.clock.now() >= asker.waitUntil) return this.end(asker);
    const attempt = Math.max(1, this.failures);
    this.lookIn(asker, backoff({ attempt, baseMs: 50, maxMs: 1_000 }) + LOOK_FIRST_MS);
  }

  private abort(asker: Asker): void {
    if (!asker.done) this.end(asker, asker.abortReason);
  }

  /** Without a lease: `error` or what the last look failed with, or nothing but "not now". */
  private end(asker: Asker, error: unknown = asker.error): void {
    this.forget(asker);
    if (asker.unsure && !asker.taking) this.begin(this.giveBack(asker));
    if (error === undefined) asker.resolve(undefined);
    else asker.reject(error);
  }

  private forget(asker: Asker): void {
    this.askers.delete(asker.takeId);
    this.doze.wake();
    if (asker.inLine) this.begin(this.leaveAfter(asker));
    asker.inLine = false;
  }

  /** Behind the taking, in the same lane: whatever that did is undone. */
  private async giveBack(asker: Asker): Promise<void> {
    await this.renewals.giveBack(asker);
  }

  /** One says that it waits, and with it all who would have to before long: one statement. */
  private sayAll(first: Asker, now: number): void {
    for (const asker of this.askers.values()) {
      const isDue = asker === first || (asker.inLine && now - asker.saidAt >= SAY_EVERY_MS / 2);
      if (!isDue || asker.taking || asker.saying !== undefined) continue;
      this.begin((asker.saying = this.say(asker, now)));
    }
  }

  private async say(asker: Asker, now: number): Promise<void> {
    const { takeId: waiterId, key } = asker;
    const row = { waiterId, key, holder: this.room.node, aliveMs: ALIVE_MS };
    asker.inLine = true;
    try {
      await commitUnit(this.room, unit(waiterId).write(waitInLine, row));
      asker.saidAt = now;
    } catch (error) {
      this.room.log.debug({ key, code: codeOf(error) }, "could not get into the line of a lease");
    } finally {
      asker.saying = undefined;
    }
  }

  private async leaveAfter({ takeId, saying }: Asker): Promise<void> {
    // In one flush with getting in, getting out might come first.
    await saying;
    await this.leave([takeId]);
  }

  /** What is not removed is passed over before long, and removed by whoever waits then. */
  private async leave(waiterIds: readonly string[]): Promise<void> {
    const leaving = waiterIds.map((waiterId) =>
      commitUnit(this.room, unit(waiterId).write(leaveLine, { waiterId })),
    );
    await Promise.allSettled(leaving);
  }

  /** Rows of processes that died while they waited. */
  private sweep(): void {
    const now = this.room.clock.now();
    if (now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    this.begin(this.removeDead());
  }

  private async removeDead(): Promise<void> {
    try {
      const dead = await readSoon(this.room, deadWaiters, {});
      await this.leave(dead.map(({ waiterId }) => waiterId));
    } catch (error) {
      this.room.log.debug({ code: codeOf(error) }, "could not look for dead waiters");
    }
  }

  /** `close` waits for it. None of these rejects. */
  private begin(work: Promise<void>): void {
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }
}
