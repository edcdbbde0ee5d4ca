/**
 * Whether an entry that was carried out was allowed to be: the rules of the ledger once more, read
 * from its tables rather than from the engine that wrote them. Pure.
 */
import type { Instant } from "../base/index.ts";
import { balancingNumbers, entryKinds } from "./entry.ts";
import type { FoldedAccount } from "./verify-accounts.ts";
import type { Invariant } from "./verify-finding.ts";
import type { JournalRow, Link } from "./verify-journal.ts";

/** A hold as its resolution finds it. */
export interface ResolvedHold {
  readonly seq: number;
  readonly kind: number;
  readonly status: number;
  readonly asset: number | undefined;
  readonly debit: number | undefined;
  readonly credit: number | undefined;
  readonly amount: bigint | undefined;
  readonly expiresAt: Instant | undefined;
  readonly resolutions: number;
}

/** What stands around an entry: its accounts just before it, its batch and the one before. */
export interface Scene {
  readonly link: Link;
  readonly previous: Link;
  readonly debit: FoldedAccount | undefined;
  readonly credit: FoldedAccount | undefined;
  readonly hold: ResolvedHold | undefined;
}

export type Problem = readonly [Invariant, string];

/** Why the entry should not be there; undefined when all is well. */
export function problemOf(row: JournalRow, scene: Scene): Problem | undefined {
  switch (row.kind) {
    case entryKinds.transfer:
    case entryKinds.pending:
      return movementProblem(row, scene);
    case entryKinds.post:
    case entryKinds.void:
    case entryKinds.expire:
      return resolutionProblem(row, scene);
    case entryKinds.open:
    case entryKinds.bound:
    case entryKinds.close:
    case entryKinds.reopen:
      return eventProblem(row, scene);
    case entryKinds.asset:
      return assetProblem(row);
    default:
      return ["I8", `it has the unknown kind ${row.kind}`];
  }
}

function movementProblem(row: JournalRow, scene: Scene): Problem | undefined {
  const { debit, credit } = scene;
  if (row.amount === undefined) return ["I8", "it moves no amount"];
  if (row.pendingSeq !== undefined) return ["I5", "it resolves a hold, as no movement can"];
  const accounts = accountsProblem(row, debit, credit);
  if (accounts !== undefined) return accounts;
  if (debit?.running.closed === true) return ["I8", "its debit account was closed"];
  if (credit?.running.closed === true) return ["I8", "its credit account was closed"];
  return balancingProblem(row, scene) ?? timeoutProblem(row, scene);
}

function accountsProblem(
  row: JournalRow,
  debit: FoldedAccount | undefined,
  credit: FoldedAccount | undefined,
): Problem | undefined {
  if (debit?.opened !== true) return ["I8", `its debit account ${row.debit} was not open`];
  if (credit?.opened !== true) return ["I8", `its credit account ${row.credit} was not open`];
  if (debit === credit) return ["I1", "it debits and credits one account"];
  if (debit.asset !== row.asset || credit.asset !== row.asset) {
    return ["I1", "its accounts are not both of its asset"];
  }
  return undefined;
}

function balancingProblem(row: JournalRow, { debit, credit }: Scene): Problem | undefined {
  const { amount, requested, balancing } = row;
  if (balancing === undefined) {
    return requested === undefined ? undefined : ["I8", "it was asked for another amount"];
  }
  if (requested === undefined || debit === undefined || credit === undefined) {
    return ["I8", "it balances an amount that is not recorded"];
  }
  if (debit.doubt !== undefined || credit.doubt !== undefined) return undefined;
  let most = requested;
  if (balancing !== balancingNumbers.credit) {
    const { creditsPosted, debitsPosted, debitsPending } = debit.running;
    most = least(most, creditsPosted - debitsPosted - debitsPending);
  }
  if (balancing !== balancingNumbers.debit) {
    const { debitsPosted, creditsPosted, creditsPending } = credit.running;
    most = least(most, debitsPosted - creditsPosted - creditsPending);
  }
  return amount === most ? undefined : ["I8", `it should have moved what was there, ${most}`];
}

