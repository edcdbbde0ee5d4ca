import { arg, as, sql, table } from "../postgres/index.ts";

const key = table("access_key");
const event = table("access_event");

/**
 * What checking a token needs, of keys that are not revoked. How long something is good yet is told
 * in milliseconds by the database's clock: nodes need not agree about the time of day.
 */
export const readKeys = sql.named("access.readKeys", {
  params: { ids: arg.texts },
  columns: {
    keyId: as.text,
    owner: as.text,
    ownerKind: as.text,
    scopes: as.text,
    secretHash: as.bytea,
    formerHash: as.byteaNull,
    formerLeftMs: as.int8Null,
    leftMs: as.int8Null,
    expiresAt: as.timestamptzNull,
  },
})`select key_id, owner, owner_kind, scopes, secret_hash, former_hash,
    floor(extract(epoch from former_until - clock_timestamp()) * 1000)::int8 as former_left_ms,
    floor(extract(epoch from expires_at - clock_timestamp()) * 1000)::int8 as left_ms,
    expires_at
  from ${key} where key_id = any(${"ids"}) and revoked_at is null`;

const view = sql.part`key_id, owner, owner_kind, scopes, note,
    case when revoked_at is not null then 'revoked'
      when expires_at <= clock_timestamp() then 'expired' else 'live' end as state,
    number, version, created_at, expires_at, rotated_at,
    case when former_until > clock_timestamp() then former_until end as former_until, revoked_at`;

const viewColumns = {
  keyId: as.text,
  owner: as.text,
  ownerKind: as.text,
  scopes: as.text,
  note: as.textNull,
  state: as.text,
  number: as.int8,
  version: as.int4,
  createdAt: as.timestamptz,
  expiresAt: as.timestamptzNull,
  rotatedAt: as.timestamptzNull,
  formerUntil: as.timestamptzNull,
  revokedAt: as.timestamptzNull,
} as const;

/** Keys in the order in which they were made. */
export const keyViews = sql.named("access.keyViews", {
  params: { after: arg.int8, limit: arg.int4 },
  columns: viewColumns,
})`select ${view} from ${key} where number > ${"after"} order by number limit ${"limit"}`;

export const keyView = sql.named("access.keyView", {
  params: { keyId: arg.text },
  columns: viewColumns,
})`select ${view} from ${key} where key_id = ${"keyId"}`;

/** Was there ever a key that may make keys? */
export const anyKeeper = sql.named("access.anyKeeper", {
  columns: { found: as.bool },
})`select exists (select 1 from ${key} where scopes ~ '(^| )(admin|keys)@[*]( |$)') as found`;

/** Newest first. */
export const eventViews = sql.named("access.eventViews", {
  params: { before: arg.int8, limit: arg.int4 },
  columns: {
    number: as.int8,
    at: as.timestamptz,
    what: as.text,
    keyId: as.text,
    owner: as.text,
    byWhom: as.text,
    cameFrom: as.text,
    request: as.text,
    graceMs: as.int8Null,
    scopes: as.text,
  },
})`select event.number, event.at, event.what, event.key_id, owner.owner, event.by_whom,
    event.came_from, event.request, event.grace_ms, owner.scopes
  from ${event} as event join ${key} as owner on owner.key_id = event.key_id
  where event.number < ${"before"} order by event.number desc limit ${"limit"}`;

/** What was done under a caller's name for it. */
export const readOnce = sql.named("access.readOnce", {
  params: { caller: arg.text, name: arg.text },
  columns: { bodyHash: as.bytea, keyId: as.text },
})`select body_hash, key_id from ${table("access_once")}
  where caller = ${"caller"} and once_key = ${"name"}`;
