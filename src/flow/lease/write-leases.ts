/**
 * How leases are written: the writers that units carry. All of them judge by the database's clock.
 * Each answers the items that it wrote, so that who could not is found by what is missing, also when
 * a row is locked or was changed behind this statement's snapshot.
 */
import { arrayOf, type Qualify, type Writer } from "../../postgres/index.ts";
import type { LeaseRef } from "./lease.ts";

const ROOM = "flow";
const LAYER = 2;

/** The asked ordinals that `written` lacks: an item may stand there as often as it has rows. */
const missing = (): string =>
  "select ordinal from unnest($1::int4[]) as asked (ordinal) except all select ordinal from written";

const until = (ttl: string): string => `clock_timestamp() + ${ttl} * interval '1 millisecond'`;

/** A call of `take`, with the token that it has seen: 0 where the key was never taken. */
export interface Taking {
  readonly key: string;
  readonly seen: bigint;
  readonly takeId: string;
  readonly holder: string;
  readonly note: string | null;
  readonly ttlMs: number;
  /** Its place in line; null for who came just now. */
  readonly place: bigint | null;
}

const takingValues = (items: readonly Taking[]) => [
  arrayOf.text(items.map(({ key }) => key)),
  arrayOf.int8(items.map(({ seen }) => seen)),
  arrayOf.text(items.map(({ takeId }) => takeId)),
  arrayOf.text(items.map(({ holder }) => holder)),
  arrayOf.text(items.map(({ note }) => note)),
  arrayOf.int4(items.map(({ ttlMs }) => ttlMs)),
  arrayOf.int8(items.map(({ place }) => place)),
];
const asTaking = `unnest($1::int4[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[],
    $7::int4[], $8::int8[]) as asked (ordinal, key, seen, take_id, holder, note, ttl_ms, place)`;
const nobodyBefore = (q: Qualify): string => `not exists (
    select 1 from ${q("flow_lease_waiter")} as before
    where before.key = asked.key and before.waiter_id <> asked.take_id
      and before.number < coalesce(asked.place, 9223372036854775807)
      and before.alive_until > clock_timestamp())`;

/** Of a key that was never taken. In the order of keys: two nodes must not wait for each other. */
export const insertLeases: Writer<Taking> = {
  room: ROOM,
  label: "flow.insert_lease",
  layer: LAYER,
  values: takingValues,
  write: (q) => `insert into ${q("flow_lease")}
      (key, token, holder, take_id, note, taken_at, lease_until)
    select asked.key, 1, asked.holder, asked.take_id, asked.note, clock_timestamp(),
      ${until("asked.ttl_ms")}
    from ${asTaking} where asked.seen = 0 and ${nobodyBefore(q)}
    order by asked.key on conflict do nothing returning take_id`,
  culprits: () => `select asked.ordinal from ${asTaking}
    where asked.take_id not in (select take_id from written)`,
};

/**
 * Of a key that nobody holds, at the token that was seen: raises the token, which no commit under the
 * one before survives. Doesn't wait for one in flight: whoever is under it holds the row's key, so the
 * row is skipped, and taking is tried again. Nor does it lock a lease that is held: its holder's
 * checks, which don't wait either, would take that for a take-over. Locks: rows of free leases, in no
 * order, since it waits for none.
 */
export const takeLeases: Writer<Taking> = {
  room: ROOM,
  label: "flow.take_lease",
  layer: LAYER,
  values: takingValues,
  write: (q) => `with free as (
      select asked.ordinal, asked.key, asked.seen, asked.holder, asked.take_id, asked.note, asked.ttl_ms
      from ${asTaking}
      join ${q("flow_lease")} as held on held.key = asked.key and held.token = asked.seen
      where held.lease_until <= clock_timestamp() and ${nobodyBefore(q)}
      for update of held skip locked)
    update ${q("flow_lease")} as taken
    set token = taken.token + 1, holder = free.holder, take_id = free.take_id, note = free.note,
      taken_at = clock_timestamp(), lease_until = ${until("free.ttl_ms")}
    from free where taken.key = free.key and taken.token = free.seen returning free.ordinal`,
  culprits: missing,
};

export interface Renewing extends LeaseRef {
  readonly ttlMs: number;
}

/** A lease that has run out is not brought back, though nobody has taken it yet. */
export const renewLeases: Writer<Renewing> = {
  room: ROOM,
  label: "flow.renew_lease",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ key }) => key)),
    arrayOf.int8(items.map(({ token }) => token)),
    arrayOf.int4(items.map(({ ttlMs }) => ttlMs)),
  ],
  write: (q) => `update ${q("flow_lease")} as renewed set lease_until = ${until("asked.ttl_ms")}
    from unnest($1::int4[], $2::text[], $3::int8[], $4::int4[]) as asked (ordinal, key, token, ttl_ms)
    where renewed.key = asked.key and renewed.token = asked.token
      and renewed.lease_until > clock_timestamp()
    returning asked.ordinal`,
  culprits: missing,
};

