/**
 * What this node believes of keys, and for how long. In prose: a key that was read is believed for
 * BELIEF_MS from the moment its read was sent. While it is in use it is read again ahead of time,
 * with all other keys in use, so that nobody waits. Nothing is read unless somebody checks a key.
 *
 *   believed   young enough to say yes
 *   doubted    too old, or it said no: a read that begins now decides
 *
 * One read is in flight; who asks meanwhile shares the next one. Keys that are known go first, so that
 * a flood of guesses keeps nobody out who is in.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, fail } from "../base/index.ts";
import type { Database, RowIn } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { readKeys } from "./access.sql.ts";
import { readScopes } from "./key.ts";
import type { OwnerKind, Principal } from "./principal.ts";

/** Within this time a revocation holds on every node. */
export const BELIEF_MS = 2_000;
/** From this age on a key in use is read again, ahead of its end. */
const REFRESH_MS = 1_000;
/** Between two looks for keys that get old. */
const REFRESH_GAP_MS = 100;
/** Between the beginnings of two reads: what guessing keys may cost the database. */
const READ_GAP_MS = 20;
const READ_IDS_MAX = 1_000;
const WAITING_MAX = 10_000;
const KNOWN_MAX = 10_000;

/** A key as of a read; instants are of this node's clock for ages. */
export interface KnownKey {
  readonly principal: Principal;
  readonly secretHash: Buffer;
  readonly formerHash: Buffer | undefined;
  /** Secrets that were right since this was read, at most two, and their hashes: each is taken once. */
  readonly proven: Map<string, Buffer>;
  readonly formerUntil: number;
  readonly goodUntil: number;
  readonly readAt: number;
}

interface Kept {
  readonly known: KnownKey;
  /** Asked for since it was read. */
  used: boolean;
}

type Answer = PromiseWithResolvers<KnownKey | undefined>;

export class KeyMemory {
  private readonly database: Pick<Database, "run">;
  private readonly clock: Pick<Clock, "now">;
  /** Oldest read first. */
  private readonly kept = new Map<string, Kept>();
  /** Known keys that wait for a read, and all others. */
  private readonly ahead = new Map<string, Answer>();
  private readonly waiting = new Map<string, Answer>();
  private reading: Promise<void> | undefined;
  private lastReadAt = -Infinity;
  private lastRefreshAt = -Infinity;
  /** Counts what this node changed itself: a read that began before must not bring it back. */
  private changes = 0;

  constructor(database: Pick<Database, "run">, clock: Pick<Clock, "now">) {
    this.database = database;
    this.clock = clock;
  }

  /** The key, if what is known of it is young enough to say yes. */
  believed(keyId: string): KnownKey | undefined {
    const found = this.kept.get(keyId);
    if (found === undefined) return undefined;
    const ageMs = this.clock.now() - found.known.readAt;
    if (ageMs >= BELIEF_MS) return undefined;
    found.used = true;
    if (ageMs >= REFRESH_MS) this.refresh(this.clock.now());
    return found.known;
  }

  /** The key as a read has it that begins after this call. Refuses: access.too_many_checks. */
  read(keyId: string): Promise<KnownKey | undefined> {
    const asked = this.ahead.get(keyId) ?? this.waiting.get(keyId);
    if (asked !== undefined) return asked.promise;
    const answer: Answer = Promise.withResolvers();
    if (this.kept.has(keyId)) this.ahead.set(keyId, answer);
    else if (this.waiting.size < WAITING_MAX) this.waiting.set(keyId, answer);
    else {
      const retryAfterMs = Math.ceil(WAITING_MAX / READ_IDS_MAX) * READ_GAP_MS;
      throw fail(accessErrors, "too_many_checks", { waiting: WAITING_MAX, retryAfterMs });
    }
    this.reading ??= this.readWaiting();
    return answer.promise;
  }

  /** This node has changed the key. */
  forget(keyId: string): void {
    this.changes += 1;
    this.kept.delete(keyId);
  }

  /** Waits for the read in flight. */
  async close(): Promise<void> {
    await this.reading;
  }

  /** Every key in use that is about to get too old, in one read; what nobody uses is let go. */
  private refresh(now: number): void {
    if (now < this.lastRefreshAt + REFRESH_GAP_MS) return;
    this.lastRefreshAt = now;
    for (const [keyId, { known, used }] of this.kept) {
      const ageMs = now - known.readAt;
      if (ageMs < REFRESH_MS || this.ahead.size >= READ_IDS_MAX) return;
      // Nobody waits for it: if it fails, the next one to ask after the belief's end is told.
      if (used) this.read(keyId).catch(() => undefined);
      else if (ageMs >= BELIEF_MS) this.kept.delete(keyId);
    }
  }

  private async readWaiting(): Promise<void> {
    while (this.ahead.size + this.waiting.size > 0) {
      const gapMs = this.lastReadAt + READ_GAP_MS - this.clock.now();
      if (gapMs > 0) await sleep(gapMs);
      const asked = new Map([...this.ahead, ...this.waiting].slice(0, READ_IDS_MAX));
      for (const keyId of asked.keys()) {
        this.ahead.delete(keyId);
        this.waiting.delete(keyId);
      }
      await this.readThese(asked);
    }
    // In the same breath as the look that found nobody: who asks next starts anew.
    this.reading = undefined;
  }

  private async readThese(asked: ReadonlyMap<string, Answer>): Promise<void> {
    const { changes } = this;
    const readAt = this.clock.now();
    this.lastReadAt = readAt;
    try {
      const rows = await this.database.run(readKeys, { ids: [...asked.keys()] });
      const found = new Map(rows.map((row) => [row.keyId, knownOf(row, readAt)]));
      for (const [keyId, answer] of asked) {
        const known = found.get(keyId);
        if (changes === this.changes) this.keep(keyId, known);
        answer.resolve(known);
      }
    } catch (error) {
      for (const answer of asked.values()) answer.reject(error);
    }
  }

  private keep(keyId: string, known: KnownKey | undefined): void {
    this.kept.delete(keyId);
    if (known === undefined) return;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= KNOWN_MAX && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(keyId, { known, used: false });
  }
}

function knownOf(row: RowIn<typeof readKeys>, readAt: number): KnownKey {
  const { keyId, owner, secretHash, formerHash, formerLeftMs, leftMs, expiresAt } = row;
  const principal: Principal = Object.freeze({
    keyId,
    owner,
    ownerKind: row.ownerKind as OwnerKind,
    scopes: readScopes(row.scopes),
    expiresAt: expiresAt ?? undefined,
  });
  return {
    principal,
    secretHash,
    formerHash: formerHash ?? undefined,
    proven: new Map(),
    formerUntil: readAt + Number(formerLeftMs ?? 0n),
    goodUntil: leftMs === null ? Infinity : readAt + Number(leftMs),
    readAt,
  };
}
