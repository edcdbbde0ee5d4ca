import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Due, DUE_MAX, DueHolds } from "./due-holds.ts";

const dueOf = (seq: number, expiresAt: number): Due => ({ id: `h${seq}`, seq, expiresAt });

function drain(holds: DueHolds): Due[] {
  const drained: Due[] = [];
  for (let first = holds.first(); first !== undefined; first = holds.first()) {
    drained.push(first);
    holds.pop();
  }
  return drained;
}

const byTime = (a: Due, b: Due) => a.expiresAt - b.expiresAt || a.seq - b.seq;

test("gives out what ends first, and of one instant what was made first, whatever came and went", () => {
  const instants = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 80 });
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 30 }), (expiries, popped) => {
      const holds = new DueHolds();
      holds.extend([], true);
      const all = expiries.map((at, seq) => dueOf(seq, at));
      for (const due of all) holds.add(due);
      const sorted = all.toSorted(byTime);
      for (let n = 0; n < popped; n++) holds.pop();
      // What a batch popped that did not happen is given back.
      for (const due of sorted.slice(0, Math.floor(popped / 2))) holds.restore(due);
      const left = [...sorted.slice(0, Math.floor(popped / 2)), ...sorted.slice(popped)];
      expect(drain(holds)).toEqual(left.toSorted(byTime));
    }),
  );
});

test("knows nothing at first, and after a page only what ends before the page's last instant", () => {
  const holds = new DueHolds();
  expect(holds.horizon).toBe(-Infinity);
  // Beyond the horizon the database keeps it: no memory is spent.
  holds.add(dueOf(9, 5));
  expect(holds.first()).toBeUndefined();
  holds.extend([dueOf(1, 10), dueOf(2, 20), dueOf(3, 20)], false);
  expect(holds.horizon).toBe(19);
  holds.add(dueOf(4, 19));
  holds.add(dueOf(5, 20));
  expect(drain(holds).map(({ seq }) => seq)).toEqual([1, 4, 2, 3]);
  holds.extend([], true);
  expect(holds.horizon).toBe(Infinity);
  holds.clear();
  expect([holds.horizon, holds.first()]).toEqual([-Infinity, undefined]);
});

test("names what ends by an instant, at most a page of it and the first among it", () => {
  const holds = new DueHolds();
  holds.extend([], true);
  for (let seq = 0; seq < 2 * DUE_MAX; seq++) holds.add(dueOf(seq, 2 * DUE_MAX - seq));
  expect(holds.upTo(0)).toEqual([]);
  expect(holds.upTo(3).toSorted()).toEqual(
    [2 * DUE_MAX - 1, 2 * DUE_MAX - 2, 2 * DUE_MAX - 3].map((seq) => `h${seq}`).toSorted(),
  );
  const page = holds.upTo(Infinity);
  expect(page).toHaveLength(DUE_MAX);
  expect(page).toContain(holds.first()?.id);
});

test("keeps a bounded number and lets none of those before its horizon go", () => {
  const holds = new DueHolds();
  holds.extend([], true);
  const count = 140_000;
  for (let seq = 0; seq < count; seq++) holds.add(dueOf(seq, (seq * 7_919) % count));
  expect(holds.horizon).toBeLessThan(count);
  const kept = drain(holds);
  expect(kept.length).toBeLessThan(2 * 65_536 + 1);
  expect(kept.map(({ expiresAt }) => expiresAt)).toEqual(kept.map((_, at) => at));
  expect(kept.at(-1)?.expiresAt).toBe(holds.horizon);
});
