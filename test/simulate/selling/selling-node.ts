/**
 * A node that sells, in a process of its own: it is told acts by lines and answers by lines, until somebody kills
 * it. It knows nothing of the simulation but what callers ask.
 */
import { createInterface } from "node:readline";
import { type Clock, faultsFromText, LongmenError, systemClock } from "../../../src/base/index.ts";
import { type Catalog, catalogMigrations, openCatalog } from "../../../src/catalog/index.ts";
import { type Flows, openFlows } from "../../../src/flow/index.ts";
import { type Book, openLedger, type Request } from "../../../src/ledger/index.ts";
import {
  type Offerings,
  openOfferings,
  openOrders,
  type Orders,
  PROVISIONED,
  provisioning,
} from "../../../src/order/index.ts";
import { Lane, openDatabase, postgresMigrations } from "../../../src/postgres/index.ts";
import { type CallBack, LISTEN_MS, providerFor, WITHIN_MS } from "./provider.ts";
import { BOOK, discounts, PAY_WITHIN_MS, quotesOf } from "./shop.ts";
import {
  type NewVersion,
  openRules,
  type Rules,
  rulesMigrations,
} from "../../../src/rules/index.ts";
import { surely } from "./troubled-database.ts";
import { fromLine, toLine } from "./wire.ts";

export interface NodeInput {
  readonly url: string;
  readonly schema: string;
  readonly name: string;
  readonly offsetMs: number;
  readonly faults?: string;
  /** Whether unpaid orders end by themselves here. */
  readonly sweep?: boolean;
  /** Whether it serves runs: services are provisioned, offerings settled and paid out. */
  readonly serves?: boolean;
  /** Short where it is left out, for callers who ask again; `PATIENT_MS` for those who don't. */
  readonly deadlineMs?: number;
}

type OrderDeed = "place" | "pay" | "cancel" | "fulfil" | "refund" | "close";
/** Asked until it is answered, and held against the tables. */
export type Deed = OrderDeed | "quote" | "post" | "offer" | "bid" | "payout";
type RuleDeed = "import" | "agree" | "live" | "events";

export interface Order {
  readonly n: number;
  readonly deed:
    Deed | RuleDeed | "expire" | "find" | "step" | "end" | "settle" | "call back" | "resume";
  readonly command: unknown;
}

export interface Told {
  readonly n: number;
  readonly answer?: unknown;
  /** A code, or the text of what should never have been thrown. */
  readonly thrown?: string;
}

const DEADLINE_MS = 3_000;
/** Longer than anything stands still on a busy machine. */
export const PATIENT_MS = 60_000;

function wrongClock(offsetMs: number): Clock & { step(ms: number): void } {
  let offset = offsetMs;
  return {
    now: () => systemClock.now() + offset,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    step: (ms) => {
      offset += ms;
    },
  };
}

/** The rooms as a house opens them, on a clock that can be wrong. */
export async function openSeller(input: NodeInput) {
  const { url, schema, name } = input;
  const clock = wrongClock(input.offsetMs);
  const database = await openDatabase({ url, schema, poolMax: 6, clock });
  const faults = faultsFromText(input.faults ?? "");
  const limits = { deadlineMs: input.deadlineMs ?? DEADLINE_MS };
  const ledger = openLedger({ database, clock, faults, limits, sweep: true });
  const lane = new Lane<never, never>({
    ...{ name: "shop rows", database, faults },
    rooms: [postgresMigrations, rulesMigrations, catalogMigrations],
  });
  const rules = await openRules({ database, lane });
  const catalog = openCatalog({ database, lane, rules: discounts });
  const book = await ledger.createBook(BOOK);
  const sweep = input.sweep === true ? { books: ledger } : undefined;
  const quotes = quotesOf(catalog);
  const runs = await openRuns(input, { database, ledger, faults });
  // By the database's time, whatever the node's clock says.
  const orders = openOrders({
    ...{ database, quotes, payWithinMs: PAY_WITHIN_MS, sweep },
    reactions: runs.reactions,
  });
  await runs.serve(orders);
  return {
    ...{ book, catalog, orders, rules, clock },
    close: async () => {
      await orders.stopSweep();
      await runs.close();
      await catalog.close();
      await rules.close();
      await lane.close();
      await ledger.close();
      await database.close();
    },
    do: (order: Order) => act({ book, orders, catalog, rules, clock, name, runs }, order),
  };
}

interface Around {
  readonly database: Awaited<ReturnType<typeof openDatabase>>;
  readonly ledger: ReturnType<typeof openLedger>;
  readonly faults: ReturnType<typeof faultsFromText>;
}

const LEASE_MS = 3_000;
const ASK_MS = 2_000;

