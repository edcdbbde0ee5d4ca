/**
 * A node that fires: looks every few seconds what falls due soon, keeps that in its wheel, and fires what is
 * its turn. What is another's turn it looks at a moment later, and fires it where the other has not. No node
 * is needed for another's ticks to come, and none waits for another.
 */
import { type Faults, hasCode, type Instant, type Logger } from "../../base/index.ts";
import type { AnyFlow, Flows } from "../../flow/index.ts";
import { type Database, Lane, type WriteUse } from "../../postgres/index.ts";
import { writtenRooms } from "../migrations.ts";
import { look, readPlaces } from "../schedule.sql.ts";
import { dropDays, makeDays, putNodes, removeNodes } from "../write-schedules.ts";
import { type Came, commit, writing } from "./commit.ts";
import { DatabaseTime } from "./database-time.ts";
import { DAY_MS, Days, DAYS_AHEAD, dayText } from "./days.ts";
import { fireDue } from "./fire-due.ts";
import type { Expected, FiringNode } from "./firing-node.ts";
import { Route } from "./numbers.ts";
import { startLines } from "./start-lines.ts";
import { isServedBy, type Peer, rankOf, type Turn } from "./turns.ts";
import { type Entry, keyOf, Wheel, WHEEL_SPAN_MS } from "./wheel.ts";

/** How often it looks; a fifth more or less, so that nodes don't look together. */
const LOOK_MS = 8_000;
/** How far ahead it looks: two looks and more, so that one may be late. */
export const HORIZON_MS = 20_000;
const PAGE_MAX = 5_000;
/** What is said here and due sooner, others may not have looked for yet. */
const NEWS_MS = LOOK_MS * 1.2 + 1_000;
/** What was due before is looked for once a minute: dead rows of what was fired lie there. */
const BACK_MS = 60_000;
const WHOLE_LOOK_MS = 60_000;
/** So much later than a tick the second in order looks whether the first has fired it. */
export const GRACE_MS = 500;
const RANK_MS = 250;
/** At home so many stand by; the others would learn of it with their next look. */
const STAND_BY_MAX = 3;
const BATCH_MAX = 500;
const BATCHES_MAX = 4;
const LINES_MS = 500;
/** Lines are read for a fifth of the time at most, however many there are. */
const LINES_REST = 4;
const UPKEEP_MS = 3_600_000;
const LOAD_STEP = 10;
const LOAD_SHARE = 0.2;

export type Target = Pick<Expected, "target" | "targetVersion">;

export interface ScheduleNodeInput {
  readonly database: Database;
  readonly flows: Flows;
  readonly keepDays: number;
  readonly faults: Faults;
  readonly log: Logger;
}

export class ScheduleNode implements FiringNode {
  readonly database: Database;
  readonly flows: Flows;
  readonly log: Logger;
  readonly keepMs: number;
  readonly days: Days;
  readonly time = new DatabaseTime();
  readonly counts = { started: 0 };
  /** Shards whose ticks are fired one at a time, the next time. */
  readonly oneByOne = new Set<number>();
  private readonly input: ScheduleNodeInput;
  private readonly lane: Lane<never, never>;
  private readonly wheel: Wheel;
  private readonly targets: ReadonlyMap<string, ReadonlyMap<number, AnyFlow>>;
  private readonly serves: Peer["serves"];
  private readonly over = new AbortController();
  private readonly inFlight = new Set<number>();
  /** What was said of those meanwhile: it counts once they have landed. */
  private readonly later = new Map<number, { readonly entry: Entry; readonly at: number }>();
  private waiting: Entry[] = [];
  private batches = 0;
  private peers: readonly Peer[] = [];
  private saidLoad = 0;
  /** A process of this name that has closed since takes the name off the list. */
  private isListed = false;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private linesTimer: NodeJS.Timeout | undefined;
  private liningUp: Promise<void> | undefined;
  private wholeLookAt = -Infinity;
  private upkeepAt = -Infinity;

