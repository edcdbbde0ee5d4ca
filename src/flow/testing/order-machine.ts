/** For tests: an order as a state machine, and a world that it does things in, which can fail. */
import { machine, raise, type Steps } from "../index.ts";

export interface OrderData {
  readonly amount: bigint;
  readonly paidBy?: string;
}

export class World {
  readonly did: string[] = [];
  /** Names of what fails, and how often; Infinity for ever. */
  readonly fails = new Map<string, number>();

  do(f: Steps, name: string): Promise<void> {
    return f.step(
      name,
      () => {
        const left = this.fails.get(name) ?? 0;
        if (left > 0) {
          this.fails.set(name, left - 1);
          throw new Error(`${name} failed`);
        }
        this.did.push(name);
      },
      { retry: { attempts: 2, baseMs: 1, maxMs: 2 } },
    );
  }
}

export const orderMachine = (world: World, timeoutMs = 60_000, retryMs = 1) =>
  machine("order", {
    input: (value) => value as OrderData,
    initial: "created",
    states: {
      created: {
        entry: (f) => world.do(f, "reserve"),
        timeout: { afterMs: timeoutMs, to: "closed" },
      },
      paid: { entry: (f) => world.do(f, "charge"), failed: "closing" },
      shipped: {
        entry: async (f) => {
          await world.do(f, "pack");
          await world.do(f, "send");
          return "parcel 7";
        },
      },
      closing: { entry: () => raise("close", "by itself") },
      done: { final: true },
      closed: { final: true, entry: (f) => world.do(f, "close") },
      cancelled: { final: true },
    },
    transitions: [
      {
        from: "created",
        on: "pay",
        to: "paid",
        guard: ({ data, event }) => (event.payload as { amount: bigint }).amount === data.amount,
        assign: ({ data, event }) => ({ ...data, paidBy: (event.payload as { by: string }).by }),
      },
      { from: "paid", on: "ship", to: "shipped", action: (f) => world.do(f, "label") },
      { from: "shipped", on: "arrive", to: "done" },
      { from: ["created", "paid", "shipped"], on: "cancel", to: "cancelled", compensates: true },
      { from: "closing", on: "close", to: "closed", compensates: true },
    ],
    compensate: {
      created: (f) => world.do(f, "release"),
      paid: (f) => world.do(f, "refund"),
      shipped: (f, { result }) => world.do(f, `recall ${String(result)}`),
    },
    retry: { baseMs: retryMs, maxMs: 20 * retryMs },
  });
