import { expect, test } from "vitest";
import { guards, nextState, orderActs, orderMachine, orderStates } from "./order-machine.ts";

test("every state can be reached, and has a next step or is an end", () => {
  const reached = new Set(["placed"]);
  for (const state of orderStates) {
    for (const ways of Object.values(orderMachine[state]))
      for (const { to } of ways) reached.add(to);
  }
  expect([...reached].sort()).toEqual([...orderStates].sort());
  const ends = orderStates.filter((state) => Object.keys(orderMachine[state]).length === 0);
  expect(ends).toEqual(["refunded", "cancelled", "expired", "closed"]);
});

test("of every act some transition always holds, whatever the goods", () => {
  const goods = [
    { due: 0n, delivered: 0n },
    { due: 1n, delivered: 0n },
    { due: 0n, delivered: 1n },
    { due: 1n, delivered: 1n },
  ];
  for (const state of orderStates) {
    for (const act of orderActs) {
      const isPossible = orderMachine[state][act] !== undefined;
      for (const after of goods) {
        expect(nextState(state, act, after) !== undefined).toBe(isPossible);
      }
    }
  }
});

test("no order that ended unpaid takes money, and no unpaid one gives any back", () => {
  for (const state of ["cancelled", "expired", "placed", "refunded", "closed"] as const) {
    expect(orderMachine[state].refund).toBeUndefined();
    if (state !== "placed") expect(orderMachine[state].pay).toBeUndefined();
  }
  expect(guards["nothing is due or delivered"]({ due: 0n, delivered: 1n })).toBe(false);
});
