/** What is given to provisioning, and what it gives: nouns of `provisioning.ts`. */
import type { Flow, Flows, RetryPolicy, Steps } from "../flow/index.ts";
import type { Book } from "../ledger/index.ts";
import type { LinesView } from "./lines-view.ts";
import type { FulfilOrder, OrderAnswer, RefundOrder } from "./order.ts";
import type { Callback, Said } from "./provider-says.ts";
import type { Reaction } from "./reaction.ts";
import type { Asked } from "./room.ts";

/** Of open orders: what provisioning does with them. */
export interface ProvisionedOrders {
  lines(book: Book, orderId: string): Promise<LinesView | undefined>;
  fulfil(book: Book, command: FulfilOrder, asked?: Asked): Promise<OrderAnswer>;
  refund(book: Book, command: RefundOrder, asked?: Asked): Promise<OrderAnswer>;
}

/** What a provider is asked for: a line of an order, all of it. */
export interface ProvisionAsked {
  /** The same for every attempt: the provider knows a repeat by it. */
  readonly key: string;
  readonly signal: AbortSignal;
  readonly book: string;
  readonly order: string;
  readonly buyer: string;
  readonly line: number;
  readonly sku: string;
  readonly quantity: bigint;
  readonly unit?: string | undefined;
  /** What a call-back has to name: of `event`, with this `match`. */
  readonly match: string;
}

/** The same, whoever is asked. */
export type Wanted = Omit<ProvisionAsked, "key" | "signal">;

/**
 * `done`: it is there. `refused`: it won't be. `later`: a call-back says so. Thrown, after some attempts: nobody knows,
 * and a call-back is waited for.
 */
export type Provider = (asked: ProvisionAsked) => Promise<Said>;

/** What was provisioned is owed to nobody any more: so much of it is to be taken back. */
export type Release = (asked: ProvisionAsked, provisioned: Callback) => Promise<unknown>;

export interface ProvisioningOptions {
  readonly orders: () => ProvisionedOrders;
  readonly books: { book(name: string): Promise<Book> };
  /** Without one whoever follows the orders' events provisions, and calls back. */
  readonly provider?: Provider | undefined;
  readonly release?: Release | undefined;
  /** The flow's name; `order.provision` when left out. */
  readonly name?: string | undefined;
  /** How long one attempt to ask may take; 30 s when left out. */
  readonly askMs?: number | undefined;
  /** How often and how soon it is asked again; as a step of flows when left out. */
  readonly askRetry?: RetryPolicy | undefined;
  /** How long a call-back is waited for; a day when left out. */
  readonly withinMs?: number | undefined;
  /**
   * Where none came in time. `refund`: the line is given back, and what comes later is released. `wait`, when left out:
   * the order stays, the run says that it is late, and waits on, as long again each time, a week at most.
   */
  readonly late?: "refund" | "wait" | undefined;
  /**
   * An alarm, told each time that a call-back is late, and where the order does not take what is to be done to it for a
   * while, which is tried without end. `why` is for people.
   */
  readonly alarm?: ((asked: Wanted, why: string) => unknown) | undefined;
  /** How long a line that was given back still listens for what is to be released; a week when left out. */
  readonly listenMs?: number | undefined;
  /** Which lines it provisions; every service when left out. */
  readonly provisions?: ((order: string, line: number) => boolean) | undefined;
}

/** What the run was started with: policies stay as they were when the order was paid. */
export interface ProvisionInput {
  readonly book: string;
  readonly order: string;
  readonly line: number;
  readonly withinMs: number;
  readonly late: "refund" | "wait";
  readonly listenMs: number;
}

/** How it ended. */
export interface Provisioned {
  readonly outcome: "delivered" | "given back" | "called off" | "released";
  readonly reason?: string | undefined;
}

export interface Provisioning {
  /** To be served by the nodes that may ask the provider. */
  readonly flow: Flow<ProvisionInput, Provisioned>;
  /** To be given to `openOrders`: a run for each service of an order that is paid. */
  readonly reaction: (flows: () => Pick<Flows, "starting">) => Reaction;
}

/** One run, its policy and what it works with. */
export interface At {
  readonly options: ProvisioningOptions;
  readonly f: Steps;
  readonly input: ProvisionInput;
  /** Once it was looked at. */
  readonly wanted?: Wanted | undefined;
}
