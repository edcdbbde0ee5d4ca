/** The only place where what is done meets what follows it, in its own commit: one line each. */
import type { Wired, WiredParts } from "./cli/index.ts";
import { provisioning } from "./order/index.ts";

/** What this house's orders start, and the flows that are started. */
export function reactions({ orders, books, flows, log }: WiredParts): Wired {
  const services = provisioning({
    ...{ orders, books },
    alarm: ({ book, order, line, sku }, why) => {
      log.warn({ book, order, line, sku, why }, "a paid service is not delivered in time");
    },
  });
  return {
    flows: [services.flow],
    reactions: [
      // order.paid: whoever provisions its services calls back with the event order.provisioned.
      services.reaction(flows),
    ],
  };
}
