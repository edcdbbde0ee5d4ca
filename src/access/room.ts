/** What every verb of this room works with. */
import { fail } from "../base/index.ts";
import type { Database, RowIn } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { keyView, readKeys } from "./access.sql.ts";
import type { AccessLane } from "./commit-unit.ts";
import { type KeyView, viewOf } from "./key.ts";
import type { KeyMemory } from "./key-memory.ts";

export interface AccessRoom {
  readonly database: Database;
  readonly lane: AccessLane;
  readonly memory: KeyMemory;
}

/** A key with its new token: the only time that the token is seen. */
export interface KeyAndToken {
  readonly key: KeyView;
  readonly token: string;
}

/** Refuses: access.key_not_found. */
export async function rowOfKey(
  { database }: AccessRoom,
  keyId: string,
): Promise<RowIn<typeof keyView>> {
  const row = await database.maybe(keyView, { keyId });
  if (row === undefined) throw fail(accessErrors, "key_not_found", { keyId });
  return row;
}

/** The key as it stands now. Refuses: access.key_not_found. */
export async function viewOfKey(room: AccessRoom, keyId: string): Promise<KeyView> {
  return viewOf(await rowOfKey(room, keyId));
}

/** Is this the hash of the key's secret, as the database has it now? */
export async function hasHash(
  { database }: AccessRoom,
  keyId: string,
  secretHash: Buffer,
): Promise<boolean> {
  const [row] = await database.run(readKeys, { ids: [keyId] });
  return row?.secretHash.equals(secretHash) ?? false;
}
