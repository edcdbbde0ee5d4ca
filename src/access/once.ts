/**
 * What is done at most once under a name that the caller gave (`Idempotency-Key`): the name, who gave
 * it and a hash of what was asked are written in the commit of what was done. Who asks again learns
 * what came of it; not the token, of which only a hash was kept.
 */
import { backoff, fail, systemClock } from "../base/index.ts";
import { arrayOf, type Writer } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { readOnce } from "./access.sql.ts";
import type { AccessAct, KeyView } from "./key.ts";
import { type AccessRoom, type KeyAndToken, viewOfKey } from "./room.ts";

export interface Once {
  /** The id of the key that asks: two callers may use one name. */
  readonly caller: string;
  readonly name: string;
  /** SHA-256 of what is asked. */
  readonly bodyHash: Buffer;
}

/** It was done before, under the same name: what it made stands, its token was shown then. */
export interface KeyReplayed {
  readonly key: KeyView;
  readonly token: undefined;
}

interface OnceRow extends Once {
  readonly what: AccessAct;
  readonly keyId: string;
}

export const insertOnce: Writer<OnceRow> = {
  room: "access",
  label: "access.insert_once",
  layer: 3,
  values: (rows) => [
    arrayOf.text(rows.map(({ caller }) => caller)),
    arrayOf.text(rows.map(({ name }) => name)),
    arrayOf.bytea(rows.map(({ bodyHash }) => bodyHash)),
    arrayOf.text(rows.map(({ what }) => what)),
    arrayOf.text(rows.map(({ keyId }) => keyId)),
  ],
  write: (q) => `insert into ${q("access_once")} (caller, once_key, body_hash, what, key_id)
    select caller, once_key, body_hash, what, key_id
    from unnest($1::int4[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[])
      as made (ordinal, caller, once_key, body_hash, what, key_id)
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::text[]) as asked (ordinal, caller, name)
    join ${q("access_once")} as known on known.caller = asked.caller and known.once_key = asked.name
    union
    select max(ordinal) from unnest($1::int4[], $2::text[], $3::text[]) as twin (ordinal, caller, name)
    group by caller, name having count(*) > 1`,
};

const LOOKS_MAX = 6;

/**
 * Does it unless it was done under this name. `act` answers undefined where something was there first:
 * then the name is looked up again, a few times, since the other may be on its way yet.
 * Refuses: access.once_reused.
 */
export async function doOnce(
  room: AccessRoom,
  once: Once,
  act: () => Promise<KeyAndToken | undefined>,
): Promise<KeyAndToken | KeyReplayed | undefined> {
  const before = (await replayOf(room, once)) ?? (await act());
  if (before !== undefined) return before;
  for (let attempt = 1; attempt <= LOOKS_MAX; attempt++) {
    const replay = await replayOf(room, once);
    if (replay !== undefined) return replay;
    await systemClock.sleep(backoff({ attempt, baseMs: 10, maxMs: 200 }));
  }
  return undefined;
}

async function replayOf(
  room: AccessRoom,
  { caller, name, bodyHash }: Once,
): Promise<KeyReplayed | undefined> {
  const found = await room.database.maybe(readOnce, { caller, name });
  if (found === undefined) return undefined;
  if (!found.bodyHash.equals(bodyHash)) throw fail(accessErrors, "once_reused", { name });
  return { key: await viewOfKey(room, found.keyId), token: undefined };
}
