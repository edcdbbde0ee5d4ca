import { fail, hasCode, retry, systemClock } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { commitUnit } from "./commit-unit.ts";
import { type Actor, checkActor, type KeyView, viewOf } from "./key.ts";
import { type AccessRoom, rowOfKey, viewOfKey } from "./room.ts";
import { insertEvents, keyAsRead, revokeKeys } from "./write-keys.ts";

/**
 * A revocation does not give way to a rotation: it looks again and goes on, for some 5 s. So long may a commit
 * take that holds the key's row, and whoever ends a key is not sent away for it.
 */
const AGAIN = {
  attemptsMax: 60,
  baseMs: 10,
  maxMs: 200,
  retryable: (error: unknown) => hasCode(error, "access.key_changed"),
};

/** Ends a key for ever. The contract stands at the door, `open-access.ts`. */
export async function revokeKey(room: AccessRoom, keyId: string, by: Actor): Promise<KeyView> {
  checkActor(by);
  try {
    return await retry(() => revokeOnce(room, keyId, by), AGAIN, { clock: systemClock });
  } finally {
    room.memory.forget(keyId);
  }
}

async function revokeOnce(room: AccessRoom, keyId: string, by: Actor): Promise<KeyView> {
  const row = await rowOfKey(room, keyId);
  if (row.state === "revoked") return viewOf(row);
  const { version } = row;
  const outcome = await commitUnit(
    room.lane,
    unit(`access/revoke/${keyId}/${version}`)
      .guard(keyAsRead, { keyId, version })
      .write(revokeKeys, { keyId })
      .write(insertEvents, { ...by, what: "key.revoked", keyId }),
    async () => (await rowOfKey(room, keyId)).state === "revoked",
  );
  if (outcome === "conflict") throw fail(accessErrors, "key_changed", { keyId });
  return viewOfKey(room, keyId);
}
