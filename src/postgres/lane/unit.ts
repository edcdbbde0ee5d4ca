/**
 * A unit of work: everything that one business act changes, decided and committed as one. It may
 * carry a posting (decided by the lane's engine, the ledger), rows of several rooms, and guards
 * ("this order is still held, at this version"). A unit is applied whole or not at all, and never
 * fails its neighbours in the same flush.
 */

/** Puts the schema before a table's or function's name: q("order_line") is "longmen"."order_line". */
export type Qualify = (name: string) => string;

export type WireValue = Buffer | string | null;

/**
 * One statement of a flush, ready for the wire: a named prepared statement and its parameters, or a
 * `copy … from stdin` and the rows in its binary format. One that a room has written says so.
 */
export type FlushStatement = { readonly text: string; readonly room?: string | undefined } & (
  | { readonly name: string; readonly values: readonly WireValue[] }
  | { readonly name?: undefined; readonly copied: Buffer }
);

/** The statement `label` refused the unit: a guard that did not hold, or a key that is taken. */
export interface Conflict {
  readonly status: "conflict";
  readonly by: string;
}

/**
 * `committed`: applied whole, with the engine's answer to its posting, if it had one.
 * `refused`: the engine refused the posting; nothing of the unit was applied.
 * `repeated`: the posting had been carried out before; the rows that went with it stand already.
 */
export type UnitAnswer<Answer> =
  | { readonly status: "committed"; readonly answer: Answer | undefined }
  | { readonly status: "refused" | "repeated"; readonly answer: Answer }
  | Conflict;

interface SetBased<Item> {
  readonly room: string;
  /** "order.still_held", "order.insert": names the statement in conflicts and pg_stat_statements. */
  readonly label: string;
  /** Everything after $1; arrays as long as the items, or scalars. */
  values(items: readonly Item[]): readonly WireValue[];
}

/**
 * A condition that must hold for a unit to be applied: rows that are still as they were read. Guards
 * never wait: a row that somebody else holds locked counts as changed. Two units that guard one row
 * (the same `key` in the same `table`, by whichever guards) are never sent in one flush.
 */
export interface Guard<Item> extends SetBased<Item> {
  /** The table whose row it locks. */
  readonly table: string;
  /** Names the row there. All guards of a table name its rows alike. */
  key(item: Item): string;
  /**
   * Selects the `ordinal`s of the items whose condition holds, ending in
   * `for no key update of … skip locked`. $1 is the int4[] of ordinals; start from
   * `unnest($1::int4[], $2::…) as asked (ordinal, …)`.
   */
  holds(q: Qualify): string;
}

/** How a room writes the rows of many units in one statement. */
export interface Writer<Item> extends SetBased<Item> {
  /** Rooms write in the order of their layers, within one in the order of first use. */
  readonly layer: number;
  /** Inserts or updates, `on conflict do nothing`, `returning 1`. $1 is the int4[] of ordinals. */
  write(q: Qualify): string;
  /**
   * Rows of another table that go along with the same items, as `name as (insert into … select …)`: one
   * statement instead of two where one item makes both. They are not counted.
   */
  beside?(q: Qualify): string;
  /** How many rows one item makes; anything else aborts the flush. 1 when left out. */
  readonly rowsPerItem?: number;
  /** Selects the `ordinal`s of items that could not be written: asked only when the count is off. */
  culprits(q: Qualify): string;
}

export interface GuardUse {
  readonly guard: Guard<never>;
  readonly item: unknown;
}

export interface WriteUse {
  readonly writer: Writer<never>;
  readonly item: unknown;
}

export interface Unit<Posting> {
  /** Resolves an unknown outcome; the id of the business act. */
  readonly key: string;
  readonly posting: Posting | undefined;
  readonly guards: readonly GuardUse[];
  readonly writes: readonly WriteUse[];
}

export interface UnitBuilder<Posting> extends Unit<Posting> {
  guard<Item>(guard: Guard<Item>, item: Item): UnitBuilder<Posting>;
  /** `const`: a request written on the spot keeps its kind, and needs no annotation. */
  post<const P>(posting: P): UnitBuilder<P>;
  write<Item>(writer: Writer<Item>, ...items: readonly Item[]): UnitBuilder<Posting>;
}

/** Starts a unit. `key` is the id of the business act: it resolves an unknown outcome. */
export function unit(key: string): UnitBuilder<never> {
  return grow<never>({ key, posting: undefined, guards: [], writes: [] });
}

function grow<Posting>(base: Unit<Posting>): UnitBuilder<Posting> {
  return {
    ...base,
    guard(guard, item) {
      return grow({ ...base, guards: [...base.guards, { guard, item }] });
    },
    post: (posting) => grow({ ...base, posting }),
    write(writer, ...items) {
      const added = items.map((item) => ({ writer, item }));
      return grow({ ...base, writes: [...base.writes, ...added] });
    },
  };
}

export interface SubmitOptions {
  /**
   * Until when the caller waits, from now. Past it a unit that was not sent is dropped
   * (lane.deadline_passed); of one that was sent the outcome is unknown (lane.outcome_unknown).
   * 30 s when left out.
   */
  readonly deadlineMs?: number | undefined;
}
