/**
 * A unit of work: everything that one business act changes, decided and committed as one. It may
 * carry a posting (decided by the lane's engine, the ledger), rows of several rooms, and guards
 * ("this order is still held, at this version"). A unit is applied whole or not at all, and never
 * fails its neighbours in the same flush.
 */
import type { Statement } from "../sql.ts";

/** Why a row could not be written or a guard did not hold: the label of the statement that says so. */
export interface Conflict {
  readonly status: "conflict";
  /** "order.still_held": the guard or the write that refused. */
  readonly by: string;
}

/** The engine's answer, when the unit was applied or its posting refused; or the conflict. */
export type UnitAnswer<Answer> =
  | { readonly status: "committed"; readonly answer: Answer | undefined }
  | { readonly status: "refused"; readonly answer: Answer }
  | Conflict;

/**
 * One set-based statement of a flush. `ordinals` are the places of its units in the flush and always
 * the first parameter, `int4[]`; the others are arrays of the same length or scalars.
 */
export interface FlushStatement {
  readonly statement: Statement<readonly Buffer[], unknown>;
  readonly values: readonly (Buffer | null)[];
}

/**
 * A condition that must hold for a unit to be applied: rows that are still as they were read. Guards
 * never wait: a row that somebody else holds locked counts as changed. Two units of one flush with
 * the same `lockKey` are never sent together.
 */
export interface Guard<Arg> {
  readonly room: string;
  /** "order.still_held" */
  readonly label: string;
  /** Identifies the guarded row inside the guard. */
  lockKey(arg: Arg): string;
  /**
   * Selects the ordinals of the units whose condition holds, locking with `skip locked`.
   * `sql` starts from `unnest($1::int4[], …) as asked (ordinal, …)`.
   */
  statement(ordinals: readonly number[], args: readonly Arg[]): FlushStatement;
}

/** How a room writes the rows of many units in one statement. */
export interface Writer<Row> {
  readonly room: string;
  /** "order.insert" */
  readonly label: string;
  /** Rooms write in layer order; within a room in the order its writers were first used. */
  readonly layer: number;
  /** The statement and how many rows it must touch; a difference aborts the flush. */
  statement(ordinals: readonly number[], rows: readonly Row[]): FlushStatement & { readonly expect: number };
}

export interface GuardUse {
  readonly guard: Guard<unknown>;
  readonly arg: unknown;
}

export interface WriteUse {
  readonly writer: Writer<unknown>;
  readonly row: unknown;
}

export interface Unit<Posting> {
  /** Resolves an unknown outcome; the id of the business act. */
  readonly key: string;
  readonly posting: Posting | undefined;
  readonly guards: readonly GuardUse[];
  readonly writes: readonly WriteUse[];
}

export interface UnitBuilder<Posting> extends Unit<Posting> {
  guard<Arg>(guard: Guard<Arg>, arg: Arg): UnitBuilder<Posting>;
  post(posting: Posting): UnitBuilder<Posting>;
  write<Row>(writer: Writer<Row>, ...rows: readonly Row[]): UnitBuilder<Posting>;
}

/** Starts a unit. `key` is the id of the business act: it resolves an unknown outcome. */
export function unit<Posting = never>(key: string): UnitBuilder<Posting> {
  return grow({ key, posting: undefined, guards: [], writes: [] });
}

function grow<Posting>(base: Unit<Posting>): UnitBuilder<Posting> {
  return {
    ...base,
    guard: (guard, arg) =>
      grow({ ...base, guards: [...base.guards, { guard: guard as Guard<unknown>, arg }] }),
    post: (posting) => grow({ ...base, posting }),
    write: (writer, ...rows) => {
      const added = rows.map((row) => ({ writer: writer as Writer<unknown>, row }));
      return grow({ ...base, writes: [...base.writes, ...added] });
    },
  };
}

export interface SubmitOptions {
  /**
   * Until when the caller waits, from now. Past it, a unit that was not sent is dropped
   * (lane.deadline_passed); one that was sent is answered lane.outcome_unknown. 10 s when left out.
   */
  readonly deadlineMs?: number | undefined;
}
