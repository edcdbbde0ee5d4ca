import { expect, test } from "vitest";
import { manualClock } from "../../base/index.ts";
import { Doze, steadyClock } from "./steady-clock.ts";

test("goes on from where it was when the clock below is set back", () => {
  const below = manualClock(1_000_000);
  const clock = steadyClock(below);
  const before = clock.now();
  below.advance(10);
  expect(clock.now() - before).toBe(10);
  below.set(0);
  expect(clock.now() - before).toBe(10);
  below.advance(5);
  expect(clock.now() - before).toBe(15);
});

test("follows a clock that is set forward: what it counts ends early, never late", () => {
  const below = manualClock(0);
  const clock = steadyClock(below);
  const before = clock.now();
  below.set(3_600_000);
  expect(clock.now() - before).toBe(3_600_000);
});

test("a sleep counts in full, though the clock was set back while it lasted", async () => {
  const below = manualClock(1_000_000);
  let offsetMs = 0;
  const clock = steadyClock({ ...below, now: () => below.now() + offsetMs });
  const before = clock.now();
  const slept = clock.sleep(100);
  offsetMs = -3_600_000;
  below.advance(100);
  await slept;
  expect(clock.now() - before).toBe(100);
});

test("a doze is cut short by a wake that came before it, and only that one", async () => {
  const below = manualClock(0);
  const doze = new Doze(below);
  doze.wake();
  await doze.sleep(1_000);
  const second = doze.sleep(1_000);
  expect(below.sleepers()).toBe(1);
  doze.wake();
  await second;
  const third = doze.sleep(50);
  below.advance(50);
  await third;
});
