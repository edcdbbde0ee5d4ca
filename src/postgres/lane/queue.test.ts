import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Item } from "./item.ts";
import { LaneQueue } from "./queue.ts";

type Any = Item<string, never>;

export function itemOf(key: string, over: Partial<Any> = {}): Any {
  return {
    key,
    posting: undefined,
    guards: [],
    writes: [],
    context: undefined,
    waiter: { answered: () => undefined, failed: () => undefined },
    index: 0,
    weight: 1,
    guarded: [],
    deadlineAt: Infinity,
    done: false,
    retries: 0,
    ...over,
  };
}

function drain(queue: LaneQueue<string, never>): string[] {
  const keys: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) keys.push(item.key);
  return keys;
}

test("gives items out in the order they came, those put back before all others", () => {
  const queue = new LaneQueue<string, never>();
  for (const key of ["a", "b", "c"]) queue.push(itemOf(key));
  expect(queue.peek()?.key).toBe("a");
  const taken = [queue.shift(), queue.shift()].filter((item) => item !== undefined);
  queue.push(itemOf("d"));
  queue.unshiftAll(taken);
  expect(queue.length).toBe(4);
  expect(drain(queue)).toEqual(["a", "b", "c", "d"]);
  expect(queue.peek()).toBeUndefined();
  expect(queue.shift()).toBeUndefined();
});

test("behaves as a plain list, whatever is pushed, taken, put back and removed", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), weight: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant("take" as const), count: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ kind: fc.constant("putBack" as const) }),
    fc.record({ kind: fc.constant("remove" as const), every: fc.integer({ min: 2, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new LaneQueue<string, never>();
      let model: Any[] = [];
      let taken: Any[] = [];
      let made = 0;
      for (const each of steps) {
        if (each.kind === "push") {
          const item = itemOf(`${made++}`, { weight: each.weight });
          queue.push(item);
          model.push(item);
        } else if (each.kind === "take") {
          for (let n = 0; n < each.count; n++) {
            expect(queue.peek()).toBe(model[0]);
            const item = queue.shift();
            expect(item).toBe(model.shift());
            if (item !== undefined) taken.push(item);
          }
        } else if (each.kind === "putBack") {
          queue.unshiftAll(taken);
          model = [...taken, ...model];
          taken = [];
        } else {
          const leaves = (item: Any) => Number(item.key) % each.every === 0;
          queue.removeWhere(leaves);
          model = model.filter((item) => !leaves(item));
        }
        expect(queue.length).toBe(model.length);
        expect(queue.weight).toBe(model.reduce((sum, { weight }) => sum + weight, 0));
      }
      expect(drain(queue)).toEqual(model.map(({ key }) => key));
    }),
  );
});

test("keeps order over tens of thousands, when it sheds what was taken", () => {
  const queue = new LaneQueue<string, never>();
  const keys = Array.from({ length: 30_000 }, (_, i) => `${i}`);
  for (const key of keys.slice(0, 20_000)) queue.push(itemOf(key));
  const first = keys.slice(0, 15_000).map(() => queue.shift()?.key);
  for (const key of keys.slice(20_000)) queue.push(itemOf(key));
  expect([...first, ...drain(queue)]).toEqual(keys);
  expect(queue.weight).toBe(0);
});
