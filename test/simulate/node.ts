/** A node of the simulation: a ledger with a pool, a clock and a way to the database of its own. */
import { FaultPlan, systemClock, type Clock, type FaultAction } from "../../src/base/index.ts";
import { type Book, type Ledger, openLedger } from "../../src/ledger/index.ts";
import { openDatabase, type Database } from "../../src/postgres/index.ts";
import { proxyTo, type Proxy } from "./proxy.ts";

export interface NodeOptions {
  readonly name: string;
  readonly url: string;
  readonly schema: string;
  readonly bookName: string;
  readonly offsetMs: number;
}

export interface SimulatedNode {
  readonly name: string;
  readonly book: Book;
  readonly proxy: Proxy;
  /** Resolves when the node has crashed: whoever waits for it will wait for ever. */
  readonly gone: Promise<void>;
  isGone(): boolean;
  /** Loses every connection and everything in memory, from one instruction to the next. */
  crash(): void;
  /** Crashes at the next passing of a fault point, and tells that it did. */
  crashAt(point: string, crashed?: () => void): void;
  /** How often a fault point was passed. */
  hits(point: string): number;
  /** Sets the node's clock forward or back. */
  step(ms: number): void;
  /** Ends in order: what was accepted is answered. */
  close(): Promise<void>;
}

/** Callers give up after this long; the outcome is then unknown, and asked for again. */
const DEADLINE_MS = 3_000;
const QUEUE_MAX = 400;

export async function startNode(options: NodeOptions): Promise<SimulatedNode> {
  const { name, schema } = options;
  const proxy = await proxyTo(options.url);
  const clock = wrongClock(options.offsetMs);
  const faults = new FaultPlan();
  const database = await openDatabase({ url: proxy.url, schema, poolMax: 4, clock });
  const ledger = openLedger({
    database,
    clock,
    faults,
    sweep: false,
    limits: { deadlineMs: DEADLINE_MS, queueWeightMax: QUEUE_MAX },
  });
  const book = await ledger.createBook(options.bookName);
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  let crashed = false;
  const crash = () => {
    crashed = true;
    proxy.close();
    resolve();
  };
  const crashForGood = (tell?: () => void): FaultAction => {
    return () => {
      if (!crashed) tell?.();
      crash();
      // The instruction after the crash is never reached.
      return new Promise<void>(() => {});
    };
  };
  return {
    name,
    book,
    proxy,
    gone,
    isGone: () => crashed,
    crash,
    crashAt: (point, tell) =>
      void faults.arm(point, crashForGood(tell), { onHit: faults.hits(point) + 1 }),
    hits: (point) => faults.hits(point),
    step: (ms) => clock.step(ms),
    close: () => closeAll(ledger, database, proxy),
  };
}

async function closeAll(ledger: Ledger, database: Database, proxy: Proxy): Promise<void> {
  await ledger.close();
  await database.close();
  proxy.close();
}

/** The machine's clock, off by so much. */
function wrongClock(offsetMs: number): Clock & { step(ms: number): void } {
  let offset = offsetMs;
  return {
    now: () => systemClock.now() + offset,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    step: (ms) => {
      offset += ms;
    },
  };
}
