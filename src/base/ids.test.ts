import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ID_MAX_LENGTH, idSource, isId, isPath, newId, PATH_MAX_LENGTH } from "./ids.ts";

const ULID_SHAPE = /^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/;

/** A source on a clock of ours whose random words are all the same. */
function sourceOf(times: readonly number[], word: number): () => string {
  let call = 0;
  return idSource({
    now: () => times[Math.min(call++, times.length - 1)] ?? 0,
    fillRandom: (block) => void block.fill(word),
  });
}

describe("a new id", () => {
  test("has 26 characters of lower-case Crockford base 32 and is an id", () => {
    for (let i = 0; i < 1_000; i++) {
      const id = newId();
      expect(id).toMatch(ULID_SHAPE);
      expect(isId(id)).toBe(true);
    }
  });

  test("sorts after every earlier one, over more than one block of random bytes", () => {
    const ids = Array.from({ length: 50_000 }, newId);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("begins with its time: text order is time order", () => {
    const decode = (id: string) =>
      id
        .slice(0, 10)
        .split("")
        .reduce((sum, char) => sum * 32 + "0123456789abcdefghjkmnpqrstvwxyz".indexOf(char), 0);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (atMs) => {
        expect(decode(sourceOf([atMs], 7)())).toBe(atMs);
      }),
    );
  });

  test("still grows when the clock stands still, steps back, or the random part runs over", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 200 }),
        fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
        (times, word) => {
          const next = sourceOf(times, word);
          const ids = times.map(() => next());
          expect([...ids].sort()).toEqual(ids);
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
    );
  });

  test("carries over exactly when the lower half is full", () => {
    // The lower 40 bits begin two below their end, and the first step is of two.
    const words = [0, 0, 2 ** 32 - 1, 254, 1];
    const next = idSource({ now: () => 5, fillRandom: (block) => block.set(words) });
    expect([next(), next()]).toEqual(["000000000500000000zzzzzzzy", "00000000050000000100000000"]);
  });

  test("moves to the next millisecond when all 80 bits are used up", () => {
    // With every random bit set, 80 bits begin full: one step overflows them.
    const next = sourceOf([5], 2 ** 32 - 1);
    expect([next().slice(0, 10), next().slice(0, 10)]).toEqual(["0000000005", "0000000006"]);
  });

  test("differs between two processes that start in the same millisecond", () => {
    expect(sourceOf([5], 1)()).not.toBe(sourceOf([5], 2)());
  });
});

describe("an id", () => {
  const reference = /^[A-Za-z0-9][A-Za-z0-9._:/@#+-]{0,63}$/;

  test.each([
    ["536365#1", true],
    ["C536379/2", true],
    ["order:42@shop+x_y-z", true],
    ["A".repeat(ID_MAX_LENGTH), true],
    ["A".repeat(ID_MAX_LENGTH + 1), false],
    ["", false],
    ["-a", false],
    ["/a", false],
    ["a b", false],
    ["a\n", false],
    ["é", false],
    ["aé", false],
    ["a\u0000", false],
    ["订单", false],
  ])("%j: %s", (text, expected) => {
    expect(isId(text)).toBe(expected);
  });

  test("is never anything but text", () => {
    for (const value of [undefined, null, 1, 1n, ["a"], { length: 1 }, new String("a")]) {
      expect(isId(value)).toBe(false);
      expect(isPath(value)).toBe(false);
    }
  });

  test("is what the documented pattern says, for any text", () => {
    const near = fc.string({
      unit: fc.constantFrom(..."aZ09._:/@#+- é\n$".split("")),
      maxLength: 70,
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (text) => {
        expect(isId(text)).toBe(reference.test(text));
      }),
    );
  });
});

describe("a path", () => {
  test.each([
    ["shop/stock", true],
    ["user/42/wallet", true],
    ["supplier", true],
    ["returns/before-sample", true],
    [".hidden/...", true],
    [Array.from({ length: 16 }, () => "a").join("/"), true],
    [Array.from({ length: 17 }, () => "a").join("/"), false],
    ["a".repeat(PATH_MAX_LENGTH), true],
    ["a".repeat(PATH_MAX_LENGTH + 1), false],
    ["", false],
    ["/shop", false],
    ["shop/", false],
    ["shop//stock", false],
    ["shop/../bank", false],
    ["..", false],
    ["./a", false],
    ["a/.", false],
    ["a b", false],
    ["a#b", false],
    ["店/库存", false],
  ])("%j: %s", (text, expected) => {
    expect(isPath(text)).toBe(expected);
  });

  test("is what the documented rule says, for any text", () => {
    const segment = /^(?!\.{1,2}$)[A-Za-z0-9._:@+-]+$/;
    const near = fc.string({
      unit: fc.constantFrom(..."aZ9._:@+-/#/.. é".split("")),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (text) => {
        const segments = text.split("/");
        const expected = segments.length <= 16 && segments.every((each) => segment.test(each));
        expect(isPath(text)).toBe(expected && text.length <= PATH_MAX_LENGTH);
      }),
    );
  });
});
