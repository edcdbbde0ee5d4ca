import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { BookTime, SKEW_MAX_MS } from "./book-time.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

test("is the database's time as the node's clock measures it, from the middle of the round trip", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, true);
  const sentAt = time.nodeNow();
  clock.advance(40);
  time.learn(NOON + 10_020, sentAt);
  expect(time.now()).toBe(NOON + 10_040);
  clock.advance(1_000);
  expect(time.now()).toBe(NOON + 11_040);
  expect(time.toNode(NOON + 11_040)).toBe(clock.now());
});

test("believes a quick reply over a slow one, until it is a minute old", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, true);
  time.learn(NOON + 5_000, clock.now());
  const sentAt = clock.now();
  clock.advance(200);
  time.learn(NOON + 9_000, sentAt);
  expect(time.now() - clock.now()).toBe(5_000);
  clock.advance(60_000);
  time.learn(clock.now() + 7_000, clock.now() - 100);
  expect(time.now() - clock.now()).toBe(7_050);
});

test("is not ahead of the database's where the reply took so long that its middle says nothing", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, true);
  const sentAt = clock.now();
  clock.advance(4 * SKEW_MAX_MS);
  // The database stood still before it read its clock: the reply is of this very moment.
  time.learn(clock.now(), sentAt);
  expect(time.now() - clock.now()).toBeLessThanOrEqual(SKEW_MAX_MS);
});

test("in doubt it takes the database's next word, however slow", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, true);
  time.learn(NOON, clock.now());
  time.doubt();
  clock.advance(900);
  time.learn(clock.now() + 3_000, clock.now() - 800);
  expect(time.now() - clock.now()).toBe(3_400);
});

test("a node's clock that jumps back makes no negative round trip", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, true);
  const sentAt = clock.now();
  clock.set(NOON - 5_000);
  time.learn(NOON, sentAt);
  time.learn(NOON, clock.now());
  expect(time.now()).toBe(NOON);
});

test("a clock that is book time itself is not corrected by anybody", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, false);
  time.learn(NOON + 86_400_000, clock.now());
  expect(time.now()).toBe(NOON);
});

test("is whole milliseconds, never ahead of itself", () => {
  const clock = manualClock(NOON);
  const time = new BookTime(clock, true);
  const sentAt = clock.now();
  clock.advance(1);
  time.learn(NOON + 10, sentAt);
  expect(time.now()).toBe(NOON + 10);
});
