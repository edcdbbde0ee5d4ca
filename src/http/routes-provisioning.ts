/** A provider's call-back: of one line of an order, in one book. */
import { fail } from "../base/index.ts";
import { matchOf, orderErrors, PROVISIONED } from "../order/index.ts";
import { inShop, writesRuns } from "./codes.ts";
import { flowsOf } from "./gate-runs.ts";
import { enterShop, sellingOf } from "./gate-shop.ts";
import { route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { SAID_ONCE, saidCodes, sayOnce } from "./say-once.ts";
import { lineParam, orderParam, ProvisionedBody } from "./schemas-orders.ts";
import { Told } from "./schemas-runs.ts";
import { taken } from "./taken.ts";

const sayProvisioned = route({
  method: "POST",
  group: "Orders",
  needs: "shop.provide",
  orNeeds: "shop.operate",
  path: "/v1/books/{book}/orders/{order}/lines/{line}/provisioned",
  name: "sayProvisioned",
  summary: "Say that a line's service is there, or won't be",
  description:
    "A provider's call-back. `done` delivers the line, `refused` calls it off and gives its money back. The first that counts does; sent again, too early or too late, nothing is done twice. " +
    SAID_ONCE,
  params: { ...bookParam, ...orderParam, ...lineParam },
  body: taken(ProvisionedBody),
  takesOnce: true,
  answers: { 200: { description: "It is recorded, and will be heard.", schema: Told } },
  codes: [
    ...inShop,
    ...writesRuns,
    ...saidCodes,
    "order.command_malformed",
    "order.missing",
    "order.line_missing",
  ],
  example: { status: "done", reference: "vm-8812" },
  async handle(call) {
    const { book: name, order, line } = call.params;
    const { orders } = sellingOf(call);
    const book = await enterShop(call, ["shop.provide", "shop.operate"]);
    const seen = await orders.lines(book, order);
    if (seen === undefined) throw fail(orderErrors, "missing", { order });
    if (seen.lines[Number(line)] === undefined) {
      throw fail(orderErrors, "line_missing", { order, line });
    }
    const match = matchOf(name, order, Number(line));
    return sayOnce(call, `provisioned ${match}`, (once) =>
      flowsOf(call).publish(PROVISIONED, call.body, { match, once }),
    );
  },
});

export const provisioningRoutes: readonly Route[] = [sayProvisioned];
