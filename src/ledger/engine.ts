/**
 * The ledger as a lane's engine: keeps the belief about one book, decides postings in order, and
 * seals what was decided into statements. In prose:
 *
 *   unknown    nothing is believed. The lane works carefully: `refresh` takes the order lock and
 *              reads the head.
 *   doubtful   another node was seen writing. Careful too, until DOUBT_FLUSHES in a row found the
 *              head where this node had left it.
 *   confident  flushes are decided ahead, on memory; the compare-and-set says if that was wrong.
 */
import { randomBytes } from "node:crypto";
import { assert, type Clock } from "../base/index.ts";
import type {
  Decided,
  EngineFailure,
  Holder,
  LaneEngine,
  LaneReader,
  SealedBatch,
} from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import { Batch } from "./batch.ts";
import type { Posting } from "./book.ts";
import { BookTime, SKEW_MAX_MS } from "./book-time.ts";
import { decidePosting } from "./decide-posting.ts";
import { type Due, DUE_MAX, DueHolds } from "./due-holds.ts";
import {
  findBatch,
  loadDue,
  loadMadeHolds,
  lockBook,
  orderLock,
  readHead,
  waitingHolder,
} from "./engine.sql.ts";
import { expireDue } from "./expire-due.ts";
import { loadMissing } from "./load.ts";
import { BookMemory, MEMORY_LIMITS, type MemoryLimits } from "./memory.ts";
import { isChain, requestsOf } from "./posting.ts";
import type { Context } from "./transfer.ts";
import { type HeadBelief, writeBatch } from "./write-batch.ts";
import type { Hold } from "./hold.ts";

/** After contention, so many careful flushes in a row must find nobody else before memory counts. */
const DOUBT_FLUSHES = 8;
/** Ids are looked up ahead for so many flushes after one that met ids it did not remember. */
const LOOKUP_FLUSHES = 16;

export interface EngineOptions {
  readonly book: number;
  readonly schema: string;
  readonly clock: Clock;
  /** False: `clock` is book time itself. */
  readonly followsDatabase: boolean;
  readonly memory?: Partial<MemoryLimits> | undefined;
}

type LedgerAnswer = Answer | ChainAnswer;

export class LedgerEngine implements LaneEngine<Posting, LedgerAnswer> {
  private readonly options: EngineOptions;
  private readonly memory: BookMemory;
  private readonly due = new DueHolds();
  /** Where this engine's numbers of flushes begin: no two engines' meet. */
  private readonly firstFlush = randomBytes(8).readBigInt64BE();
  readonly time: BookTime;
  /** As the newest decided batch will leave it; undefined: unknown. */
  private head: HeadBelief | undefined;
  private batch: Batch | undefined;
  /** Grows with each forgetting: what was decided before it has nothing to undo any more. */
  private era = 0;
  private doubts = 0;
  private careful = false;
  private lookups = 0;
  private lookedUp = false;
  private dueLoaded = false;
  /** Set after another node wrote: up to here every hold with a time-out was heard of. */
  private dueSeq: number | undefined;
  /** Set where holds that end were forgotten: then somebody has to look, though no caller comes. */
  private mustLookAt: number | undefined;

  constructor(options: EngineOptions) {
    this.options = options;
    this.memory = new BookMemory({ ...MEMORY_LIMITS, ...options.memory });
    this.time = new BookTime(options.clock, options.followsDatabase);
  }

  weight(posting: Posting): number {
    return isChain(posting) && Array.isArray(posting.requests) ? posting.requests.length || 1 : 1;
  }

  get confident(): boolean {
    return this.head !== undefined && this.doubts === 0;
  }

  async refresh(reader: LaneReader): Promise<void> {
    const { book, schema } = this.options;
    await reader.one(lockBook, { space: orderLock(schema), book });
    const sentAt = this.time.nodeNow();
    const row = await reader.one(readHead, { book });
    // Whatever was estimated: nothing is known better than what the database says now.
    this.time.doubt();
    this.time.learn(row.now, sentAt);
    const seq = Number(row.seq);
    if (this.head?.seq === seq && this.head.hash.equals(row.hash)) {
      this.doubts = Math.max(0, this.doubts - 1);
    } else {
      if (this.head !== undefined) this.doubts = DOUBT_FLUSHES;
      this.doubt();
      this.head = { seq, at: row.at, sweptUntil: row.sweptUntil, hash: row.hash };
    }
    this.careful = true;
  }