/** By the call that took it, so that a lease can be given back whose token was never learnt. */
export const releaseLeases: Writer<{ readonly key: string; readonly takeId: string }> = {
  room: ROOM,
  label: "flow.release_lease",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ key }) => key)),
    arrayOf.text(items.map(({ takeId }) => takeId)),
  ],
  write: (q) => `update ${q("flow_lease")} as released set lease_until = clock_timestamp()
    from unnest($1::int4[], $2::text[], $3::text[]) as asked (ordinal, key, take_id)
    where released.key = asked.key and released.take_id = asked.take_id
      and released.lease_until > clock_timestamp()
    returning asked.ordinal`,
  culprits: missing,
};

/**
 * What a unit carries to be applied only while a lease is held: `unit(id).write(leaseHeld, held)`, in
 * any lane on the database and schema of the leases. Where it is held no more, nothing of the unit is
 * applied and its answer is `conflict` by `flow.lease_held`; while the unit is being committed nobody
 * takes the lease over. A writer that writes nothing, and not a guard: all units of a holder may share
 * a flush. Never waits: a row that is locked is being taken over. Locks: the lease's row, for key
 * share. A posting that was carried out before is answered `repeated` without being checked.
 */
export const leaseHeld: Writer<LeaseRef> = {
  room: ROOM,
  label: "flow.lease_held",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ key }) => key)),
    arrayOf.int8(items.map(({ token }) => token)),
  ],
  write: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::int8[]) as asked (ordinal, key, token)
    join ${q("flow_lease")} as held on held.key = asked.key and held.token = asked.token
    where held.lease_until > clock_timestamp() for key share of held skip locked`,
  culprits: missing,
};

export interface Breaking extends LeaseRef {
  readonly takeId: string;
  readonly by: string;
}

/** Raises the token of a lease that is held, and leaves it to nobody. */
export const breakLeases: Writer<Breaking> = {
  room: ROOM,
  label: "flow.break_lease",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ key }) => key)),
    arrayOf.int8(items.map(({ token }) => token)),
    arrayOf.text(items.map(({ takeId }) => takeId)),
    arrayOf.text(items.map(({ by }) => by)),
  ],
  write: (q) => `with seen as (
      select asked.ordinal, asked.key, asked.token, asked.take_id, asked.by_whom
      from unnest($1::int4[], $2::text[], $3::int8[], $4::text[], $5::text[])
        as asked (ordinal, key, token, take_id, by_whom)
      join ${q("flow_lease")} as held on held.key = asked.key and held.token = asked.token
      where held.lease_until > clock_timestamp() for update of held skip locked)
    update ${q("flow_lease")} as broken
    set token = broken.token + 1, holder = seen.by_whom, take_id = seen.take_id, note = null,
      taken_at = clock_timestamp(), lease_until = clock_timestamp()
    from seen where broken.key = seen.key and broken.token = seen.token returning seen.ordinal`,
  culprits: missing,
};

export interface BreakRow extends LeaseRef {
  readonly holder: string;
  readonly by: string;
  readonly reason: string | null;
}

export const insertBreaks: Writer<BreakRow> = {
  room: ROOM,
  label: "flow.insert_lease_break",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ key }) => key)),
    arrayOf.int8(items.map(({ token }) => token)),
    arrayOf.text(items.map(({ holder }) => holder)),
    arrayOf.text(items.map(({ by }) => by)),
    arrayOf.text(items.map(({ reason }) => reason)),
  ],
  write: (q) => `insert into ${q("flow_lease_break")} (key, token, holder, by_whom, reason)
    select key, token, holder, by_whom, reason
    from unnest($1::int4[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[])
      as made (ordinal, key, token, holder, by_whom, reason) returning 1`,
  // A break has no key of its own that could be taken.
  culprits: () => "select ordinal from unnest($1::int4[]) as made (ordinal) where false",
};

export interface InLine {
  readonly waiterId: string;
  readonly key: string;
  readonly holder: string;
  readonly aliveMs: number;
}

/** Gets into the line at its end, or says that one is waiting still. */
export const waitInLine: Writer<InLine> = {
  room: ROOM,
  label: "flow.wait_in_line",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ waiterId }) => waiterId)),
    arrayOf.text(items.map(({ key }) => key)),
    arrayOf.text(items.map(({ holder }) => holder)),
    arrayOf.int4(items.map(({ aliveMs }) => aliveMs)),
  ],
  write: (q) => `insert into ${q("flow_lease_waiter")} as line (waiter_id, key, holder, alive_until)
    select waiter_id, key, holder, ${until("alive_ms")}
    from unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int4[])
      as made (ordinal, waiter_id, key, holder, alive_ms) order by ordinal
    on conflict (waiter_id) do update set alive_until = excluded.alive_until returning 1`,
  culprits: () => "select ordinal from unnest($1::int4[]) as made (ordinal) where false",
};

/** Conflict: it was not in line. */
export const leaveLine: Writer<{ readonly waiterId: string }> = {
  room: ROOM,
  label: "flow.leave_line",
  layer: LAYER,
  values: (items) => [arrayOf.text(items.map(({ waiterId }) => waiterId))],
  write: (q) => `delete from ${q("flow_lease_waiter")} as line
    using unnest($1::int4[], $2::text[]) as asked (ordinal, waiter_id)
    where line.waiter_id = asked.waiter_id returning asked.ordinal`,
  culprits: missing,
};
