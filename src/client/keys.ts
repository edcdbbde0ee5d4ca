/** Keys of persons and services: made, listed, rotated, revoked by who may. */
import type * as Wire from "./api-types.ts";
import { ask } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import { clientProblem } from "./problem.ts";
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

/** It was done before under the same name: the key as it stands, its token was told then. */
export interface KeyReplayed {
  readonly key: KeyView;
  readonly token: undefined;
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
  /**
   * The same under a name of yours, a UUID say: sent again as often as need be, and done once. Asked
   * later with the same name it answers the key without its token; rotate it if that was lost.
   */
  createOnce(key: NewKey, name: string, options?: CallOptions): Promise<KeyWithToken | KeyReplayed>;
  /** Gives a key a new secret; with graceMs the one before stays good so long. Not sent again either. */
  rotate(
    keyId: string,
    options?: CallOptions & { readonly graceMs?: number | undefined },
  ): Promise<KeyWithToken>;
  /** The same under a name of yours. */
  rotateOnce(
    keyId: string,
    name: string,
    options?: CallOptions & { readonly graceMs?: number | undefined },
  ): Promise<KeyWithToken | KeyReplayed>;
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
    async create(key, options) {
      const asked = { params: undefined, body: newKeyBody(key), repeatable: false };
      return withToken(await ask(wire, "createKey", asked, options));
    },
    async createOnce(key, once, options) {
      const asked = { params: undefined, body: newKeyBody(key), once };
      return onceToken(await ask(wire, "createKey", asked, options));
    },
    async rotate(id, { graceMs, ...options } = {}) {
      const asked = { params: { id }, body: graceBody(graceMs), repeatable: false };
      return withToken(await ask(wire, "rotateKey", asked, options));
    },
    async rotateOnce(id, once, { graceMs, ...options } = {}) {
      const asked = { params: { id }, body: graceBody(graceMs), once };
      return onceToken(await ask(wire, "rotateKey", asked, options));
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

function newKeyBody({ owner, ownerKind, scopes, expiresAt, note }: NewKey): Wire.NewKeyBody {
  return {
    ...{ owner, ownerKind, scopes },
    ...(expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt, "/expiresAt") }),
    ...(note === undefined ? {} : { note }),
  };
}

const graceBody = (graceMs: number | undefined) => (graceMs === undefined ? {} : { graceMs });

type Answered = Wire.KeyWithToken | Wire.KeyReplayed;

function onceToken(told: Answered): KeyWithToken | KeyReplayed {
  return { key: keyOf(told.key), token: "token" in told ? told.token : undefined };
}

/** Without a name nothing is answered from before. */
function withToken(told: Answered): KeyWithToken {
  const { key, token } = onceToken(told);
  if (token === undefined)
    throw clientProblem("answer_unreadable", { what: "a key without token" });
  return { key, token };
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