  /** The next batch reads the ids of its postings before it decides. */
  lookUpIds(): void {
    this.lookups = Math.max(this.lookups, 2);
  }

  open(): void {
    const { head } = this;
    assert(head !== undefined, "a batch is opened on a known head");
    this.memory.rotate();
    this.lookedUp = false;
    this.dueLoaded = false;
    if (this.lookups > 0) this.lookups -= 1;
    this.batch = new Batch(this.memory, Math.max(head.at, this.time.now()), head);
  }

  prepare(): "ready" | "load" | "full" {
    this.mustLookAt = undefined;
    const batch = this.openBatch();
    if (this.lookups > 0 && !this.lookedUp) return "load";
    if ((this.isDueBehind() || this.due.horizon < batch.at) && !this.dueLoaded) return "load";
    return expireDue(this.memory, this.due, batch);
  }

  decide(posting: Posting, context: unknown): Decided<LedgerAnswer> | undefined {
    return decidePosting(this.memory, this.openBatch(), posting, context as Context | undefined);
  }

  async load(postings: readonly Posting[], reader: LaneReader): Promise<void> {
    const { book } = this.options;
    const looksUp = this.memory.isUnsure || (this.lookups > 0 && !this.lookedUp);
    const ids = new Set(looksUp ? idsOf(postings) : []);
    await this.loadDueHolds(reader);
    const dueIds = this.due.upTo(this.openBatch().at).map(({ id }) => id);
    const found = await loadMissing({ reader, memory: this.memory, book, postings, ids, dueIds });
    for (const id of ids) this.memory.sought.add(id);
    this.memory.isUnsure = false;
    this.lookedUp = true;
    if (found > 0) this.lookups = LOOKUP_FLUSHES;
  }

  seal(): SealedBatch {
    const batch = this.openBatch();
    const { head, era } = this;
    assert(head !== undefined, "a batch is sealed on the head it was opened on");
    const { book, schema } = this.options;
    const aheadMaxMs = this.time.followsDatabase ? SKEW_MAX_MS : ANY_SKEW_MS;
    // Under the lock reading may take long, and time stands still meanwhile: that harms nobody.
    const behindMaxMs = this.careful ? ANY_SKEW_MS : aheadMaxMs;
    const flush = BigInt.asIntN(64, this.firstFlush + BigInt(batch.number));
    const place = { head, book, schema, flush, aheadMaxMs, behindMaxMs };
    const written = writeBatch(batch, place);
    const sentAt = this.time.nodeNow();
    this.batch = undefined;
    this.careful = false;
    this.head = written.head;
    for (const hold of batch.holds) if (hold.expiresAt !== undefined) this.due.add(dueOf(hold));
    const sealed: SealedBatch = {
      opening: written.opening,
      writing: written.writing,
      empty: batch.rows.length === 0,
      settle: (reply) => {
        const now = Number(reply?.[0]);
        if (Number.isFinite(now)) this.time.learn(now, sentAt);
      },
      undo: () => {
        if (era !== this.era) return;
        batch.undo();
        // One without entries moved nothing, and another may be committed behind it.
        if (!sealed.empty) this.head = head;
      },
    };
    if (!sealed.empty)
      links.set(sealed, { prevSeq: batch.prevSeq, hash: written.head.hash, flush });
    return sealed;
  }

  failed(failure: EngineFailure): void {
    switch (failure.kind) {
      case "stale":
        this.doubts = DOUBT_FLUSHES;
        this.doubt();
        break;
      case "skewed":
        this.doubts = Math.max(this.doubts, 1);
        this.time.doubt();
        break;
      case "repeated":
        this.lookups = LOOKUP_FLUSHES;
        break;
    }
  }

  suspect(): void {
    this.doubts = Math.max(this.doubts, 1);
  }

  async wasCommitted(sealed: SealedBatch, reader: LaneReader): Promise<boolean> {
    const link = links.get(sealed);
    if (link === undefined) return false;
    const { book, schema } = this.options;
    await reader.one(lockBook, { space: orderLock(schema), book });
    const { hash, flush } = link;
    const asked = { book, prevSeq: BigInt(link.prevSeq), hash, flush };
    return (await reader.one(findBatch, asked)).found;
  }

  get orderLock(): string {
    return lockBook.compile(this.options.schema).name;
  }

  waitingHolder(reader: LaneReader): Promise<Holder | undefined> {
    const { book, schema } = this.options;
    return reader.maybe(waitingHolder, { space: BigInt(orderLock(schema)), book: BigInt(book) });
  }