  constructor(input: ScheduleNodeInput) {
    const { database, flows, keepDays, faults, log } = input;
    this.input = input;
    this.database = database;
    this.flows = flows;
    this.log = log;
    this.keepMs = keepDays * DAY_MS;
    this.targets = targetsOf(flows.definitions);
    this.serves = servesOf(this.targets);
    this.lane = new Lane<never, never>({
      name: `schedules of ${flows.node}`,
      database,
      rooms: writtenRooms,
      faults,
      log,
    });
    this.days = new Days(keepDays, (first, last) => this.makeDays(first, last));
    this.wheel = new Wheel((entries) => this.take(entries));
  }

  get isClosed(): boolean {
    return this.over.signal.aborted;
  }

  /** What it starts for a target: of the version, or for 0 the highest. */
  definitionOf(target: string, version: number): AnyFlow | undefined {
    const versions = this.targets.get(target);
    if (versions === undefined) return undefined;
    return versions.get(version === 0 ? Math.max(...versions.keys()) : version);
  }

  async open(): Promise<void> {
    await this.hear();
    await this.sayLoad(true);
    await this.upkeep();
    this.lookIn(0);
  }

  /** Asks what time it is, and who lives. */
  private async hear(): Promise<void> {
    const nothing = { from: 0, until: 0, afterDue: 0, afterId: 0n, afterShard: 0, limit: 1 };
    const askedAt = performance.now();
    const rows = await this.database.run(look, nothing);
    this.time.hear(askedAt, Number(rows.find(({ what }) => what === 0)?.at ?? 0));
    this.hearPeers(rows);
  }

