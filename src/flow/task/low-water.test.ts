import { expect, test } from "vitest";
import { LowWater } from "./low-water.ts";

const place = { priority: 0, wakeMs: 1_000 };

/** A whole look that took so long, and then a page of a backlog. */
function afterPage(tookMs: number) {
  let now = 0;
  const water = new LowWater(() => now);
  water.looked(water.from(), tookMs);
  water.taken(place);
  return { water, later: (ms: number) => (now += ms) };
}

test("looks of a backlog go on where the last one ended", () => {
  const { water } = afterPage(5);
  expect(water.from()).toEqual(place);
});

test("after three seconds the whole is looked at", () => {
  const { water, later } = afterPage(5);
  later(3_001);
  expect(water.from().priority).toBeLessThan(-1_000);
});

test("whole looks that take long come more seldom", () => {
  const { water, later } = afterPage(1_000);
  later(19_000);
  expect(water.from()).toEqual(place);
  later(2_000);
  expect(water.from()).not.toEqual(place);
});

test("without a backlog each look is a whole one", () => {
  const { water } = afterPage(5);
  water.taken(undefined);
  expect(water.from()).not.toEqual(place);
});
