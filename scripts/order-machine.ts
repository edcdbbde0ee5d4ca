/** The life of an order as a page: a diagram and a table, made of the machine's own data. */
import { orderMachine, orderStates, type OrderState } from "../src/order/index.ts";

interface Way {
  readonly from: OrderState;
  readonly act: string;
  readonly to: OrderState;
  readonly when: string | undefined;
}

export async function renderOrderMachine(): Promise<string> {
  const ways = orderStates.flatMap(waysFrom);
  return [
    "# The life of an order",
    "",
    "*Made by `npm run generate` from `src/order/order-machine.ts`; change it there.*",
    "",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> placed: place",
    ...ways.map(({ from, act, to, when }) => {
      return `  ${from} --> ${to}: ${act}${when === undefined ? "" : ` (${when})`}`;
    }),
    ...ends().map((state) => `  ${state} --> [*]`),
    "```",
    "",
    "Of several ways of one act the first whose condition holds is gone. What stands nowhere here is refused:",
    "`order.not_possible`, or a nearer word for it.",
    "",
    "| from | act | to | when |",
    "|---|---|---|---|",
    ...ways.map(({ from, act, to, when = "" }) => `| ${from} | ${act} | ${to} | ${when} |`),
    "",
  ].join("\n");
}

function waysFrom(from: OrderState): Way[] {
  return Object.entries(orderMachine[from]).flatMap(([act, ways]) =>
    ways.map(({ to, when }) => ({ from, act, to, when })),
  );
}

function ends(): readonly OrderState[] {
  return orderStates.filter((state) => Object.keys(orderMachine[state]).length === 0);
}
