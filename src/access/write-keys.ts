/** How keys and their events are written: the guard and the writers that units of this room carry. */
import type { Instant } from "../base/index.ts";
import { arrayOf, type Guard, type Writer } from "../postgres/index.ts";
import type { AccessAct, Actor } from "./key.ts";

const ROOM = "access";
const LAYER = 3;

export interface KeyRow {
  readonly keyId: string;
  readonly owner: string;
  readonly ownerKind: string;
  readonly scopes: string;
  readonly note: string | null;
  readonly secretHash: Buffer;
  readonly expiresAt: Instant | null;
}

const keyArrays =
  "$2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[]";
const keyColumns = "key_id, owner, owner_kind, scopes, note, secret_hash, expires_at";
const keyValues = (rows: readonly KeyRow[]) => [
  arrayOf.text(rows.map((row) => row.keyId)),
  arrayOf.text(rows.map((row) => row.owner)),
  arrayOf.text(rows.map((row) => row.ownerKind)),
  arrayOf.text(rows.map((row) => row.scopes)),
  arrayOf.text(rows.map((row) => row.note)),
  arrayOf.bytea(rows.map((row) => row.secretHash)),
  arrayOf.timestamptz(rows.map((row) => row.expiresAt)),
];

export const insertKeys: Writer<KeyRow> = {
  room: ROOM,
  label: "access.insert_key",
  layer: LAYER,
  values: keyValues,
  write: (q) => `insert into ${q("access_key")} (${keyColumns}, is_first)
    select ${keyColumns}, false
    from unnest($1::int4[], ${keyArrays}) as made (ordinal, ${keyColumns})
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal from unnest($1::int4[], $2::text[]) as asked (ordinal, id)
    join ${q("access_key")} as known on known.key_id = asked.id`,
};

/** Of a key that may make keys: the same in `anyKeeper`. */
const IS_KEEPER = "scopes ~ '(^| )(admin|keys)@[*]( |$)'";

/**
 * The first key, only where none may make keys. No `on conflict`: when another node's first key is being
 * committed, the unique index makes this one wait, fail for a passing reason, and be tried again;
 * then it sees the other.
 */
export const insertFirstKey: Writer<KeyRow> = {
  room: ROOM,
  label: "access.insert_first_key",
  layer: LAYER,
  values: keyValues,
  write: (q) => `insert into ${q("access_key")} (${keyColumns}, is_first)
    select ${keyColumns}, true
    from unnest($1::int4[], ${keyArrays}) as made (ordinal, ${keyColumns})
    where ordinal = ($1::int4[])[1] and not exists (select 1 from ${q("access_key")} where ${IS_KEEPER}) returning 1`,
  culprits: (q) => `select asked.ordinal from unnest($1::int4[]) as asked (ordinal)
    where asked.ordinal > ($1::int4[])[1] or exists (select 1 from ${q("access_key")} where ${IS_KEEPER})`,
};

export interface SeenKey {
  readonly keyId: string;
  readonly version: number;
}

/** The key is as it was read, and not revoked. */
export const keyAsRead: Guard<SeenKey> = {
  room: ROOM,
  label: "access.key_as_read",
  table: "access_key",
  key: ({ keyId }) => keyId,
  values: (items) => [
    arrayOf.text(items.map(({ keyId }) => keyId)),
    arrayOf.int4(items.map(({ version }) => version)),
  ],
  holds: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::int4[]) as asked (ordinal, key_id, version)
    join ${q("access_key")} as seen using (key_id, version)
    where seen.revoked_at is null for no key update of seen skip locked`,
};

export interface Rotation {
  readonly keyId: string;
  readonly secretHash: Buffer;
  readonly graceMs: number;
}

/**
 * The secret before the one that is replaced is good for nothing from now on; the replaced one for no
 * longer than its key.
 */
export const rotateKeys: Writer<Rotation> = {
  room: ROOM,
  label: "access.rotate_key",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ keyId }) => keyId)),
    arrayOf.bytea(items.map(({ secretHash }) => secretHash)),
    arrayOf.int8(items.map(({ graceMs }) => BigInt(graceMs))),
  ],
  write: (q) => `update ${q("access_key")} as rotated
    set former_hash = rotated.secret_hash,
      former_until = least(clock_timestamp() + asked.grace_ms * interval '1 millisecond',
        rotated.expires_at),
      secret_hash = asked.hash, rotated_at = clock_timestamp(), version = rotated.version + 1
    from unnest($1::int4[], $2::text[], $3::bytea[], $4::int8[])
      as asked (ordinal, key_id, hash, grace_ms)
    where rotated.key_id = asked.key_id returning 1`,
  culprits: (q) => `select asked.ordinal from unnest($1::int4[], $2::text[]) as asked (ordinal, id)
    where not exists (select 1 from ${q("access_key")} as known where known.key_id = asked.id)`,
};

export const revokeKeys: Writer<{ readonly keyId: string }> = {
  room: ROOM,
  label: "access.revoke_key",
  layer: LAYER,
  values: (items) => [arrayOf.text(items.map(({ keyId }) => keyId))],
  write: (q) => `update ${q("access_key")} as revoked
    set revoked_at = clock_timestamp(), version = revoked.version + 1
    from unnest($1::int4[], $2::text[]) as asked (ordinal, key_id)
    where revoked.key_id = asked.key_id returning 1`,
  culprits: (q) => `select asked.ordinal from unnest($1::int4[], $2::text[]) as asked (ordinal, id)
    where not exists (select 1 from ${q("access_key")} as known where known.key_id = asked.id)`,
};

export interface EventRow extends Actor {
  readonly what: AccessAct;
  readonly keyId: string;
  readonly graceMs?: number;
}

export const insertEvents: Writer<EventRow> = {
  room: ROOM,
  label: "access.insert_event",
  layer: LAYER,
  values: (items) => [
    arrayOf.text(items.map(({ what }) => what)),
    arrayOf.text(items.map(({ keyId }) => keyId)),
    arrayOf.text(items.map(({ by }) => by)),
    arrayOf.text(items.map(({ from }) => from)),
    arrayOf.text(items.map(({ request }) => request)),
    arrayOf.int8(items.map(({ graceMs }) => (graceMs === undefined ? null : BigInt(graceMs)))),
  ],
  write: (q) => `insert into ${q("access_event")}
      (what, key_id, by_whom, came_from, request, grace_ms)
    select what, key_id, by_whom, came_from, request, grace_ms
    from unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[])
      as made (ordinal, what, key_id, by_whom, came_from, request, grace_ms) returning 1`,
  // An event has no key of its own that could be taken.
  culprits: () => "select ordinal from unnest($1::int4[]) as made (ordinal) where false",
};
