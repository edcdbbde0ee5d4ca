import { fail } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { commitUnit } from "./commit-unit.ts";
import { type Actor, checkActor, checkGrace } from "./key.ts";
import { doOnce, insertOnce, type KeyReplayed, type Once } from "./once.ts";
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
  const rotated = await rotate(room, keyId, graceMs, by);
  if (rotated === undefined) throw fail(accessErrors, "key_changed", { keyId });
  return rotated;
}

/** The same, at most once under a name of the caller's. */
export async function rotateKeyOnce(
  room: AccessRoom,
  keyId: string,
  { graceMs, once }: { readonly graceMs: number; readonly once: Once },
  by: Actor,
): Promise<KeyAndToken | KeyReplayed> {
  const rotated = await doOnce(room, once, () => rotate(room, keyId, graceMs, by, once));
  if (rotated === undefined) throw fail(accessErrors, "key_changed", { keyId });
  return rotated;
}

/** Answers nothing where something was there first. */
async function rotate(
  room: AccessRoom,
  keyId: string,
  graceMs: number,
  by: Actor,
  once?: Once,
): Promise<KeyAndToken | undefined> {
  checkActor(by);
  checkGrace(graceMs);
  const { version, state } = await rowOfKey(room, keyId);
  if (state !== "live") throw fail(accessErrors, "key_ended", { keyId, state });
  const { token, secretHash } = makeToken(keyId);
  const what = "key.rotated";
  const rotating = unit(`access/rotate/${keyId}/${version}`)
    .guard(keyAsRead, { keyId, version })
    .write(rotateKeys, { keyId, secretHash, graceMs })
    .write(insertEvents, { ...by, what, keyId, graceMs });
  const outcome = await commitUnit(
    room.lane,
    once === undefined ? rotating : rotating.write(insertOnce, { ...once, what, keyId }),
    () => hasHash(room, keyId, secretHash),
  );
  room.memory.forget(keyId);
  if (outcome === "conflict") return undefined;
  return { key: await viewOfKey(room, keyId), token };
}
