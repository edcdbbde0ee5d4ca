/** What may follow an act, in its own commit. */
import type { WriteUse } from "../postgres/index.ts";
import type { OrderNow } from "./order.ts";
import type { OrderAct } from "./order-machine.ts";

/** An act that is about to be committed, and the order as it will be then. */
export interface Happening {
  /** The book's name. */
  readonly book: string;
  readonly act: OrderAct;
  readonly order: OrderNow;
  /** Lines of which no stock is held: services. */
  readonly services: readonly number[];
  /** The payment, fulfilment or refund. */
  readonly key?: string | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

/** Rows that go into the act's unit: what `flows.starting` answers is one. */
export interface Contribution {
  /** Of the run; the timeline has it. */
  readonly id: string;
  readonly uses: readonly WriteUse[];
  /** Told once the act is committed. It may not come: a reply can be lost. */
  committed?(): void;
}

/**
 * Looks at an act and says what goes into its commit; it does nothing itself, for the act may still be refused, or
 * asked about again. One that throws keeps the act from being done. A start with a `key` of its own that a run has
 * already refuses the act, so leave it out: an act is done once, and so is its start.
 */
export type Reaction = (
  happening: Happening,
) => readonly Contribution[] | Promise<readonly Contribution[]>;
