/** What a house sells with: rules, the catalogue that asks them for prices, and orders at its quotes. */
import {
  type Catalog,
  catalogMigrations,
  openCatalog,
  type PriceRule,
} from "../../catalog/index.ts";
import {
  openOfferings,
  openOrders,
  type Offerings,
  type Orders,
  type QuoteBook,
} from "../../order/index.ts";
import { Lane, postgresMigrations } from "../../postgres/index.ts";
import {
  decisionRow,
  insertDecisions,
  openRules,
  type Rules,
  rulesMigrations,
} from "../../rules/index.ts";
import { assert } from "../../base/index.ts";
import type { AnyFlow, Flows } from "../../flow/index.ts";
import type { House } from "../house.ts";
import type { OpenHouse } from "../open-house.ts";

export interface Selling {
  readonly rules: Rules;
  readonly catalog: Catalog;
  readonly orders: Orders;
  readonly offerings: Offerings;
  /** What orders and offerings start: to be served by this house's node, which is then told of by `startOn`. */
  readonly flows: readonly AnyFlow[];
  startOn(flows: Flows): void;
  /** Writes down what was decided, and waits for what is under way. */
  close(): Promise<void>;
}

/** What selling needs of a house. */
export interface SellingHouse extends Pick<OpenHouse, "database" | "ledger" | "log"> {
  readonly config: Pick<OpenHouse["config"], "faults" | "keepDays" | "payWithinS">;
}

/** What a house without reactions has. */
const NOTHING_FOLLOWS: House["reactions"] = () => ({ flows: [], reactions: [] });

/** Refuses: what openRules refuses. */
export async function openSelling(
  house: SellingHouse,
  reactionsOf: House["reactions"] = NOTHING_FOLLOWS,
): Promise<Selling> {
  const { config, database, ledger: books, log } = house;
  const lane = new Lane<never, never>({
    name: "shop rows",
    database,
    log,
    faults: config.faults,
    rooms: [postgresMigrations, rulesMigrations, catalogMigrations],
  });
  const rules = await openRules({ database, lane, log, keepDays: config.keepDays }).catch(
    async (error) => {
      await lane.close();
      throw error;
    },
  );
  const catalog = openCatalog({
    ...{ database, lane, rules: pricesBy(rules) },
    // What an order was sold by stays as its proof.
    keepQuotes: { days: config.keepDays, sold: (ids) => orders.soldQuotes(ids), log },
  });
  // Orders start runs, and runs act on orders: each is asked for when both are open.
  const late: { orders?: Orders; flows?: Flows } = {};
  const { flows, reactions } = reactionsOf({
    orders: () => opened(late.orders),
    flows: () => opened(late.flows),
    ...{ books, log },
  });
  const sweep = { books, log };
  const payWithinMs = config.payWithinS === undefined ? undefined : config.payWithinS * 1_000;
  const quotes = quotesOf(catalog);
  const orders = openOrders({ database, quotes, payWithinMs, sweep, reactions });
  late.orders = orders;
  const offerings = openOfferings({ database, books, flows: () => opened(late.flows) });
  return {
    ...{ rules, catalog, orders, offerings, flows: [...flows, ...offerings.flows] },
    startOn: (node) => void (late.flows = node),
    async close() {
      await orders.stopSweep();
      await catalog.close();
      await rules.close();
      await lane.close();
    },
  };
}

function opened<T>(part: T | undefined): T {
  assert(part !== undefined, "nothing is done before orders and flows are open");
  return part;
}

/**
 * Prices by rule are decisions like any other: in the log, by version and hash. Those of a quote are in its commit, so
 * that its proof names none that isn't there.
 */
function pricesBy(rules: Rules): PriceRule {
  return async ({ book, rule, input, request, isKept = false }) => {
    // As the door writes it: the trace, then where it came from.
    const traceId = /^[0-9a-f]{32}(?=@)/.exec(request ?? "")?.[0];
    const asked = traceId === undefined ? {} : { traceId };
    const log = isKept ? "by_caller" : "beside";
    const decision = await rules.decide(book, rule, input, { ...asked, log });
    const { output, version, hash, decisionId } = decision;
    const made = { output, version, hash, decisionId };
    if (!isKept) return made;
    return { ...made, keep: (quote) => quote.write(insertDecisions, decisionRow(decision)) };
  };
}

function quotesOf(catalog: Catalog): QuoteBook {
  return {
    async read(book, quoteId) {
      const quote = await catalog.readQuote(book, quoteId);
      if (quote === undefined) return undefined;
      const lines = quote.lines.map((line) => ({
        ...line,
        discounts: line.discounts.map(({ code, amount }) => ({ rule: code, amount })),
      }));
      const withdrawn = await catalog.withdrawnOf(quote);
      const agreed = quote.lines.some(({ proof }) => proof.agreed !== undefined);
      return { ...quote, asset: quote.currency, lines, withdrawn, agreed };
    },
  };
}
