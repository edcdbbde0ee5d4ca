import { assert } from "../base/index.ts";
import { unit, type Writer } from "../postgres/index.ts";
import { anyKeeper } from "./access.sql.ts";
import { commitUnit } from "./commit-unit.ts";
import { type Actor, checkActor, checkNewKey, type NewKey, writeScopes } from "./key.ts";
import { doOnce, insertOnce, type Once } from "./once.ts";
import { type AccessRoom, hasHash, type KeyAndToken, viewOfKey } from "./room.ts";
import { makeToken, type MadeToken } from "./token.ts";
import { insertEvents, insertFirstKey, insertKeys, type KeyRow } from "./write-keys.ts";

/** Who owns the key that the first start makes. */
const FIRST_KEY: NewKey = {
  owner: "admin",
  ownerKind: "person",
  scopes: [{ action: "admin", book: "*" }],
  note: "made by the first start",
};

/** Makes a key and shows its token, once. Not safe to repeat: each call makes another. */
export async function createKey(room: AccessRoom, asked: NewKey, by: Actor): Promise<KeyAndToken> {
  checkNewKey(asked, room.database.clock.now());
  const made = await insert(room, insertKeys, asked, by);
  assert(made !== undefined, "two of 2^60 key ids were the same");
  return made;
}

/** The same, at most once under a name of the caller's. */
export function createKeyOnce(room: AccessRoom, asked: NewKey, by: Actor, once: Once) {
  return doOnce(room, once, () => {
    // Asked again years later it is answered as it was, though its end has come since.
    checkNewKey(asked, room.database.clock.now());
    return insert(room, insertKeys, asked, by, once);
  });
}

/**
 * Makes the first key, with every right, if there never was a key that may make keys: by however many
 * nodes this is called at once, one of them gets it and the others get nothing.
 */
export async function ensureFirstKey(
  room: AccessRoom,
  by: Actor,
): Promise<KeyAndToken | undefined> {
  const { found } = await room.database.one(anyKeeper, {});
  return found ? undefined : insert(room, insertFirstKey, FIRST_KEY, by);
}

async function insert(
  room: AccessRoom,
  writer: Writer<KeyRow>,
  asked: NewKey,
  by: Actor,
  once?: Once,
): Promise<KeyAndToken | undefined> {
  checkActor(by);
  const made = makeToken();
  const { keyId, token, secretHash } = made;
  const what = "key.created";
  const making = unit(`access/create/${keyId}`)
    .write(writer, rowOf(asked, made))
    .write(insertEvents, { ...by, what, keyId });
  const outcome = await commitUnit(
    room.lane,
    once === undefined ? making : making.write(insertOnce, { ...once, what, keyId }),
    () => hasHash(room, keyId, secretHash),
  );
  return outcome === "conflict" ? undefined : { key: await viewOfKey(room, keyId), token };
}

function rowOf(asked: NewKey, { keyId, secretHash }: MadeToken): KeyRow {
  const { owner, ownerKind, scopes, note = null, expiresAt = null } = asked;
  return { keyId, owner, ownerKind, scopes: writeScopes(scopes), note, secretHash, expiresAt };
}
