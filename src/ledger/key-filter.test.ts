import { describe, expect, test } from "vitest";
import { newId } from "../base/index.ts";
import { hashOf, KeyFilter } from "./key-filter.ts";
import { RareGenerations } from "./memory.ts";

const ids = (count: number) => Array.from({ length: count }, () => newId());

describe("a filter in front of a map", () => {
  test("has everything that was added, however often it grew", () => {
    const filter = new KeyFilter();
    const added: string[] = [];
    for (const id of ids(20_000)) {
      added.push(id);
      filter.add(hashOf(id));
      if (filter.isFull) filter.grow(added);
    }
    expect(added.every((id) => filter.mayHave(hashOf(id)))).toBe(true);
  });

  test("says of few others that it may have them", () => {
    const filter = new KeyFilter();
    const added = ids(32_768);
    while (filter.isFull) filter.grow([]);
    for (const [at, id] of added.entries()) {
      filter.add(hashOf(id));
      if (filter.isFull) filter.grow(added.slice(0, at + 1));
    }
    const wrong = ids(50_000).filter((id) => filter.mayHave(hashOf(id))).length;
    expect(wrong / 50_000).toBeLessThan(0.03);
  });

  test("ids that differ in one character only, wherever it stands, are told apart", () => {
    const hashes = new Set<number>();
    const id = newId();
    for (let at = 0; at < id.length; at++) {
      for (const char of "0123456789abcdefghjkmnpqrstvwxyz") {
        hashes.add(hashOf(id.slice(0, at) + char + id.slice(at + 1)));
      }
    }
    // The id itself is made once at each place.
    expect(hashes.size).toBe(id.length * 31 + 1);
  });
});

describe("generations of what is mostly asked for in vain", () => {
  const filled = (max: number, count: number) => {
    const generations = new RareGenerations<number>(max);
    const keys = ids(count);
    for (const [at, key] of keys.entries()) {
      generations.set(key, at);
      generations.rotateIfFull();
    }
    return { generations, keys };
  };

  test("forget what is older than two generations, and nothing younger", () => {
    const { generations, keys } = filled(1_000, 3_500);
    const known = keys.filter((key, at) => generations.get(key) === at);
    expect(known).toEqual(keys.slice(2_000));
  });

  test("what is asked for stays another generation", () => {
    const { generations, keys } = filled(1_000, 1_500);
    const kept = keys.slice(0, 10);
    for (const key of kept) generations.get(key);
    for (const key of ids(990)) {
      generations.set(key, 0);
      generations.rotateIfFull();
    }
    expect(kept.map((key) => generations.get(key))).toEqual(kept.map((_, at) => at));
  });

  test("nothing is found after it was deleted, or all was cleared", () => {
    const { generations, keys } = filled(1_000, 1_500);
    const [first = "", second = ""] = keys.slice(-2);
    generations.delete(first);
    expect([generations.get(first), generations.get(second)]).toEqual([undefined, 1_499]);
    generations.clear();
    expect(generations.get(second)).toBeUndefined();
    generations.set(second, 7);
    expect(generations.get(second)).toBe(7);
  });
});
