/** The limit of writes in work, played against servers of known speed on a clock of the test's own. */
import { describe, expect, it } from "vitest";
import { admission, type Admission, weightOf } from "./admission.ts";

const MAX = 4_096;

interface Played {
  readonly callers: number;
  readonly perMs: number;
  readonly baseMs: number;
  readonly ms: number;
  /** Of each write: a server carries out so much less of them. */
  readonly weight?: number;
  /** It carries out what it did in so many milliseconds at once, as a lane does. */
  readonly flushMs?: number;
  /** At these milliseconds it begins to stand still for 300. */
  readonly pausesAt?: readonly number[];
}

const PAUSE_MS = 300;

/**
 * A server that carries out `perMs` writes a millisecond after `baseMs`, and `callers` who ask again
 * as soon as they are answered; refused, 10 ms later. Answers how it stood at the end.
 */
function play(options: Played) {
  const { weight = 1, flushMs = 1, pausesAt = [] } = options;
  let now = 0;
  const gate = admission({ max: MAX, now: () => now });
  const queue: number[] = [];
  const idleUntil = Array.from({ length: options.callers }, () => 0);
  const waits: number[] = [];
  const limits: number[] = [];
  let refused = 0;
  let longest = 0;
  for (; now < options.ms; now++) {
    const paused = pausesAt.some((at) => now >= at && now < at + PAUSE_MS);
    const able = paused || now % flushMs > 0 ? 0 : (options.perMs * flushMs) / weight;
    for (let done = 0; done < able && (queue[0] ?? Infinity) + options.baseMs <= now; done++) {
      const wait = now - (queue.shift() ?? now);
      gate.end(wait, weight);
      longest = Math.max(longest, wait);
      if (now > options.ms / 2) waits.push(wait);
      idleUntil.push(now);
    }
    if (now > options.ms / 2) limits.push(gate.limit);
    for (const at of idleUntil.splice(0)) {
      if (at > now) idleUntil.push(at);
      else if (gate.admits(weight)) {
        gate.begin(weight);
        queue.push(now);
      } else {
        refused += 1;
        idleUntil.push(now + 10);
      }
    }
  }
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  const spread = Math.max(...limits) / Math.min(...limits);
  const rate = (waits.length * weight) / (options.ms / 2);
  return { mean, refused, gate, inWork: queue.length, longest, spread, rate };
}

/**
 * A server that is busy, and then asked three times as much as it can do, by the clock: the longest
 * wait of all.
 */
function playOnset(): number {
  let now = 0;
  const gate = admission({ max: MAX, now: () => now });
  const queue: number[] = [];
  let longest = 0;
  for (; now < 4_000; now++) {
    const asked = now < 2_000 ? 8 : 30;
    for (let n = 0; n < asked; n++) {
      if (!gate.admits()) continue;
      gate.begin();
      queue.push(now);
    }
    for (let n = 0; n < 10 && (queue[0] ?? Infinity) + 20 <= now; n++) {
      const wait = now - (queue.shift() ?? now);
      gate.end(wait);
      longest = Math.max(longest, wait);
    }
  }
  return longest;
}

