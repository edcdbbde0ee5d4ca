/**
 * What is to happen on an act is started in the act's own commit: the act is done and the run is there, or neither.
 * An act that is decided anew asks its reactions anew.
 */
import type { Unit } from "../postgres/index.ts";
import { type KnownOrder, nowOf } from "./known-order.ts";
import type { OrderAct } from "./order-machine.ts";
import type { Contribution, Happening } from "./reaction.ts";
import type { Asked, OrderRoom } from "./room.ts";
import { insertRuns } from "./write-orders.ts";

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
