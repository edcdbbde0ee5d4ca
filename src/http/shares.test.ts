import { expect, test } from "vitest";
import { shares } from "./shares.ts";

/** Takes one after the other, in turn, until none gets any more. */
function greedy(store: ReturnType<typeof shares>, ...keys: readonly string[]): number[] {
  for (let went = true; went;) {
    went = false;
    for (const key of keys) went = store.take(key, 1) || went;
  }
  return keys.map((key) => store.held(key));
}

test("alone a key gets a half; among equals each gets as much as is left", () => {
  expect(greedy(shares(60), "a")).toEqual([30]);
  expect(greedy(shares(60), "a", "b")).toEqual([20, 20]);
  expect(greedy(shares(60), "a", "b", "c", "d", "e")).toEqual([10, 10, 10, 10, 10]);
});

test("whoever comes after the greedy ones finds room, however many they are", () => {
  const store = shares(1_000);
  for (const key of ["a", "b", "c", "d", "e", "f"]) {
    greedy(store, key);
    expect(store.held(key)).toBeGreaterThan(0);
  }
  expect(store.used()).toBeLessThan(1_000);
});

test("who holds more than came to be his share gets nothing until others have caught up", () => {
  const store = shares(60);
  greedy(store, "a");
  expect(greedy(store, "b")).toEqual([15]);
  store.giveBack("a", 5);
  expect(store.take("a", 1)).toBe(false);
  expect(store.take("b", 1)).toBe(true);
});

test("it is all or nothing, and what is given back is there for others", () => {
  const store = shares(60);
  expect(store.take("a", 31)).toBe(false);
  expect(store.used()).toBe(0);
  expect(store.fits("a", 30)).toBe(true);
  expect(store.take("a", 30)).toBe(true);
  store.giveBack("a", 30);
  expect([store.used(), store.held("a")]).toEqual([0, 0]);
  expect(store.take("b", 30)).toBe(true);
});
