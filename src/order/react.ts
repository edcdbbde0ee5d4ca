/**
 * What is to happen on an act is started in the act's own commit: the act is done and the run is there, or neither.
 * An act that is decided anew asks its reactions anew.
 */
import type { Unit, WriteUse } from "../postgres/index.ts";
import { type KnownOrder, nowOf } from "./known-order.ts";
import type { OrderNow } from "./order.ts";
import type { OrderAct } from "./order-machine.ts";
import type { Asked, OrderRoom } from "./room.ts";
import { insertRuns } from "./write-orders.ts";

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

interface Doing {
  readonly book: { readonly id: number; readonly name: string };
  readonly act: OrderAct;
  readonly after: KnownOrder;
  readonly key?: string | undefined;
  readonly reason?: string | undefined;
}

export const NO_CONTRIBUTIONS: readonly Contribution[] = [];

export async function contributionsOf(
  { reactions }: OrderRoom,
  { book, act, after, key, reason }: Doing,
  { context }: Asked,
): Promise<readonly Contribution[]> {
  const happening: Happening = {
    book: book.name,
    act,
    order: nowOf(after),
    services: after.held.unstocked,
    key,
    reason,
    by: context?.by,
    request: context?.request,
  };
  const all: Contribution[] = [];
  for (const reaction of reactions) all.push(...(await reaction(happening)));
  return all;
}

/** The unit with what the reactions put into it, and a row for each run, by which the order finds it. */
export function withContributions<P>(
  work: Unit<P>,
  all: readonly Contribution[],
  { book, after }: Pick<Doing, "book" | "after">,
): Unit<P> {
  if (all.length === 0) return work;
  const place = { bookId: book.id, orderId: after.id, version: after.version };
  const runs = all.map(({ id: run }) => ({ writer: insertRuns, item: { ...place, run } }));
  return { ...work, writes: [...work.writes, ...all.flatMap(({ uses }) => uses), ...runs] };
}

export function tellCommitted(all: readonly Contribution[]): void {
  for (const one of all) one.committed?.();
}