/** Services and offerings with the runs behind them, as a house wires them. */
async function openRuns({ name, schema, serves }: NodeInput, { database, ledger, faults }: Around) {
  const known: { flows?: Flows; orders?: Orders } = {};
  const flows = () => known.flows ?? missing("the runs");
  const { provider, release } = providerFor({ database, schema, flows });
  const { flow, reaction } = provisioning({
    ...{ orders: () => known.orders ?? missing("the orders"), books: ledger, provider, release },
    ...{ withinMs: WITHIN_MS, listenMs: LISTEN_MS, late: "refund", askMs: ASK_MS },
    askRetry: { attempts: 3, baseMs: 20, maxMs: 100 },
  });
  const offerings = openOfferings({ database, books: ledger, flows });
  return {
    ...{ flows, offerings },
    reactions: serves === true ? [reaction(flows)] : [],
    serve: async (orders: Orders): Promise<void> => {
      known.orders = orders;
      if (serves !== true) return;
      known.flows = await openFlows({
        ...{ database, node: name, flows: [flow, ...offerings.flows], books: ledger },
        ...{ leaseMs: LEASE_MS, faults },
      });
    },
    close: async (): Promise<void> => known.flows?.close({ drainMs: 500 }),
  };
}

function missing(what: string): never {
  throw new Error(`${what} are not open`);
}

interface Acting {
  readonly book: Book;
  readonly catalog: Catalog;
  readonly orders: Orders;
  readonly rules: Rules;
  readonly clock: ReturnType<typeof wrongClock>;
  readonly name: string;
  readonly runs: { readonly flows: () => Flows; readonly offerings: Offerings };
}

const person = (owner: string) => {
  return { owner, kind: "person", from: "127.0.0.1", request: "simulated" } as const;
};

async function act(
  { book, orders, catalog, rules, clock, name, runs }: Acting,
  { n, deed, command }: Order,
): Promise<unknown> {
  const asked = { context: { by: name, request: `ask-${n}` } };
  switch (deed) {
    case "quote": {
      const { status, quote } = await catalog.quote(BOOK, command as never);
      const { id, hash, total, lines } = quote;
      return { status, quote: { id, hash, total }, sold: lines.map((line) => soldOf(line)) };
    }
    case "post":
      return posted(book, command as Request);
    case "expire":
      return orders.expireDue(book, asked);
    case "find":
      return orders.find(book, command as string);
    case "step":
      clock.step(Number(command));
      return undefined;
    case "import":
      return rules.import(BOOK, command as NewVersion, person("ann"));
    case "agree":
      await rules.test(BOOK, command as string, 1, person("ann"));
      return rules.approve(BOOK, command as string, 1, { by: person("bob") });
    case "events":
      return (await rules.events(BOOK, command as string)).items;
    case "live":
      return rules.makeLive(BOOK, command as string, 1, { by: person("bob") });
    case "end":
      return undefined;
    case "offer":
      return runs.offerings.open(book, command as never, asked);
    case "bid":
      return runs.offerings.bid(book, command as never, asked);
    case "payout":
      return runs.offerings.payOut(book, command as never, asked);
    case "settle":
      return runs.offerings.settle(book, { offering: command as string }, asked);
    case "resume":
      return runs.flows().resume(command as string);
    case "call back": {
      const { match, payload } = command as CallBack;
      return runs.flows().publish(PROVISIONED, payload, { match });
    }
    default:
      return orders[deed](book, command as never, asked);
  }
}

const soldOf = ({ sku, quantity, amount }: { sku: string; quantity: bigint; amount: bigint }) => {
  return { sku, quantity, amount };
};

async function posted(book: Book, request: Request) {
  const answer = await book.submit(request);
  if (answer.status !== "refused") return { status: answer.status };
  return { status: "refused", code: answer.code, details: {} };
}

/** A code that somebody can act on, or what no caller should ever see. */
function thrownOf(error: unknown): string {
  if (error instanceof LongmenError) return error.code;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function main(input: NodeInput): Promise<void> {
  // Born while the server is down, say: somebody starts it again.
  const seller = await surely(() => openSeller(input));
  const tell = (told: Told) => void process.stdout.write(`${toLine(told)}\n`);
  const underWay = new Set<Promise<void>>();
  let isOpen = true;
  const end = async (): Promise<never> => {
    isOpen = false;
    await Promise.all(underWay);
    await seller.close();
    process.exit(0);
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    const order = fromLine(line) as Order;
    const { n, deed } = order;
    if (deed === "end") return void end();
    if (!isOpen) return tell({ n, thrown: "lane.closed" });
    const doing = seller.do(order).then(
      (answer) => tell({ n, answer }),
      (error: unknown) => tell({ n, thrown: thrownOf(error) }),
    );
    underWay.add(doing);
    void doing.finally(() => underWay.delete(doing));
  });
  tell({ n: 0, answer: "open" });
}

const [, script = "", given] = process.argv;
if (script === import.meta.filename && given !== undefined) {
  await main(fromLine(given) as NodeInput);
}
