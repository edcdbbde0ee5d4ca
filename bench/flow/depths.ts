/** Cases of flows in deep water: millions of runs that wait for a far day, millions of tasks in line. */
import { setTimeout as sleep } from "node:timers/promises";
import { flow, type Flow, type Flows, task } from "../../src/flow/index.ts";
import { runCallers } from "../callers.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { keptBytes } from "../kept-bytes.ts";
import { waits } from "../statistics.ts";
import { onFreshNode } from "./ours.ts";

const CALLERS = 100;
const PER_COMMIT = 10_000;
const COMMITS_AT_ONCE = 2;
const FAR_MS = 300 * 86_400_000;
const MORE_BYTES = 100e6;

export const TIMERS_MEMORY = "100-MB-more/memory-with-timers";
export const TIMERS_RATE = "runs-with-timers/without";
export const BACKLOG_RATE = "claims-of-the-large/small-backlog";
export const BACKLOG_PAGE = "page-of-the-small/large-backlog";

const later = flow("later", {}, (f, from: number) => f.step("one", () => from));
const soon = flow("soon", {}, (f, from: number) => f.step("one", () => from));

/** Runs that begin in most of a year; memory, and how other runs get on, before and after them. */
export function timers(url: string, count: number): Contender {
  const round = (seconds: number): Promise<Round> =>
    onFreshNode(url, [later, soon], async ({ flows }) => {
      let next = 0;
      const call = async () => {
        const run = await flows.start(soon, next++);
        await run.result();
        return 1;
      };
      const before = await runCallers({ callers: CALLERS, seconds, call });
      const bytes = keptBytes();
      const at = Date.now() + FAR_MS;
      const made = await startMany(flows, later, count, { at });
      // A look or two, which find nothing due.
      await sleep(5_000);
      const bytesAfter = keptBytes();
      const after = await runCallers({ callers: CALLERS, seconds, call });
      const shares = {
        [TIMERS_MEMORY]: (bytes + MORE_BYTES) / bytesAfter,
        [TIMERS_RATE]: after.count / after.seconds / (before.count / before.seconds),
      };
      const runs = before.count + after.count;
      return { round: { ...made, shares }, counts: () => ({ runs, steps: 1, live: count }) };
    });
  return { name: "longmen", round };
}

/** Starts runs by thousands at a time; what it answers is how fast. */
async function startMany(
  flows: Flows,
  of: Flow<number, unknown>,
  count: number,
  options: { readonly at?: number },
): Promise<Round> {
  const startedAt = performance.now();
  let started = 0;
  const some = async () => {
    while (started < count) {
      const few = Math.min(PER_COMMIT, count - started);
      const from = started;
      started += few;
      await flows.startAll(
        of,
        Array.from({ length: few }, (_, nth) => from + nth),
        options,
      );
    }
  };
  await Promise.all(Array.from({ length: COMMITS_AT_ONCE }, some));
  return { count, seconds: (performance.now() - startedAt) / 1_000 };
}

/** A door before a handler: nothing gets through while it is shut. */
interface Door {
  open: Promise<void>;
  let: () => void;
  passed: number;
}

function shut(door: Door): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  door.open = promise;
  door.let = resolve;
}

const HOUR_MS = 3_600_000;
const PAGES = 50;

/** Claims and pages with a small backlog, and then with a large one. */
export function backlog(url: string, small: number, large: number): Contender {
  const door: Door = { open: Promise.resolve(), let: () => undefined, passed: 0 };
  const wait = task("wait", { concurrency: CALLERS, timeoutMs: HOUR_MS }, async (from: number) => {
    await door.open;
    door.passed += 1;
    return from;
  });
  const round = (seconds: number): Promise<Round> =>
    onFreshNode(url, [wait], async ({ flows }) => {
      const few = await fillAndDrain(flows, wait, door, { count: small, seconds });
      const many = await fillAndDrain(flows, wait, door, { count: large, seconds });
      shut(door);
      const shares = {
        [BACKLOG_RATE]: many.rate / few.rate,
        [BACKLOG_PAGE]: few.pageMs / many.pageMs,
      };
      const round = { count: many.count, seconds: many.seconds, shares };
      const live = () => small + large - door.passed;
      return { round, counts: () => ({ runs: door.passed, steps: 0, live: live() }) };
    });
  return { name: "longmen", round };
}

interface Drained {
  readonly rate: number;
  readonly count: number;
  readonly seconds: number;
  readonly pageMs: number;
}

/** Adds to what waits until so many do; then lets them through for a while. */
async function fillAndDrain(
  flows: Flows,
  of: Flow<number, unknown>,
  door: Door,
  { count, seconds }: { readonly count: number; readonly seconds: number },
): Promise<Drained> {
  shut(door);
  await startMany(flows, of, count, {});
  const pages = waits();
  for (let nth = 0; nth < PAGES; nth++) {
    const startedAt = performance.now();
    const page = await flows.list({ status: "ready", flow: of.name, limit: 100 });
    if (page.length !== 100) throw new Void("a page of what waits was not full");
    pages.record(performance.now() - startedAt);
  }
  const passed = door.passed;
  const startedAt = performance.now();
  door.let();
  await sleep(seconds * 1_000);
  const done = door.passed - passed;
  const took = (performance.now() - startedAt) / 1_000;
  if (done >= count) throw new Void("the backlog came to its end");
  return { rate: done / took, count: done, seconds: took, pageMs: pages.quantile(0.5) };
}
