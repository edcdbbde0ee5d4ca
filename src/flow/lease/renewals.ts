/**
 * Keeps what this process holds: renews it ahead of its end, all leases in one statement, and says of
 * each that it is lost when that is known or may be so. One loop, which ends with the last lease: who
 * holds nothing costs nothing. Losing needs no database: the loop looks at the time while a renewal
 * is under way, or can't be.
 */
import { backoff, newId } from "../../base/index.ts";
import { unit } from "../../postgres/index.ts";
import type { HeldLease, Keeping } from "./held.ts";
import { codeOf, commitUnit, isPassing, type LeaseRoom, readSoon } from "./lease-room.ts";
import { stillHeld } from "./lease.sql.ts";
import { Doze } from "./steady-clock.ts";
import { releaseLeases, renewLeases } from "./write-leases.ts";

/** Of a long lease it is learnt within this time that an operator has broken it. */
const RENEW_MAX_MS = 30_000;
/** A flush holds twice as many entries. */
const STATEMENT_ROWS_MAX = 4_000;
/** Looks at who is lost, in one renewal; those that are found then go on with the next. */
const ROUNDS_MAX = 3;
const RETRY_MAX_MS = 1_000;
/** Between two renewals, whatever happens. */
const RENEW_GAP_MS = 50;
const RELEASE_TRIES_MS = 5_000;
const TOLD = "it was taken over, broken or ran out";

const renewEveryMs = ({ ttlMs }: HeldLease): number => Math.min(ttlMs / 3, RENEW_MAX_MS);

export class Renewals implements Keeping {
  private readonly room: LeaseRoom;
  private readonly held = new Set<HeldLease>();
  private readonly doze: Doze;
  private readonly onRelease: (key: string) => void;
  private looping: Promise<void> | undefined;
  private sweeping: Promise<void> | undefined;
  private retryAt = -Infinity;
  private failures = 0;

  /** `onRelease` is told of a key that is free now, for whoever waits for it in this process. */
  constructor(room: LeaseRoom, onRelease: (key: string) => void) {
    this.room = room;
    this.doze = new Doze(room.clock);
    this.onRelease = onRelease;
  }

  get count(): number {
    return this.held.size;
  }

  add(lease: HeldLease): void {
    this.held.add(lease);
    this.doze.wake();
    this.looping ??= this.loop();
  }

  /** One lease, now. What keeps it from having an outcome is thrown. */
  async renew(lease: HeldLease): Promise<void> {
    await this.renewThese([lease]);
  }

  async release(lease: HeldLease): Promise<boolean> {
    this.held.delete(lease);
    if (lease.state === "lost") return false;
    lease.state = "released";
    const isReleased = await this.giveBack(lease, RELEASE_TRIES_MS);
    this.onRelease(lease.key);
    return isReleased;
  }

  /** Ends what the call took, whatever it took. False: nothing was there, or nobody could be told. */
  async giveBack(
    { key, takeId }: { readonly key: string; readonly takeId: string },
    triesMs = 0,
  ): Promise<boolean> {
    const { clock, log } = this.room;
    const until = clock.now() + triesMs;
    const giving = unit(takeId).write(releaseLeases, { key, takeId });
    for (let attempt = 1; ; attempt++) {
      try {
        return (await commitUnit(this.room, giving)) === "committed";
      } catch (error) {
        if (clock.now() >= until || !isPassing(error)) {
          log.warn({ key, code: codeOf(error) }, "could not give a lease back; its time runs out");
          return false;
        }
      }
      await clock.sleep(backoff({ attempt, baseMs: 50, maxMs: 500 }));
    }
  }

  /** Releases all that is held, in one flush. */
  async close(): Promise<void> {
    const releases = [...this.held].map((lease) => lease.release());
    this.doze.wake();
    await Promise.all(releases);
    await this.sweeping;
    await this.looping;
  }

  private async loop(): Promise<void> {
    while (this.held.size > 0) {
      const now = this.room.clock.now();
      this.dropLate(now);
      const wakeAt = this.nextLook(now);
      if (wakeAt > now) await this.doze.sleep(Math.ceil(wakeAt - now));
      else this.sweeping = this.sweep(now).finally(() => this.afterSweep());
    }
    this.looping = undefined;
  }

  private afterSweep(): void {
    this.sweeping = undefined;
    this.doze.wake();
  }

  private dropLate(now: number): void {
    for (const lease of this.held) {
      if (now < lease.goodUntil) continue;
      this.drop(lease, "it could not be renewed in time");
    }
  }

  private drop(lease: HeldLease, why: string): void {
    if (!this.held.delete(lease)) return;
    const { key, token } = lease;
    this.room.log.warn({ key, token, why }, "lost a lease");
    lease.lose(why);
  }

  /** When something is to be done next: a renewal, unless one is under way, or a lease's end. */
  private nextLook(now: number): number {
    let at = Infinity;
    for (const lease of this.held) {
      at = Math.min(at, lease.goodUntil);
      if (this.sweeping !== undefined) continue;
      // A clock that was set forward between two readings makes nothing wait longer.
      const dueAt = Math.min(lease.renewedAt, now) + renewEveryMs(lease);
      at = Math.min(at, Math.max(dueAt, this.retryAt));
    }
    return at;
  }

  /** Renews what is due, and what would be before long: leases of one kind end up in one statement. */
  private async sweep(now: number): Promise<void> {
    const due = [...this.held].filter(
      (lease) => now - lease.renewedAt >= renewEveryMs(lease) / 2 || this.failures > 0,
    );
    try {
      for (let at = 0; at < due.length; at += STATEMENT_ROWS_MAX) {
        await this.renewThese(due.slice(at, at + STATEMENT_ROWS_MAX));
      }
      this.failures = 0;
      this.retryAt = this.room.clock.now() + RENEW_GAP_MS;
    } catch (error) {
      this.failures += 1;
      const pauseMs = backoff({ attempt: this.failures, baseMs: 100, maxMs: RETRY_MAX_MS });
      this.retryAt = this.room.clock.now() + pauseMs;
      this.room.log.warn({ leases: due.length, code: codeOf(error) }, "could not renew leases");
    }
  }

  private async renewThese(leases: readonly HeldLease[]): Promise<void> {
    let asked = leases;
    for (let round = 1; round <= ROUNDS_MAX; round++) {
      asked = asked.filter(({ state }) => state === "held");
      if (asked.length === 0) return;
      const sentAt = this.room.clock.now();
      const status = await commitUnit(this.room, unit(newId()).write(renewLeases, ...asked));
      if (status === "committed") return this.extend(asked, sentAt);
      await this.dropLost(asked);
    }
  }

  private extend(renewed: readonly HeldLease[], sentAt: number): void {
    for (const lease of renewed) {
      lease.extend(sentAt);
      // Its holder was told meanwhile that it is lost: nobody is to wait for what nobody uses.
      if (lease.state === "lost") void this.giveBack(lease);
    }
  }

  /** Some were no longer held, so that none was renewed: looks which. */
  private async dropLost(asked: readonly HeldLease[]): Promise<void> {
    const keys = asked.map(({ key }) => key);
    const tokens = asked.map(({ token }) => token);
    const rows = await readSoon(this.room, stillHeld, { keys, tokens });
    const standing = new Map(rows.map(({ key, token }) => [key, token]));
    for (const lease of asked) {
      if (standing.get(lease.key) !== lease.token) this.drop(lease, TOLD);
    }
  }
}
