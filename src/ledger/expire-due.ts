/** Frees the holds whose time-outs ended: before anything else of a batch is decided. */
import type { Batch } from "./batch.ts";
import { release } from "./decide.ts";
import { DUE_MAX, type Due, type DueHolds } from "./due-holds.ts";
import { ABSENT, type Account, type BookMemory } from "./memory.ts";
import type { Hold } from "./hold.ts";

/**
 * `ready`: nothing that ended by the batch's time is still open. `load`: a hold or an account is not
 * in memory. `full`: so much was due that the batch takes nothing else and the rest is for the next.
 */
export function expireDue(
  memory: BookMemory,
  due: DueHolds,
  batch: Batch,
): "ready" | "load" | "full" {
  for (let first = due.first(); first !== undefined; first = due.first()) {
    if (first.expiresAt > batch.at) break;
    if (batch.rows.length >= DUE_MAX) {
      const resolvedTo = Math.min(first.expiresAt - 1, due.horizon);
      batch.sweptUntil = Math.max(resolvedTo, batch.sweptBefore);
      return "full";
    }
    const done = expireOne(memory, batch, first);
    if (!done) return "load";
    const popped = first;
    due.pop();
    batch.onUndo(() => due.restore(popped));
  }
  if (due.horizon >= batch.at) return "ready";
  batch.sweptUntil = Math.max(due.horizon, batch.sweptBefore);
  return "full";
}

/** False when memory does not have what it takes. True also when there was nothing left to do. */
function expireOne(memory: BookMemory, batch: Batch, { id, seq, expiresAt }: Due): boolean {
  const hold = memory.holds.get(id);
  if (hold === undefined) return false;
  if (typeof hold !== "object" || hold.state !== "open" || hold.seq !== seq) return true;
  // Decided once before, in a batch that was taken back, with the same seq and another end.
  if (hold.expiresAt !== expiresAt) return true;
  const debit = memory.account(hold.debit, hold.asset);
  const credit = memory.account(hold.credit, hold.asset);
  if (debit === undefined || credit === undefined) return false;
  // Only where somebody removed an account by hand: the book goes on, and verify names the hold.
  if (debit === ABSENT || credit === ABSENT) return true;
  bookExpiry(batch, hold, debit, credit);
  return true;
}

function bookExpiry(batch: Batch, hold: Hold, debit: Account, credit: Account): void {
  const seq = ++batch.seq;
  release(batch, seq, hold, debit, credit, 0n);
  batch.resolve(hold, "expired");
  const id = `~expire/${hold.seq}`;
  batch.book({
    id,
    kind: "expire",
    asset: debit.asset.number,
    debit: debit.number,
    credit: credit.number,
    place: undefined,
    context: undefined,
    // Nobody asked for it; the request it ends is the nearest there is.
    request: { kind: "void", id, pendingId: hold.id },
    seq,
    at: batch.at,
    amount: 0n,
    assetCode: hold.asset,
    debitPath: hold.debit,
    creditPath: hold.credit,
    pendingSeq: hold.seq,
    expiresAt: undefined,
    inherited: undefined,
  });
}
