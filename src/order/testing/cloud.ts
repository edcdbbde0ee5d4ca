/** For tests: a shop that sells services, and the provider that they come from. */
import { expect, onTestFinished } from "vitest";
import { type Flows, openFlows } from "../../flow/index.ts";
import {
  matchOf,
  PROVISIONED,
  type ProvisionAsked,
  type ProvisionedOrders,
  provisioning,
  type ProvisioningOptions,
  type Said,
} from "../index.ts";
import { openShop, type Shop, wallet } from "./shop.ts";

export const unstocked = (sku: string, quantity: bigint, amount: bigint) =>
  ({ sku, quantity, list: amount, amount, stocked: false }) as const;

type Policy = Partial<Omit<ProvisioningOptions, "orders" | "books">>;

export interface Cloud extends Shop {
  readonly flows: () => Flows;
  /** What the provider was asked for. */
  readonly asked: ProvisionAsked[];
  readonly released: ProvisionAsked[];
  readonly alarms: number[];
  /** Says how a provider would call back. */
  readonly callBack: (order: string, line: number, payload: unknown) => Promise<unknown>;
}

/** A shop that sells machines of a cloud; `answer` is what its provider says, `between` what befalls acts of its runs. */
export async function openCloud(
  answer: (asked: ProvisionAsked, flows: () => Flows) => Promise<Said> | Said,
  policy: Policy = {},
  between: (orders: ProvisionedOrders) => ProvisionedOrders = (orders) => orders,
): Promise<Cloud> {
  const asked: ProvisionAsked[] = [];
  const released: ProvisionAsked[] = [];
  const alarms: number[] = [];
  const nodes: Flows[] = [];
  const flows = () => nodes[0] ?? expect.fail("no node of flows is open");
  const shop = await openShop({
    stock: { A: 10n },
    reactions: async ({ name, database, ledger, orders }) => {
      const { flow, reaction } = provisioning({
        orders: () => between(orders()),
        books: ledger,
        provider: async (wanted) => {
          asked.push(wanted);
          return answer(wanted, flows);
        },
        release: async (wanted) => void released.push(wanted),
        alarm: ({ line }) => void alarms.push(line),
        withinMs: 20_000,
        listenMs: 400,
        ...policy,
      });
      const opened = await openFlows({ database, node: name, flows: [flow], books: ledger });
      onTestFinished(() => opened.close({ drainMs: 500 }));
      nodes.push(opened);
      return [reaction(() => opened)];
    },
  });
  const callBack = (order: string, line: number, payload: unknown) =>
    flows().publish(PROVISIONED, payload, { match: matchOf("shop", order, line) });
  return { ...shop, flows, asked, released, alarms, callBack };
}

/** An order of a piece, two machines and an address, paid with 90 pence. */
export async function buy({ orders, book, command }: Cloud, id = "o1"): Promise<string[]> {
  const lines = [["A", 1n, 10n] as const, unstocked("VM", 2n, 60n), unstocked("IP", 1n, 20n)];
  await orders.place(book, command(id, lines));
  await orders.pay(book, wallet(id, 90n), { context: { by: "ann", request: "req-1" } });
  return ((await orders.find(book, id))?.steps[1]?.runs ?? [])
    .toSorted((a, b) => inputLine(a) - inputLine(b))
    .map(({ id: run }) => run);
}

const inputLine = ({ input }: { input?: unknown }) => (input as { line: number }).line;

export const outcomes = async ({ flows }: Cloud, runs: readonly string[]) =>
  Promise.all(
    runs.map(async (id) => {
      const { outcome } = (await flows().run(id).result({ timeoutMs: 15_000 })) as {
        outcome: string;
      };
      return outcome;
    }),
  );

export async function dues({ orders, book }: Cloud, id = "o1") {
  const { order, lines } = (await orders.lines(book, id)) ?? expect.fail("there is no order");
  return [order.state, ...lines.map((l) => `${l.delivered.quantity}+${l.calledOff.quantity}`)];
}
