/** Cases of flows that no peer is in: how soon a run begins, and what an old snapshot does to it. */
import { setTimeout as sleep } from "node:timers/promises";
import { flow, type Flow, type Flows } from "../../src/flow/index.ts";
import { runCallers } from "../callers.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { onServer } from "../servers.ts";
import { waits } from "../statistics.ts";
import { onFreshNode } from "./ours.ts";

const CALLERS = 100;
const STEPS = 2;

/** When the first step of each run began, by what it was started with. */
interface Begun {
  readonly of: Flow<number, number>;
  readonly onBegin: (heard: (from: number) => void) => void;
}

function twoStepsTold(): Begun {
  let tell: (from: number) => void = () => undefined;
  const of = flow("two-steps", {}, async (f, from: number) => {
    const one = await f.step("one", () => {
      tell(from);
      return from + 1;
    });
    return f.step("two", () => one + 1);
  });
  return { of, onBegin: (heard) => (tell = heard) };
}

async function once(flows: Flows, of: Flow<number, number>, from: number): Promise<number> {
  const run = await flows.start(of, from);
  if ((await run.result()) !== from + STEPS) throw new Void("a run answered something else");
  return 1;
}

/** Full load first; then half of what it carried out, by the clock. The waits are of that. */
export function halfLoad(url: string): Contender {
  const { of, onBegin } = twoStepsTold();
  const round = (seconds: number): Promise<Round> =>
    onFreshNode(url, [of], async ({ flows }) => {
      let next = 0;
      const call = () => once(flows, of, next++);
      const full = await runCallers({ callers: CALLERS, seconds, call });
      const half = await byTheClock(full.count / full.seconds / 2, seconds, {
        start: (from) => once(flows, of, from),
        onBegin,
      });
      return {
        round: half,
        counts: () => ({ runs: full.count + half.count, steps: STEPS }),
      };
    });
  return { name: "longmen", round };
}

interface Starting {
  readonly start: (from: number) => Promise<number>;
  readonly onBegin: Begun["onBegin"];
}

/** Starts runs at a rate, whatever becomes of them; a wait counts from when its run was due. */
async function byTheClock(
  rate: number,
  seconds: number,
  { start, onBegin }: Starting,
): Promise<Round> {
  const waited = waits();
  const startedAt = performance.now();
  const dueAt = (nth: number): number => startedAt + (nth / rate) * 1_000;
  const FIRST = 1e9;
  onBegin((from) => {
    if (from >= FIRST) waited.record(performance.now() - dueAt(from - FIRST));
  });
  const runs: Promise<number>[] = [];
  const count = Math.floor(rate * seconds);
  while (runs.length < count) {
    const inMs = dueAt(runs.length) - performance.now();
    if (inMs > 0) await sleep(inMs);
    else runs.push(start(FIRST + runs.length));
  }
  await Promise.all(runs);
  const took = (performance.now() - startedAt) / 1_000;
  return { count, seconds: took, p50Ms: waited.quantile(0.5), p99Ms: waited.quantile(0.99) };
}

export const PINNED = "pinned/normal";

/** Both sides are looked at for this many rounds' time: a checkpoint in one of them must not decide. */
const WINDOW_ROUNDS = 6;

/** Load while an old snapshot keeps vacuum from removing anything, against the same load before. */
export function pinned(url: string, pinnedSeconds: number): Contender {
  const { of } = twoStepsTold();
  const round = (seconds: number): Promise<Round> =>
    onFreshNode(url, [of], async ({ flows, database }) => {
      let next = 0;
      const call = () => once(flows, of, next++);
      const window = { callers: CALLERS, seconds: seconds * WINDOW_ROUNDS, call };
      const normal = await runCallers(window);
      const measured = await onServer(url, async (pin) => {
        await pin.query("begin isolation level repeatable read");
        await pin.query(`select count(*) from ${database.schema}.flow_live`);
        const meanwhile = await runCallers({ callers: CALLERS, seconds: pinnedSeconds, call });
        const result = await runCallers(window);
        const held = await pin.query<{ held: boolean }>(HORIZON_HELD);
        if (held.rows[0]?.held !== true) throw new Void("the vacuum horizon was not held");
        return { ...result, all: result.count + meanwhile.count };
      });
      const share = measured.count / measured.seconds / (normal.count / normal.seconds);
      const { all, ...rest } = measured;
      const runs = normal.count + all;
      const counts = () => ({ runs, steps: STEPS });
      return { round: { ...rest, shares: { [PINNED]: share } }, counts };
    });
  return { name: "longmen", round };
}

const HORIZON_HELD = `select backend_xmin is not null and xact_start < clock_timestamp() as held
  from pg_stat_activity where pid = pg_backend_pid()`;
