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
      holds.extend([], undefined);
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

test("knows nothing at first, and after a page what ends up to the page's last place", () => {
  const holds = new DueHolds();
  expect([holds.horizon, holds.knownTo]).toEqual([-Infinity, undefined]);
  // Beyond what is known the database keeps it: no memory is spent.
  holds.add(dueOf(9, 5));
  expect(holds.first()).toBeUndefined();
  holds.extend([dueOf(1, 10), dueOf(3, 20)], { expiresAt: 20, seq: 4 });
  // Of what ends at 20 more may lie behind the fourth.
  expect([holds.horizon, holds.knownTo]).toEqual([19, { expiresAt: 20, seq: 4 }]);
  holds.add(dueOf(5, 19));
  holds.add(dueOf(6, 20));
  // Made anew after a batch that was taken back.
  holds.add(dueOf(2, 20));
  expect(drain(holds).map(({ seq }) => seq)).toEqual([1, 5, 2, 3]);
  holds.extend([dueOf(6, 20)], undefined);
  expect(holds.horizon).toBe(Infinity);
  holds.clear();
  expect([holds.horizon, holds.first()]).toEqual([-Infinity, undefined]);
});

test("names what ends first up to an instant, in order, at most a page of it, and keeps it", () => {
  const holds = new DueHolds();
  holds.extend([], undefined);
  const count = 2 * DUE_MAX;
  for (let seq = 0; seq < count; seq++) holds.add(dueOf(seq, count - seq));
  expect(holds.upTo(0)).toEqual([]);
  expect(holds.upTo(3).map(({ expiresAt }) => expiresAt)).toEqual([1, 2, 3]);
  const page = holds.upTo(Infinity);
  expect(page.map(({ expiresAt }) => expiresAt)).toEqual(
    Array.from({ length: DUE_MAX }, (_, at) => at + 1),
  );
  expect(drain(holds)).toHaveLength(count);
});

test.each([
  ["at different instants", (seq: number, count: number) => (seq * 7_919) % count],
  ["all at one instant", () => 7],
])("keeps a bounded number of what ends %s, and all of it up to a place", (_, endOf) => {
  const holds = new DueHolds();
  holds.extend([], undefined);
  const count = 140_000;
  const all = Array.from({ length: count }, (_, seq) => dueOf(seq, endOf(seq, count)));
  for (const due of all) holds.add(due);
  const { knownTo } = holds;
  expect(holds.horizon).toBeLessThan(count);
  const kept = drain(holds);
  expect(kept.length).toBeLessThan(2 * 65_536 + 1);
  expect(kept.at(-1)).toMatchObject(knownTo ?? {});
  expect(kept).toEqual(all.toSorted(byTime).slice(0, kept.length));
});

test("at rest it keeps what one batch can end, and knows that the database has the others", () => {
  const holds = new DueHolds();
  holds.extend([], undefined);
  const count = 3 * DUE_MAX;
  const all = Array.from({ length: count }, (_, seq) => dueOf(seq, (seq * 7_919) % count));
  for (const due of all) holds.add(due);
  holds.rest();
  const near = all.toSorted(byTime).slice(0, DUE_MAX);
  expect(holds.knownTo).toMatchObject({ expiresAt: near.at(-1)?.expiresAt });
  expect(drain(holds)).toEqual(near);
  // What it no longer keeps is fetched when its time comes near, not forgotten.
  expect(holds.horizon).toBeLessThan(DUE_MAX);
  // Few are kept as they are: nothing has to be fetched for them.
  const few = new DueHolds();
  few.extend([dueOf(1, 10)], undefined);
  few.rest();
  expect([few.horizon, few.first()?.seq]).toEqual([Infinity, 1]);
});
