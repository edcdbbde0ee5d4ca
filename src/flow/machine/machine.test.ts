/** What a definition may say, and what is drawn of it; no database is needed. */
import { describe, expect, test } from "vitest";
import { diagramOf, machine } from "../index.ts";
import { orderMachine, World } from "../testing/order-machine.ts";
import { allowedIn, decide } from "./decide.ts";
import type { AnyDefinition } from "./definition.ts";

const good = {
  initial: "a",
  states: { a: {}, b: { final: true } },
  transitions: [{ from: "a", on: "go", to: "b" }],
};
const final = { final: true };
const go = { from: "a", on: "go", to: "b" };

describe("a bad definition is refused, and says why", () => {
  const guard = () => true;
  test.each([
    [{ initial: "x" }, 'its first state "x" is not among its states'],
    [{ states: { a: {}, b: {} } }, "it has no final state"],
    [{ states: { a: {}, b: final, c: {} } }, 'nothing leads to the state "c"'],
    [{ transitions: [go, { from: "a", on: "x", to: "c" }] }, '"x" leads to "c", which is not'],
    [{ transitions: [go, { from: ["c"], on: "x", to: "b" }] }, '"x" leads from "c", which is not'],
    [{ transitions: [go, { from: "b", on: "x", to: "a" }] }, '"b" is final, and "x" leads from it'],
    [
      { transitions: [go, { from: "a", on: "go", to: "a", guard }] },
      'two transitions are there for "go" from "a", and the first has no guard',
    ],
    [
      {
        transitions: [
          { ...go, guard },
          { ...go, guard },
        ],
      },
      'for "go" from "a" to "b": make them one',
    ],
    [{ transitions: [{ ...go, on: "~timeout" }] }, '"~timeout" is no name for an event'],
    [{ transitions: undefined }, "it has no list of transitions"],
    [{ states: { a: { timeout: { afterMs: 5, to: "z" } }, b: final } }, 'leads to "z"'],
    [{ states: { a: { timeout: { afterMs: -1, to: "b" } }, b: final } }, "is -1 ms"],
    [
      { states: { a: {}, b: { final: true, timeout: { afterMs: 1, to: "a" } } } },
      "and has a time-out",
    ],
    [{ states: { a: { failed: "z" }, b: final } }, 'goes to "z" when its work fails'],
    [{ compensate: { z: () => 1 } }, 'compensate has "z"'],
    [
      { states: { a: {}, "b#": final }, transitions: [{ ...go, to: "b#" }] },
      "is no name for a state",
    ],
  ])("%j", (change, words) => {
    const definition = { ...good, ...change } as unknown as AnyDefinition;
    expect(() => machine("m", definition)).toThrow(words);
  });

  test("a good one is taken", () => {
    expect(machine("m", good as AnyDefinition)).toMatchObject({ name: "m", version: 1 });
  });

  test("names of states and events are known to the compiler", () => {
    const of = machine("m", {
      initial: "a",
      states: { a: {}, b: { final: true } },
      // @ts-expect-error there is no state "c"
      transitions: [{ from: "a", on: "go", to: "b", failed: "c" }],
    });
    expect(of.definition.initial satisfies "a" | "b").toBe("a");
  });
});

test("the first transition whose guard holds is taken, and guards see what was sent", () => {
  const of = machine("m", {
    input: (value) => value as number,
    initial: "a",
    states: { a: {}, b: { final: true }, c: { final: true } },
    transitions: [
      { from: "a", on: "go", to: "b", guard: ({ data, event }) => data === event.payload },
      { from: "a", on: "go", to: "c", assign: ({ data }) => data + 1 },
    ],
  }).definition as unknown as AnyDefinition;
  const event = (payload: unknown) => ({ id: "e", name: "go", payload, at: 0 });
  const at = { state: "a", data: 1 };
  expect(decide(of, at, event(1))).toEqual({ taken: true, to: "b", data: 1 });
  expect(decide(of, at, event(2))).toEqual({ taken: true, to: "c", data: 2 });
  expect(allowedIn(of, "a")).toEqual(["go"]);
  expect(decide(of, { state: "b", data: 1 }, event(1))).toEqual({ taken: false, reason: "ended" });
});

test("the diagram is drawn from the definition", () => {
  expect(diagramOf(orderMachine(new World()))).toBe(`stateDiagram-v2
  [*] --> created
  created --> paid : pay [guarded]
  paid --> shipped : ship
  shipped --> done : arrive
  created --> cancelled : cancel / takes back
  paid --> cancelled : cancel / takes back
  shipped --> cancelled : cancel / takes back
  closing --> closed : close / takes back
  created --> closed : after 1 min
  paid --> closing : failed
  done --> [*]
  closed --> [*]
  cancelled --> [*]
`);
});
