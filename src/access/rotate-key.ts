import { fail } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { commitUnit } from "./commit-unit.ts";
import { type Actor, checkActor, checkGrace } from "./key.ts";
import { type AccessRoom, hasHash, type KeyAndToken, rowOfKey, viewOfKey } from "./room.ts";
import { makeToken } from "./token.ts";
import { insertEvents, keyAsRead, rotateKeys } from "./write-keys.ts";

/** Gives a live key a new secret. The contract stands at the door, `open-access.ts`. */
export async function rotateKey(
  room: AccessRoom,
  keyId: string,
  graceMs: number,
  by: Actor,
): Promise<KeyAndToken> {
  checkActor(by);
  checkGrace(graceMs);
  const { version, state } = await rowOfKey(room, keyId);
  if (state !== "live") throw fail(accessErrors, "key_ended", { keyId, state });
  const { token, secretHash } = makeToken(keyId);
  const outcome = await commitUnit(
    room.lane,
    unit(`access/rotate/${keyId}/${version}`)
      .guard(keyAsRead, { keyId, version })
      .write(rotateKeys, { keyId, secretHash, graceMs })
      .write(insertEvents, { ...by, what: "key.rotated", keyId, graceMs }),
    () => hasHash(room, keyId, secretHash),
  );
  room.memory.forget(keyId);
  if (outcome === "conflict") throw fail(accessErrors, "key_changed", { keyId });
  return { key: await viewOfKey(room, keyId), token };
}
