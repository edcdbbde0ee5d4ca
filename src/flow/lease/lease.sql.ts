import { arg, as, sql, table } from "../../postgres/index.ts";

const lease = table("flow_lease");
const waiter = table("flow_lease_waiter");
const broken = table("flow_lease_break");

/** What the line counts ahead of one at most: whoever has more before them needn't know how many. */
const AHEAD_MAX = 8;
const WAITING_MAX = 1_000;
const DEAD_MAX = 1_000;

/**
 * Of each call that wants a lease: who has it, for how long yet, and how many live waiters stand
 * before it (before a call that isn't in line, all).
 */
export const standings = sql.named("flow.leaseStandings", {
  params: { takeIds: arg.texts, keys: arg.texts },
  columns: {
    takeId: as.text,
    token: as.int8Null,
    holderTakeId: as.textNull,
    leftMs: as.int8Null,
    number: as.int8Null,
    ahead: as.int8,
  },
})`select asked.take_id, held.token, held.take_id as holder_take_id,
    floor(extract(epoch from held.lease_until - clock_timestamp()) * 1000)::int8 as left_ms,
    me.number, line.ahead
  from unnest(${"takeIds"}, ${"keys"}) as asked (take_id, key)
  left join ${lease} as held on held.key = asked.key
  left join ${waiter} as me on me.waiter_id = asked.take_id
  cross join lateral (select count(*) as ahead from (
      select 1 from ${waiter} as before
      where before.key = asked.key and before.number < coalesce(me.number, 9223372036854775807)
        and before.alive_until > clock_timestamp()
      limit ${AHEAD_MAX}) as counted) as line`;

/** Which of these are held still, with these tokens. */
export const stillHeld = sql.named("flow.leaseStillHeld", {
  params: { keys: arg.texts, tokens: arg.int8s },
  columns: { key: as.text, token: as.int8 },
})`select held.key, held.token from unnest(${"keys"}, ${"tokens"}) as asked (key, token)
  join ${lease} as held on held.key = asked.key and held.token = asked.token
  where held.lease_until > clock_timestamp()`;

/**
 * In the transaction that asks, nobody takes the lease over until that has committed; nothing where
 * it is lost. Locks: the lease's row, for key share, which renewal and other checks share.
 */
export const checkHeld = sql.named("flow.leaseCheck", {
  params: { key: arg.text, token: arg.int8 },
  columns: { token: as.int8 },
})`select token from ${lease}
  where key = ${"key"} and token = ${"token"} and lease_until > clock_timestamp() for key share`;

const view = sql.part`held.key, held.token, held.holder, held.note, held.taken_at, held.lease_until,
    floor(extract(epoch from clock_timestamp() - held.taken_at) * 1000)::int8 as held_for_ms,
    (select count(*) from (select 1 from ${waiter} as line
      where line.key = held.key and line.alive_until > clock_timestamp()
      limit ${WAITING_MAX}) as counted) as waiting`;

const viewColumns = {
  key: as.text,
  token: as.int8,
  holder: as.text,
  note: as.textNull,
  takenAt: as.timestamptz,
  leaseUntil: as.timestamptz,
  heldForMs: as.int8,
  waiting: as.int8,
} as const;

/** Leases that are held, by key. */
export const leaseViews = sql.named("flow.leaseViews", {
  params: { prefix: arg.text, after: arg.text, end: arg.text, limit: arg.int4 },
  columns: viewColumns,
})`select ${view} from ${lease} as held
  where held.key >= ${"prefix"} and held.key > ${"after"} and held.key < ${"end"}
    and held.lease_until > clock_timestamp()
  order by held.key limit ${"limit"}`;

export const leaseView = sql.named("flow.leaseView", {
  params: { key: arg.text },
  columns: viewColumns,
})`select ${view} from ${lease} as held
  where held.key = ${"key"} and held.lease_until > clock_timestamp()`;

/** Newest first. */
export const leaseBreaks = sql.named("flow.leaseBreaks", {
  params: { key: arg.text, limit: arg.int4 },
  columns: {
    at: as.timestamptz,
    key: as.text,
    token: as.int8,
    holder: as.text,
    byWhom: as.text,
    reason: as.textNull,
  },
})`select at, key, token, holder, by_whom, reason from ${broken}
  where key = ${"key"} order by number desc limit ${"limit"}`;

/** Waiters whose processes have said nothing for a minute. */
export const deadWaiters = sql.named("flow.leaseDeadWaiters", {
  columns: { waiterId: as.text },
})`select waiter_id from ${waiter}
  where alive_until < clock_timestamp() - interval '1 minute' limit ${DEAD_MAX}`;