describe("admission (P7)", () => {
  it("refuses nobody while writes are quick", () => {
    const { refused } = play({ callers: 200, perMs: 10, baseMs: 5, ms: 2_000 });
    expect(refused).toBe(0);
  });

  it("keeps waits near what is allowed, whatever is asked", () => {
    for (const callers of [3_000, 6_000]) {
      const { mean, inWork } = play({ callers, perMs: 10, baseMs: 5, ms: 3_000 });
      expect(mean).toBeGreaterThan(40);
      expect(mean).toBeLessThan(120);
      expect(inWork).toBeLessThan(2_500);
    }
  });

  it("carries out as much as without a limit, and finds it once instead of swinging around it", () => {
    for (const flushMs of [1, 25, 40]) {
      const { rate, spread, mean } = play({
        ...{ callers: 4_000, perMs: 10, baseMs: 5, ms: 6_000 },
        flushMs,
      });
      expect(rate).toBeGreaterThan(9);
      expect(spread).toBeLessThan(1.5);
      expect(mean).toBeLessThan(150);
    }
  });

  it("lets nobody wait long in the first moments either", () => {
    const { longest } = play({ callers: 6_000, perMs: 10, baseMs: 5, ms: 3_000 });
    // 4,096 are taken in at once before anything is known.
    expect(longest).toBeLessThan(MAX / 10 + 50);
    const late = playOnset();
    expect(late).toBeLessThan(350);
  });

  it("weighs what it takes in: big requests wait no longer than small ones", () => {
    const small = play({ callers: 3_000, perMs: 10, baseMs: 5, ms: 3_000 });
    const big = play({ callers: 3_000, perMs: 10, baseMs: 5, ms: 3_000, weight: weightOf(4_096) });
    expect(big.mean).toBeLessThan(small.mean * 1.5);
    expect(big.inWork).toBeLessThan(small.inWork / 3);
  });

  it("takes a pause for what it is", () => {
    const played = { callers: 200, perMs: 10, baseMs: 5, ms: 4_000 };
    const pausesAt = [500, 1_500, 2_700];
    expect(play({ ...played, pausesAt }).refused).toBe(0);
    // Of the second half 1,700 ms are left.
    expect(play({ ...played, callers: 4_000, pausesAt }).rate).toBeGreaterThan(8);
  });

  it("takes a stall for no queue's measure: who comes in a storm after it waits no longer", () => {
    const waits = [0, 6_000].map((stallMs) => {
      let now = 0;
      const gate = admission({ max: MAX, now: () => now });
      const queue: number[] = [];
      let longest = 0;
      const run = (ms: number, callers: number) => {
        for (const until = now + ms; now < until; now++) {
          while (queue.length < callers && gate.admits()) {
            gate.begin();
            queue.push(now);
          }
          for (const at of queue.splice(0, 5)) {
            gate.end(now - at);
            if (callers > 100 && now > until - ms / 2) longest = Math.max(longest, now - at);
          }
        }
      };
      run(500, 30);
      run(40, 40);
      now += stallMs;
      run(100, 40);
      run(10_000, 3_000);
      return longest;
    });
    expect(waits[1]).toBeLessThan(1.2 * (waits[0] ?? 0));
  });

  it("is not talked into refusing by what a head announces", () => {
    const gate = admission({ max: MAX, now: () => 0 });
    for (let n = 0; n < 100; n++) gate.begin();
    expect(gate.admits(weightOf(Number.MAX_SAFE_INTEGER))).toBe(true);
  });

  it("takes in a few whatever they weigh", () => {
    const gate = admission({ max: MAX, now: () => 0 });
    for (let n = 0; n < 64; n++) {
      expect(gate.admits(900)).toBe(true);
      gate.begin(900);
    }
    expect(gate.admits(900)).toBe(false);
    expect(gate.admits(1)).toBe(false);
  });

  it("takes a slow database for what it is", () => {
    const { gate, mean } = play({ callers: 200, perMs: 10, baseMs: 120, ms: 8_000 });
    expect(gate.limit).toBeGreaterThan(200);
    expect(mean).toBeLessThan(150);
  });

  it("leaves room enough to find out that it went well again", () => {
    let now = 0;
    const gate: Admission = admission({ max: MAX, now: () => now });
    const answer = (ms: number) => {
      for (let n = 0; n < 200; n++) gate.begin();
      now += Math.max(60, ms);
      for (let n = 0; n < 200; n++) gate.end(ms);
    };
    answer(3);
    for (let n = 0; n < 50; n++) answer(5_000);
    expect(gate.limit).toBe(64);
    for (let n = 0; n < 50; n++) answer(5);
    expect(gate.limit).toBe(MAX);
  });
});
