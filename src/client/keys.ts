/** Keys of persons and services: made, listed, rotated, revoked by who may. */
import type * as Wire from "./api-types.ts";
import { ask } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { timeText } from "./to-wire.ts";

export interface KeyView {
  readonly keyId: string;
  readonly owner: string;
  readonly ownerKind: "person" | "service";
  /** ACTION@BOOK or ACTION@BOOK:PREFIX. */
  readonly scopes: readonly string[];
  readonly note?: string | undefined;
  readonly state: "live" | "expired" | "revoked";
  readonly createdAt: Instant;
  readonly expiresAt?: Instant | undefined;
  readonly rotatedAt?: Instant | undefined;
  /** Until when the secret before is still good. */
  readonly formerUntil?: Instant | undefined;
  readonly revokedAt?: Instant | undefined;
}

/** The token is told once and kept nowhere. */
export interface KeyWithToken {
  readonly key: KeyView;
  readonly token: string;
}

export interface KeyEvent extends Omit<Wire.KeyEvent, "at"> {
  readonly at: Instant;
}

export interface NewKey {
  readonly owner: string;
  readonly ownerKind: "person" | "service";
  readonly scopes: readonly string[];
  readonly expiresAt?: Instant | undefined;
  readonly note?: string | undefined;
}

export interface Keys {
  list(options?: CallOptions): List<KeyView>;
  /** Sent twice it would make two: so it is not sent again where it may have been done. */
  create(key: NewKey, options?: CallOptions): Promise<KeyWithToken>;
  /** Gives a key a new secret; with graceMs the one before stays good so long. Not sent again either. */
  rotate(
    keyId: string,
    options?: CallOptions & { readonly graceMs?: number | undefined },
  ): Promise<KeyWithToken>;
  /** Ends a key for ever. Safe to repeat. */
  revoke(keyId: string, options?: CallOptions): Promise<KeyView>;
  /** Who made, rotated and revoked which key, from where. */
  events(options?: CallOptions): List<KeyEvent>;
}

export function keysOf(wire: Line): Keys {
  return {
    list: (options) =>
      listOf(async (cursor) => {
        const page = await ask(wire, "listKeys", { params: undefined, query: { cursor } }, options);
        return { ...page, items: page.items.map(keyOf) };
      }, itemsOf),
    async create({ owner, ownerKind, scopes, expiresAt, note }, options) {
      const body = {
        ...{ owner, ownerKind, scopes },
        ...(expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt, "/expiresAt") }),
        ...(note === undefined ? {} : { note }),
      };
      const asked = { params: undefined, body, repeatable: false };
      return withToken(await ask(wire, "createKey", asked, options));
    },
    async rotate(id, { graceMs, ...options } = {}) {
      const body = graceMs === undefined ? {} : { graceMs };
      const asked = { params: { id }, body, repeatable: false };
      return withToken(await ask(wire, "rotateKey", asked, options));
    },
    async revoke(id, options) {
      return keyOf(await ask(wire, "revokeKey", { params: { id }, body: {} }, options));
    },
    events: (options) =>
      listOf(async (cursor) => {
        const page = await ask(
          wire,
          "listKeyEvents",
          { params: undefined, query: { cursor } },
          options,
        );
        return { ...page, items: page.items.map((one) => ({ ...one, at: instantOf(one.at) })) };
      }, itemsOf),
  };
}

function itemsOf<T>({ items }: { readonly items: readonly T[] }): readonly T[] {
  return items;
}

function withToken({ key, token }: Wire.KeyWithToken): KeyWithToken {
  return { key: keyOf(key), token };
}

function keyOf({
  createdAt,
  expiresAt,
  rotatedAt,
  formerUntil,
  revokedAt,
  ...key
}: Wire.Key): KeyView {
  return {
    ...key,
    createdAt: instantOf(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: instantOf(expiresAt) }),
    ...(rotatedAt === undefined ? {} : { rotatedAt: instantOf(rotatedAt) }),
    ...(formerUntil === undefined ? {} : { formerUntil: instantOf(formerUntil) }),
    ...(revokedAt === undefined ? {} : { revokedAt: instantOf(revokedAt) }),
  };
}