function least(a: bigint, b: bigint): bigint {
  const smaller = a < b ? a : b;
  return smaller < 0n ? 0n : smaller;
}

function timeoutProblem(row: JournalRow, { link }: Scene): Problem | undefined {
  const { kind, timeoutMs, expiresAt } = row;
  const due = timeoutMs === undefined ? undefined : link.at + timeoutMs;
  if (kind === entryKinds.transfer && timeoutMs !== undefined) {
    return ["I8", "it has a time-out, as only a hold can"];
  }
  return expiresAt === due ? undefined : ["I5", "its time-out does not end when it should"];
}

function resolutionProblem(row: JournalRow, scene: Scene): Problem | undefined {
  const { hold } = scene;
  const isHold = hold !== undefined && hold.kind === entryKinds.pending && hold.status === 0;
  if (!isHold || hold.seq >= row.seq) return ["I5", "there is no hold that it could resolve"];
  if (hold.resolutions > 1) return ["I5", `its hold ${hold.seq} is resolved more than once`];
  if (row.asset !== hold.asset || row.debit !== hold.debit || row.credit !== hold.credit) {
    return ["I5", `its accounts or asset are not those of its hold ${hold.seq}`];
  }
  return (
    accountsProblem(row, scene.debit, scene.credit) ??
    resolvedAmountProblem(row, hold.amount ?? 0n) ??
    resolvedTimeProblem(row, hold, scene)
  );
}

function resolvedAmountProblem(row: JournalRow, held: bigint): Problem | undefined {
  const { kind, amount, requested } = row;
  if (kind === entryKinds.post) {
    if (amount === undefined || amount > held)
      return ["I5", `it posts more than was held, ${held}`];
    return amount === (requested ?? held)
      ? undefined
      : ["I8", "it posts another amount than asked"];
  }
  if (kind === entryKinds.void) {
    const whole = amount === held && (requested ?? held) === held;
    return whole ? undefined : ["I5", `it voids another amount than was held, ${held}`];
  }
  return amount === 0n ? undefined : ["I5", "an expiry moves nothing"];
}

function resolvedTimeProblem(
  row: JournalRow,
  hold: ResolvedHold,
  { link, previous, debit, credit }: Scene,
): Problem | undefined {
  const due = hold.expiresAt ?? Infinity;
  if (due <= previous.sweptUntil && hold.seq <= previous.lastSeq) {
    return ["I5", `its hold ${hold.seq} should have expired before`];
  }
  if (row.kind === entryKinds.expire) {
    return link.at >= due ? undefined : ["I5", `it expires its hold ${hold.seq} too early`];
  }
  if (link.at >= due) return ["I5", `its hold ${hold.seq} had expired`];
  const closed = debit?.running.closed === true || credit?.running.closed === true;
  return row.kind === entryKinds.post && closed ? ["I8", "an account of it was closed"] : undefined;
}

function eventProblem(row: JournalRow, { debit }: Scene): Problem | undefined {
  const { kind } = row;
  if (row.credit !== undefined) return ["I8", "an account event has one account"];
  if (debit === undefined) return ["I8", `its account ${row.debit} is not there`];
  if (debit.asset !== row.asset) return ["I8", "its asset is not that of its account"];
  if (kind === entryKinds.open) {
    return row.debit === row.seq ? undefined : ["I8", "it opens another account than its own"];
  }
  if (!debit.opened) return ["I8", "its account was not open"];
  if (debit.doubt !== undefined) return undefined;
  const { closed } = debit.running;
  if (kind === entryKinds.reopen) return closed ? undefined : ["I8", "its account was not closed"];
  return closed ? ["I8", "its account was closed"] : undefined;
}

function assetProblem(row: JournalRow): Problem | undefined {
  const own = row.asset === row.seq && row.debit === undefined && row.credit === undefined;
  return own ? undefined : ["I8", "it defines another asset than its own"];
}
