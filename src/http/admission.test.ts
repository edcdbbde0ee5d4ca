/** The limit of writes in work, played against servers of known speed on a clock of the test's own. */
import { describe, expect, it } from "vitest";
import { admission, type Admission } from "./admission.ts";

const MAX = 4_096;

/**
 * A server that carries out `perMs` writes a millisecond after `baseMs`, and `callers` who ask again
 * as soon as they are answered; refused, 10 ms later. Answers how it stood at the end.
 */
function play(options: { callers: number; perMs: number; baseMs: number; ms: number }) {
  let now = 0;
  const gate = admission({ max: MAX, now: () => now });
  const queue: number[] = [];
  const idleUntil = Array.from({ length: options.callers }, () => 0);
  const waits: number[] = [];
  let refused = 0;
  for (; now < options.ms; now++) {
    for (
      let done = 0;
      done < options.perMs && (queue[0] ?? Infinity) + options.baseMs <= now;
      done++
    ) {
      const wait = now - (queue.shift() ?? now);
      gate.end(wait);
      if (now > options.ms / 2) waits.push(wait);
      idleUntil.push(now);
    }
    for (const at of idleUntil.splice(0)) {
      if (at > now) idleUntil.push(at);
      else if (gate.admits()) {
        gate.begin();
        queue.push(now);
      } else {
        refused += 1;
        idleUntil.push(now + 10);
      }
    }
  }
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  return { mean, refused, gate, inWork: queue.length };
}

describe("admission (P7)", () => {
  it("refuses nobody while writes are quick", () => {
    const { refused } = play({ callers: 200, perMs: 10, baseMs: 5, ms: 2_000 });
    expect(refused).toBe(0);
  });

  it("keeps waits near what is allowed, whatever is asked", () => {
    for (const callers of [3_000, 6_000]) {
      const { mean, inWork } = play({ callers, perMs: 10, baseMs: 5, ms: 3_000 });
      expect(mean).toBeGreaterThan(80);
      expect(mean).toBeLessThan(250);
      expect(inWork).toBeLessThan(2_500);
    }
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