  rest(): void {
    this.memory.forget();
    this.due.rest();
  }

  forget(): void {
    this.era += 1;
    if (this.mustLookAt !== undefined || this.due.knownTo !== undefined) {
      this.mustLookAt = this.time.nodeNow() + LOOK_AGAIN_MS;
    }
    this.batch = undefined;
    this.head = undefined;
    this.memory.forget();
    this.due.clear();
    this.dueSeq = undefined;
  }

  dueInMs(): number | undefined {
    if (this.head === undefined) {
      return this.mustLookAt === undefined ? undefined : this.mustLookAt - this.time.nodeNow();
    }
    const first = this.due.first()?.expiresAt ?? Infinity;
    const at = Math.min(first, this.due.horizon);
    return Number.isFinite(at) ? this.time.toNode(at) - this.time.nodeNow() : undefined;
  }

  /** Another node wrote: what `BookMemory.doubt` forgets may be otherwise now. */
  private doubt(): void {
    if (this.head !== undefined) this.dueSeq ??= this.head.seq;
    this.head = undefined;
    this.memory.doubt();
  }

  /** Another node may have made holds since `dueSeq`. */
  private isDueBehind(): boolean {
    return this.dueSeq !== undefined;
  }

  private openBatch(): Batch {
    assert(this.batch !== undefined, "no batch is open");
    return this.batch;
  }

  private async loadDueHolds(reader: LaneReader): Promise<void> {
    await this.catchUpOnHolds(reader);
    const { at } = this.openBatch();
    const { book } = this.options;
    for (let page = 0; page < DUE_PAGES_MAX && this.due.horizon < at; page++) {
      const from = this.due.knownTo ?? { expiresAt: this.head?.sweptUntil ?? 0, seq: LAST_SEQ };
      const { expiresAt } = from;
      const place = { book, expiresAt, seq: BigInt(from.seq), limit: BigInt(DUE_MAX) };
      const rows = (await reader.run(loadDue, place)).map(dueOfRow);
      const last = rows.at(-1);
      const isEnd = last === undefined || rows.length < DUE_MAX;
      const open = rows.filter(({ isOpen }) => isOpen);
      this.due.extend(open, isEnd ? undefined : { expiresAt: last.expiresAt, seq: last.seq });
      if (open.length > 0) break;
    }
    this.dueLoaded = true;
  }

  /** What another node wrote meanwhile may be holds that end before those which are known. */
  private async catchUpOnHolds(reader: LaneReader): Promise<void> {
    const { dueSeq, head } = this;
    if (dueSeq === undefined || head === undefined) return;
    this.dueSeq = undefined;
    if (this.due.knownTo === undefined) return;
    if (head.seq - dueSeq > CATCH_UP_MAX) return this.due.clear();
    const range = { afterSeq: BigInt(dueSeq), upToSeq: BigInt(head.seq) };
    const rows = await reader.run(loadMadeHolds, { book: this.options.book, ...range });
    for (const row of rows) this.due.add(dueOfRow(row));
  }
}

/** Pages of resolved holds that are passed over at once; a batch that expires nothing ends there. */
const DUE_PAGES_MAX = 16;
/** A node that slept longer than this many entries starts its holds anew. */
const CATCH_UP_MAX = 65_536;
const LOOK_AGAIN_MS = 1_000;
/** Behind all holds that end at one instant. */
const LAST_SEQ = Number.MAX_SAFE_INTEGER;

/** Both statements answer holds with a time-out alone, though their column may be null. */
function dueOfRow<Row extends { id: string; seq: bigint; expiresAt: number | null }>(row: Row) {
  return { ...row, seq: Number(row.seq), expiresAt: row.expiresAt ?? 0 };
}

const ANY_SKEW_MS = Number.MAX_SAFE_INTEGER;

/** Of each sealed batch its link in the chain and the number of its flush, by which it is found again after a lost reply. */
const links = new WeakMap<SealedBatch, { prevSeq: number; hash: Buffer; flush: bigint }>();

function dueOf({ id, seq, expiresAt = 0 }: Hold): Due {
  return { id, seq, expiresAt };
}

function idsOf(postings: readonly Posting[]): string[] {
  const ids: string[] = [];
  for (const posting of postings) {
    for (const { id } of requestsOf(posting)) if (typeof id === "string") ids.push(id);
  }
  return ids;
}
