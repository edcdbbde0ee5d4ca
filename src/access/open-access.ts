/** The room's door: keys checked in memory, administered through the lane. */
import { type Clock, fail } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import { accessErrors } from "./access.errors.ts";
import { checkToken } from "./check-token.ts";
import type { AccessLane } from "./commit-unit.ts";
import { createKey, createKeyOnce, ensureFirstKey } from "./create-key.ts";
import type { AccessEvent, Actor, KeyView, NewKey } from "./key.ts";
import { KeyMemory } from "./key-memory.ts";
import { listEvents, listKeys } from "./list-keys.ts";
import type { KeyReplayed, Once } from "./once.ts";
import type { Page, PageRequest } from "./page.ts";
import { mayAdminister, type Principal } from "./principal.ts";
import { revokeKey } from "./revoke-key.ts";
import { type AccessRoom, type KeyAndToken, viewOfKey } from "./room.ts";
import { rotateKey, rotateKeyOnce } from "./rotate-key.ts";

export interface OpenAccessOptions {
  /** From openDatabase, migrated with `accessMigrations` behind `postgresMigrations`. */
  readonly database: Database;
  /** A lane without an engine. Stays open when access is closed. */
  readonly lane: AccessLane;
  /**
   * By which knowledge of keys gets old; must not step. The process's monotonic clock when left out.
   * Time limits of keys are the database's.
   */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

export interface Access {
  /**
   * Who is this? Whatever any node did to the key holds here after 2 s at the latest.
   * Refuses: access.key_missing, access.key_unknown (unknown, wrong, revoked and expired are one
   * answer by one way), access.too_many_checks.
   */
  check(token: string | undefined): Promise<Principal>;
  /**
   * Makes a key; its token is shown this once. Not safe to repeat: each call makes another.
   * Refuses: access.field_malformed, access.scope_malformed.
   */
  create(asked: NewKey, by: Actor): Promise<KeyAndToken>;
  /**
   * The same, at most once under a name of the caller's: asked again, it answers the key as it stands
   * now and no token. Refuses: access.once_reused where something else was asked under it, access.once_under_way, too.
   */
  createOnce(asked: NewKey, by: Actor, once: Once): Promise<KeyAndToken | KeyReplayed>;
  /**
   * Keys in the order in which they were made, ended ones included; with a reader, those that it may
   * administer. Of a long list of others' keys a page may be short, even empty, and have a cursor.
   * Refuses: access.limit_out_of_range, access.cursor_malformed.
   */
  list(page?: PageRequest, reader?: Principal): Promise<Page<KeyView>>;
  /**
   * With a reader, a key that it may not administer is answered like one that isn't there.
   * Refuses: access.key_not_found.
   */
  find(keyId: string, reader?: Principal): Promise<KeyView>;
  /**
   * Gives a live key a new secret; the former one is good for `graceMs` more (0 when left out), the
   * one before that for nothing. Not safe to repeat: each call makes another secret.
   * Refuses: access.key_not_found, access.key_ended, access.key_changed, access.field_malformed.
   */
  rotate(
    keyId: string,
    options: { readonly graceMs?: number | undefined },
    by: Actor,
  ): Promise<KeyAndToken>;
  /** The same, at most once under a name of the caller's. Refuses: access.once_reused, too. */
  rotateOnce(
    keyId: string,
    options: { readonly graceMs?: number | undefined; readonly once: Once },
    by: Actor,
  ): Promise<KeyAndToken | KeyReplayed>;
  /**
   * Ends a key for ever: here at once, on other nodes within 2 s. Safe to repeat: yes, and a repeat
   * leaves no event. Refuses: access.key_not_found, access.key_changed, access.field_malformed.
   */
  revoke(keyId: string, by: Actor): Promise<KeyView>;
  /**
   * What was done to keys, newest first; with a reader, to those that it may administer.
   * Refuses: access.limit_out_of_range, access.cursor_malformed.
   */
  events(page?: PageRequest, reader?: Principal): Promise<Page<AccessEvent>>;
  /**
   * Makes a key with every right if there never was one that may make keys: a key for one service, or
   * for one run, keeps nobody out of the house. Of all nodes that call it at once one gets the token;
   * the others, and all later calls, get nothing.
   */
  ensureFirstKey(by: Actor): Promise<KeyAndToken | undefined>;
  /** Waits for a read under way. */
  close(): Promise<void>;
}

const monotonic: Pick<Clock, "now"> = { now: () => performance.now() };

/** Opens the room on a migrated database. Reads and writes nothing by itself. */
export function openAccess({ database, lane, clock = monotonic }: OpenAccessOptions): Access {
  const memory = new KeyMemory(database, clock);
  const room: AccessRoom = { database, lane, memory };
  return {
    check: (token) => checkToken(memory, clock, token),
    create: (asked, by) => createKey(room, asked, by),
    async createOnce(asked, by, once) {
      const made = await createKeyOnce(room, asked, by, once);
      if (made === undefined) throw fail(accessErrors, "once_under_way", { name: once.name });
      return made;
    },
    list: (page = {}, reader) => listKeys(room, page, reader),
    async find(keyId, reader) {
      const key = await viewOfKey(room, keyId);
      if (reader === undefined || mayAdminister(reader, key.scopes)) return key;
      throw fail(accessErrors, "key_not_found", { keyId });
    },
    rotate: (keyId, { graceMs = 0 }, by) => rotateKey(room, keyId, graceMs, by),
    rotateOnce: (keyId, { graceMs = 0, once }, by) =>
      rotateKeyOnce(room, keyId, { graceMs, once }, by),
    revoke: (keyId, by) => revokeKey(room, keyId, by),
    events: (page = {}, reader) => listEvents(room, page, reader),
    ensureFirstKey: (by) => ensureFirstKey(room, by),
    close: () => memory.close(),
  };
}
