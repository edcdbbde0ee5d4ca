import fc from "fast-check";
import { expect, test } from "vitest";
import { catalogTime } from "./time.ts";

test("what one node saved is in effect on any that looks later, however long their reads took", () => {
  const ms = fc.double({ min: 0, max: 400, noNaN: true });
  const node = fc.record({
    began: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    there: ms,
    back: ms,
    since: ms,
  });
  fc.assert(
    fc.property(node, node, fc.integer({ min: 0, max: 2 ** 42 }), ms, (one, two, start, later) => {
      // The true time at which the save is made, then that of the look.
      const [savedAt, lookedAt] = [start + 2_000, start + 2_000 + later];
      const timeOf = ({ began, there, back, since }: typeof one, at: number) => {
        let age = at - since - back - there + began;
        const time = catalogTime(undefined, () => age);
        const askedAt = age;
        age = at - since + began;
        time.told(Math.floor(at - since - back), askedAt, age);
        age = at + began;
        return time;
      };
      expect(timeOf(one, savedAt).earliest()).toBeLessThanOrEqual(timeOf(two, lookedAt).now());
    }),
    { numRuns: 1_000 },
  );
});
