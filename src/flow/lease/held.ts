/**
 * A lease in the hands of its holder. In prose:
 *
 *   held      until the time that its last committed taking or renewal has surely given it
 *   released  by its holder, once
 *   lost      the database said so, or that time ran out and nobody knows better
 *
 * There is no way back. What is believed here is never longer than what the database has: its clock
 * starts after the statement was sent, this one when it was sent; and a thousandth is left out, for
 * clocks that don't run alike. Who must be sure lets the database check.
 */
import { fail, type LongmenError } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import type { LeaseRef } from "./lease.ts";
import type { Steady } from "./steady-clock.ts";

/** A lease that this process holds, as long as it does. */
export interface Held extends LeaseRef, AsyncDisposable {
  readonly key: string;
  /** The fencing token: of one key it grows with each holder, for ever. */
  readonly token: bigint;
  /**
   * Aborted (flow.lease_lost) as soon as the lease is known to be lost, or may have run out for all
   * that this process knows. Not by `release`. A process that slept learns it when it wakes, which is
   * too late for what it does next: that is what checks are for.
   */
  readonly lost: AbortSignal;
  /** For how long it stands without another renewal, at least; 0 once it is lost or released. */
  leftMs(): number;
  /**
   * Renews it now, and tells whether it stands. Rarely needed: it is renewed by itself. Safe to
   * repeat. Refuses: flow.lease_lost, flow.lease_released. What else it throws (no database) leaves
   * the lease as it is.
   */
  renew(): Promise<void>;
  /**
   * Gives it back: whoever waits gets it at once. True if it was held until now; false if it was lost
   * before, or the database couldn't be told (then its time runs out). Safe to repeat: yes, and a
   * repeat answers alike. Never throws.
   */
  release(): Promise<boolean>;
}

/** What a held lease asks of whoever keeps it. */
export interface Keeping {
  renew(lease: HeldLease): Promise<void>;
  release(lease: HeldLease): Promise<boolean>;
}

export interface Taken extends LeaseRef {
  readonly takeId: string;
  readonly ttlMs: number;
}

/** What two clocks may differ by, in parts of the time that they count. */
const DRIFT = 0.001;

export class HeldLease implements Held, Taken {
  readonly key: string;
  readonly token: bigint;
  readonly takeId: string;
  readonly ttlMs: number;
  state: "held" | "released" | "lost" = "held";
  renewedAt: number;
  /** Until then it surely stands, by the steady clock. */
  goodUntil: number;
  private readonly clock: Steady;
  private readonly keeping: Keeping;
  private readonly end = new AbortController();
  private releasing: Promise<boolean> | undefined;

  /** `sentAt`: when the statement was sent after which it had `leftMs` more. */
  constructor(
    { key, token, takeId, ttlMs }: Taken,
    { sentAt, leftMs }: { readonly sentAt: number; readonly leftMs: number },
    { clock, keeping }: { readonly clock: Steady; readonly keeping: Keeping },
  ) {
    this.key = key;
    this.token = token;
    this.takeId = takeId;
    this.ttlMs = ttlMs;
    this.clock = clock;
    this.keeping = keeping;
    this.renewedAt = sentAt;
    this.goodUntil = sentAt + leftMs * (1 - DRIFT);
  }

  get lost(): AbortSignal {
    return this.end.signal;
  }

  leftMs(): number {
    return this.state === "held" ? Math.max(0, this.goodUntil - this.clock.now()) : 0;
  }

  async renew(): Promise<void> {
    this.demandHeld();
    await this.keeping.renew(this);
    this.demandHeld();
  }

  release(): Promise<boolean> {
    this.releasing ??= this.keeping.release(this);
    return this.releasing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** A statement that was sent then has renewed it. */
  extend(sentAt: number): void {
    this.renewedAt = Math.max(this.renewedAt, sentAt);
    this.goodUntil = Math.max(this.goodUntil, sentAt + this.ttlMs * (1 - DRIFT));
  }

  lose(why: string): void {
    if (this.state !== "held") return;
    this.state = "lost";
    this.end.abort(this.lostError(why));
  }

  private lostError(why: string): LongmenError {
    const { key, token } = this;
    return fail(flowErrors, "lease_lost", { key, token, why });
  }

  /** Refuses: flow.lease_lost, flow.lease_released. */
  private demandHeld(): void {
    const { key, token } = this;
    if (this.state === "released") throw fail(flowErrors, "lease_released", { key, token });
    if (this.state === "lost") throw this.end.signal.reason as LongmenError;
  }
}
