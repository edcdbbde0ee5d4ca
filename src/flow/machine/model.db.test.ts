/** Random events on two nodes, beside a model of the machine that is written by hand and knows no database. */
import { expect, test } from "vitest";
import { flowDatabase, flowNode } from "../testing/flows.ts";
import { orderMachine, World } from "../testing/order-machine.ts";

const SEEDS = [1, 7, 20_261_121, Math.floor(Math.random() * 2 ** 31)];
const SUBJECTS = 12;
const EVENTS = 9;

/** Mulberry32: small, and the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Event = "pay" | "ship" | "arrive" | "cancel" | "close";

/** Where an event leads, and what is done on the way, with what states have done so far to take back. */
class Model {
  state = "created";
  readonly did: string[] = ["reserve"];
  private readonly undo = ["release"];

  /** Whether it is taken. */
  take(event: Event, fits: boolean): boolean {
    const { state } = this;
    if (event === "pay" && state === "created" && fits)
      return this.go("paid", ["charge"], "refund");
    if (event === "ship" && state === "paid")
      return this.go("shipped", ["label", "pack", "send"], "recall parcel 7");
    if (event === "arrive" && state === "shipped") return this.go("done", []);
    if (event === "cancel" && ["created", "paid", "shipped"].includes(state))
      return this.go("cancelled", this.undo.toReversed());
    return false;
  }

  private go(state: string, did: readonly string[], undo?: string): true {
    this.state = state;
    this.did.push(...did);
    if (undo !== undefined) this.undo.push(undo);
    return true;
  }
}

test.each(SEEDS)("a machine does what its model does, seed %i", async (seed) => {
  const opened = await flowDatabase();
  const world = new World();
  const of = orderMachine(world);
  const nodes = [await flowNode(opened, "one", [of]), await flowNode(opened, "two", [of])];
  const follow = async (subject: string, at: number): Promise<void> => {
    // Each its own: in whatever order they come, a subject does the same for the same seed.
    const random = chance(seed + at);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    const model = new Model();
    const sent: { event: Event; id: string; fits: boolean; state: string }[] = [];
    await pick(nodes).machine(of).start(subject, { amount: 5n });
    for (let n = 0; n < EVENTS; n++) {
      const orders = pick(nodes).machine(of);
      const before = random() < 0.2 ? pick(sent) : undefined;
      if (before !== undefined) {
        const payload = { amount: before.fits ? 5n : 6n, by: "x" };
        const again = await orders.send(subject, before.event, { id: before.id, payload });
        expect(again).toMatchObject({ taken: true, repeated: true, state: before.state });
        continue;
      }
      const event = pick<Event>(["pay", "pay", "ship", "ship", "arrive", "cancel", "close"]);
      const fits = random() < 0.8;
      const id = `${subject}-${n}`;
      const taken = model.take(event, fits);
      const payload = { amount: fits ? 5n : 6n, by: "x" };
      const answer = await orders.send(subject, event, { id, payload });
      expect({ seed, n, event, ...answer }).toMatchObject({ taken, state: model.state });
      if (taken) sent.push({ event, id, fits, state: model.state });
    }
    const orders = pick(nodes).machine(of);
    await expect
      .poll(async () => (await orders.get(subject))?.settled, { timeout: 20_000 })
      .toBe(true);
    expect((await orders.get(subject))?.state).toBe(model.state);
    for (const word of model.did) expected.set(word, (expected.get(word) ?? 0) + 1);
  };
  const expected = new Map<string, number>();
  const subjects = Array.from({ length: SUBJECTS }, (_, n) => `s${n}`);
  await Promise.all(subjects.map(follow));
  const did = new Map<string, number>();
  for (const word of world.did) did.set(word, (did.get(word) ?? 0) + 1);
  expect(Object.fromEntries(did)).toEqual(Object.fromEntries(expected));
});
