/** What becomes of ticks that are owed, whatever the clock does; and whose turn it is. */
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { readPlan } from "../plan.ts";
import { defaultPolicy, misfires, overlaps, type Policy } from "../policy.ts";
import { nextTick } from "../ticks.ts";
import { DatabaseTime } from "./database-time.ts";
import { decide, dueAtOf, FIRES_MAX } from "./decide.ts";
import { Route } from "./numbers.ts";
import { type Peer, rankOf } from "./turns.ts";

const MINUTE = 60_000;
const plan = readPlan({ everyMs: MINUTE });
const minute = (n: number) => n * MINUTE;

function decideAt(
  now: number,
  policy: Partial<Policy>,
  more: { busy?: boolean; queued?: number } = {},
) {
  const whole = { ...defaultPolicy, ...policy };
  const owing = { name: "x", plan, tick: minute(10), busy: false, queued: 0, ...more };
  return decide({ ...owing, policy: whole, now });
}

describe("ticks that are owed", () => {
  test("are fired, each, while none is missed", () => {
    const { decisions, next } = decideAt(minute(12), { lateMs: minute(5), overlap: "parallel" });
    expect(decisions.map(({ tick, verdict }) => [tick, verdict])).toEqual([
      [minute(10), "started"],
      [minute(11), "started"],
      [minute(12), "started"],
    ]);
    expect(next).toBe(minute(13));
  });

  test("are not fired before their time, nor before their jitter", () => {
    expect(decideAt(minute(10) - 1, {})).toEqual({ decisions: [], next: minute(10) });
    const policy = { ...defaultPolicy, jitterMs: 30_000 };
    const dueAt = dueAtOf("x", minute(10), policy);
    expect(decideAt(dueAt - 1, policy).decisions).toEqual([]);
    expect(decideAt(dueAt, policy).decisions).toHaveLength(1);
  });

  test("beyond what is caught up are skipped, the newest fired", () => {
    const all = { misfire: "all", catchUpMax: 3, lateMs: 0, overlap: "parallel" } as const;
    const { decisions, next } = decideAt(minute(100) + 1, all);
    expect(decisions[0]).toMatchObject({ verdict: "skipped", ticks: 88, through: minute(97) });
    expect(decisions.slice(1).map(({ tick }) => tick)).toEqual([98, 99, 100].map(minute));
    expect(next).toBe(minute(101));
  });

  test("of a plan at its end leave nothing", () => {
    const once = readPlan({ at: 5_000 });
    const owing = { name: "x", plan: once, tick: 5_000, busy: false, queued: 0 };
    const late = decide({
      ...owing,
      policy: { ...defaultPolicy, misfire: "skip" },
      now: minute(60),
    });
    expect(late).toMatchObject({ decisions: [{ verdict: "misfired", ticks: 1 }], next: undefined });
    const fired = decide({ ...owing, policy: defaultPolicy, now: minute(60) });
    expect(fired).toMatchObject({ decisions: [{ verdict: "started" }], next: undefined });
  });

  test("come to one outcome each, in order, however the clock jumps", () => {
    const policies = fc.record({
      misfire: fc.constantFrom(...misfires),
      overlap: fc.constantFrom(...overlaps),
      lateMs: fc.integer({ min: 0, max: 10 * MINUTE }),
      catchUpMax: fc.integer({ min: 1, max: 80 }),
      queueMax: fc.integer({ min: 1, max: 5 }),
      jitterMs: fc.integer({ min: 0, max: 3 * MINUTE }),
    });
    const looks = fc.array(
      fc.record({
        jumpMs: fc.integer({ min: -500 * MINUTE, max: 30_000 * MINUTE }),
        busy: fc.boolean(),
        queued: fc.integer({ min: 0, max: 5 }),
      }),
      { maxLength: 30 },
    );
    const rule = fc.property(policies, looks, (given, times) => {
      const policy = { ...defaultPolicy, ...given };
      let tick: number = minute(1_000);
      let now = tick;
      for (const { jumpMs, busy, queued } of times) {
        now = Math.max(0, now + jumpMs);
        const { decisions, next } = decide({ name: "x", plan, policy, tick, now, busy, queued });
        for (const one of decisions) {
          expect(one.tick).toBe(tick);
          expect(one.tick).toBeLessThanOrEqual(now);
          const last = one.through ?? one.tick;
          expect(last).toBe(one.tick + (one.ticks - 1) * MINUTE);
          tick = nextTick(plan, last) ?? Infinity;
        }
        expect(next).toBe(tick);
        expect(decisions.length).toBeLessThanOrEqual(FIRES_MAX + 1);
      }
    });
    fc.assert(rule, { numRuns: 200 });
  });
});

describe("whose turn it is", () => {
  const peer = (node: string, load = 0): Peer => ({ node, load, serves: {} });
  const peers = [peer("a"), peer("b"), peer("c")];
  const turn = { scheduleId: 7, shard: 0, fires: 0, route: Route.home };

  test.each([Route.home, Route.roundRobin, Route.leastLoaded])(
    "by route %i exactly one goes first, and all have a place",
    (route) => {
      for (let fires = 0; fires < 50; fires++) {
        const ranks = peers.map((_, me) => rankOf({ ...turn, route, fires }, peers, me));
        expect([...ranks].sort((a, b) => a - b)).toEqual([0, 1, 2]);
      }
    },
  );

  test("one after the other, with round robin", () => {
    const firsts = [0, 1, 2, 3, 4, 5].map((fires) =>
      peers.findIndex(
        (_, me) => rankOf({ ...turn, route: Route.roundRobin, fires }, peers, me) === 0,
      ),
    );
    expect(new Set(firsts.slice(0, 3)).size).toBe(3);
    expect(firsts.slice(3)).toEqual(firsts.slice(0, 3));
  });

  test("at home the same while it lives, and of others only what it had moves", () => {
    const homes = (among: readonly Peer[]) =>
      Array.from({ length: 300 }, (_, id) => {
        const at = among.findIndex((_, me) => rankOf({ ...turn, scheduleId: id }, among, me) === 0);
        return among[at]?.node ?? "";
      });
    const before = homes(peers);
    const after = homes(peers.slice(0, 2));
    before.forEach((node, id) => {
      if (node !== "c") expect(after[id]).toBe(node);
    });
    const share = before.filter((node) => node === "c").length;
    expect(share).toBeGreaterThan(60);
    expect(share).toBeLessThan(140);
  });

  test("with least loaded seldom the one that has most to do", () => {
    const loaded = [peer("a", 900), peer("b", 3), peer("c", 2)];
    let busiest = 0;
    for (let fires = 0; fires < 300; fires++) {
      const at = { ...turn, route: Route.leastLoaded, fires };
      if (rankOf(at, loaded, 0) === 0) busiest += 1;
    }
    expect(busiest).toBe(0);
  });
});

describe("the database's time", () => {
  test("is followed when its clock jumps, there and back", () => {
    const time = new DatabaseTime();
    let now = 5_000;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    for (const ahead of [1_000_000, 1_000_000 + 3_600_000, 1_000_000 - 3_600_000]) {
      const askedAt = now;
      now += 10;
      time.hear(askedAt, askedAt + ahead);
      now += 100;
      expect(Math.abs(time.now() - (now + ahead))).toBeLessThanOrEqual(10);
    }
  });
});