  private hearPeers(rows: readonly { what: number; at: bigint; words: string }[]): void {
    const peers = rows.flatMap(({ what, at, words }) => {
      if (what !== 1) return [];
      const [node, serves] = JSON.parse(words) as [string, string];
      return [{ node, load: Number(at), serves: JSON.parse(serves) as Peer["serves"] }];
    });
    const { node } = this.flows;
    const others = peers.filter((peer) => peer.node !== node);
    this.isListed = others.length < peers.length;
    const me: Peer = { node, load: this.flows.runCount, serves: this.serves };
    this.peers = [...others, me].sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  /** Whether a node that lives serves it, as last heard. */
  isServed(target: string, version: number): boolean {
    return this.peers.some((peer) => isServedBy(peer, target, version));
  }

  /** Hears anew who lives, unless all of these are served: a node may have come since the last look. */
  async seekServers(targets: readonly Target[]): Promise<void> {
    const isKnown = ({ target, targetVersion }: Target) => this.isServed(target, targetVersion);
    if (!targets.every(isKnown)) await this.hear();
  }

  /** 0: it is this node's turn. Undefined: it can't start that. */
  rankOf(row: Omit<Expected, "dueMs">): number | undefined {
    const { target, targetVersion, shard, route } = row;
    if (this.definitionOf(target, targetVersion) === undefined) return undefined;
    const able = this.peers.filter((peer) => isServedBy(peer, target, targetVersion));
    const me = able.findIndex(({ node }) => node === this.flows.node);
    const turn: Turn = {
      scheduleId: Number(row.scheduleId),
      shard,
      fires: Number(row.fires),
      route,
    };
    return rankOf(turn, able, Math.max(me, 0));
  }

  /**
   * Puts it into the wheel where it falls due soon: at its time where it is this node's turn. `news`: other
   * nodes may learn of it too late for theirs.
   */
  expect(row: Expected, news = false): void {
    const inMs = Number(row.dueMs) - this.time.now();
    const turn = this.rankOf(row);
    if (turn === undefined) return;
    const rank = news && inMs < NEWS_MS ? 0 : turn;
    if (row.route === Route.home && rank > STAND_BY_MAX) return;
    if (inMs > HORIZON_MS + LOOK_MS) return;
    const graceMs = rank === 0 ? 0 : GRACE_MS + (rank - 1) * RANK_MS;
    this.wheelAdd({ scheduleId: Number(row.scheduleId), shard: row.shard }, inMs, graceMs);
  }

  /** What others are to fire, and is overdue already, they are given the time for. */
  wheelAdd(entry: Entry, inMs: number, graceMs = 0): void {
    if (this.isClosed) return;
    const waitMs = Math.min(Math.max(inMs, 0) + graceMs, WHEEL_SPAN_MS);
    if (this.inFlight.has(keyOf(entry))) this.addLater(entry, waitMs);
    else this.wheel.add(entry, waitMs);
  }

  private addLater(entry: Entry, inMs: number): void {
    this.later.set(keyOf(entry), { entry, at: performance.now() + inMs });
  }

  private take(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const key = keyOf(entry);
      if (this.inFlight.has(key)) continue;
      this.inFlight.add(key);
      this.waiting.push(entry);
    }
    this.pump();
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.batches < BATCHES_MAX && !this.isClosed) {
      const batch = this.waiting.splice(0, BATCH_MAX);
      this.batches += 1;
      void fireDue(this, batch)
        .catch((error: unknown) => this.onFailed(batch, error))
        .finally(() => {
          this.batches -= 1;
          for (const entry of batch) this.landed(keyOf(entry));
          this.pump();
        });
    }
  }

  private landed(key: number): void {
    this.inFlight.delete(key);
    const later = this.later.get(key);
    if (later === undefined) return;
    this.later.delete(key);
    this.wheelAdd(later.entry, later.at - performance.now());
  }

  private onFailed(batch: readonly Entry[], error: unknown): void {
    if (this.isClosed) return;
    this.log.warn(
      { error, shards: batch.length },
      "what is due could not be read; it is read again",
    );
    for (const entry of batch) this.addLater(entry, 500 + Math.random() * 500);
  }

  /** So many runs were started here; something may wait in line now. */
  fired(runs: number, isQueued: boolean): void {
    this.counts.started += runs;
    if (isQueued) this.lineUpIn(LINES_MS);
  }

  private lookIn(ms: number): void {
    if (this.isClosed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.looking = this.lookOnce()
        .catch((error: unknown) => this.log.warn({ error }, "looking for what is due failed"))
        .then(() => {
          this.looking = undefined;
          this.lookIn(LOOK_MS * (0.8 + 0.4 * Math.random()));
        });
    }, ms);
    this.timer.unref();
  }

  private async lookOnce(): Promise<void> {
    const isWhole = performance.now() - this.wholeLookAt > WHOLE_LOOK_MS;
    const now = this.time.now();
    const from = isWhole ? 0 : now - BACK_MS;
    let after = { afterDue: 0, afterId: 0n, afterShard: 0 };
    let unserved = 0;
    for (;;) {
      const askedAt = performance.now();
      const asked = { from, until: now + HORIZON_MS, limit: PAGE_MAX, ...after };
      const rows = await this.database.run(look, asked);
      this.time.hear(askedAt, Number(rows.find(({ what }) => what === 0)?.at ?? now));
      this.hearPeers(rows);
      const due = rows.filter(({ what }) => what === 2).sort(byPlace);
      for (const row of due) {
        const { words: target, version: targetVersion, at: dueMs } = row;
        this.expect({ ...row, target, targetVersion, dueMs });
        if (isWhole && Number(dueMs) < now - BACK_MS && !this.isServed(target, targetVersion)) {
          unserved += 1;
        }
      }
      if (rows.some(({ what }) => what === 3)) this.lineUpIn(0, true);
      const last = due.at(-1);
      if (last === undefined || due.length < PAGE_MAX || this.wheel.isFull || this.isClosed) break;
      after = { afterDue: Number(last.at), afterId: last.scheduleId, afterShard: last.shard };
    }
    if (isWhole) this.wholeLookAt = performance.now();
    if (unserved > 0) {
      this.log.warn({ schedules: unserved }, "ticks wait for a node that serves their target");
    }
    await this.sayLoad(!this.isListed);
    if (performance.now() - this.upkeepAt > UPKEEP_MS) await this.upkeep();
  }

  /** How much this node has to do, where that has changed by much. */
  private async sayLoad(always: boolean): Promise<void> {
    const load = this.flows.runCount;
    const step = Math.max(LOAD_STEP, this.saidLoad * LOAD_SHARE);
    if (!always && Math.abs(load - this.saidLoad) < step) return;
    const { node } = this.flows;
    const serves = JSON.stringify(this.serves);
    await this.put("node", writing(putNodes, { node, serves, load }));
    this.saidLoad = load;
  }

  private async upkeep(): Promise<void> {
    const now = this.time.now();
    const missing = dayText(now + DAYS_AHEAD * DAY_MS);
    await this.makeDays(now - DAY_MS, now + DAYS_AHEAD * DAY_MS);
    await this.put("old days", writing(dropDays, dayText(now - this.keepMs)));
    this.upkeepAt = performance.now();
    this.log.debug({ until: missing }, "tables of days are there");
  }

  private makeDays(first: Instant, last: Instant): Promise<unknown> {
    return this.put("days", writing(makeDays, { first: dayText(first), last: dayText(last) }));
  }

  /** Rows that may be written twice. */
  private put(key: string, writes: readonly WriteUse[]): Promise<Came> {
    return this.commit(key, writes, () => Promise.resolve(false));
  }

  /** What waits in line, soon; `all`: also what others should see to, in case they don't. */
  private lineUpIn(ms: number, all = false): void {
    if (this.isClosed || (this.linesTimer !== undefined && !all)) return;
    clearTimeout(this.linesTimer);
    this.linesTimer = setTimeout(() => {
      this.linesTimer = undefined;
      const begunAt = performance.now();
      this.liningUp = startLines(this, all)
        .catch((error: unknown) => {
          if (!hasCode(error, "flow.fenced")) this.log.warn({ error }, "lines could not be read");
          return true;
        })
        .then((more) => {
          const tookMs = performance.now() - begunAt;
          if (more) this.lineUpIn(Math.max(LINES_MS, tookMs * LINES_REST));
        });
    }, ms);
    this.linesTimer.unref();
  }

  async placeOf(scheduleId: bigint, shard: number) {
    const rows = await this.database.run(readPlaces, { ids: [scheduleId] });
    return rows.find((row) => row.shard === shard);
  }

  commit(key: string, writes: readonly WriteUse[], stands: () => Promise<boolean>): Promise<Came> {
    const { database, faults } = this.input;
    const { lane } = this;
    const parts = { lane, clock: database.clock, faults, closing: this.over.signal };
    return commit(parts, key, writes, stands);
  }

  /** What is being fired is fired; everything else others do. Safe to repeat. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.over.abort();
    clearTimeout(this.timer);
    clearTimeout(this.linesTimer);
    this.wheel.stop();
    this.waiting = [];
    await this.looking;
    await this.liningUp;
    while (this.batches > 0) await this.database.clock.sleep(5);
    await this.put("leave", writing(removeNodes, this.flows.node)).catch(() => undefined);
    await this.lane.close();
  }
}

interface Placed {
  readonly at: bigint;
  readonly scheduleId: bigint;
  readonly shard: number;
}

function byPlace(a: Placed, b: Placed): number {
  return Number(a.at - b.at) || Number(a.scheduleId - b.scheduleId) || a.shard - b.shard;
}

function targetsOf(definitions: readonly AnyFlow[]) {
  const targets = new Map<string, Map<number, AnyFlow>>();
  for (const one of definitions) {
    const versions = targets.get(one.name) ?? new Map<number, AnyFlow>();
    targets.set(one.name, versions.set(one.version, one));
  }
  return targets;
}

function servesOf(targets: ReadonlyMap<string, ReadonlyMap<number, AnyFlow>>): Peer["serves"] {
  return Object.fromEntries(
    [...targets].map(([name, versions]) => [name, [...versions.keys()]] as const),
  );
}
