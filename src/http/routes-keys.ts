/** Keys: made, listed, rotated, revoked, by who may; nobody hands out, or sees, more than they have. */
import {
  type AccessEvent,
  type Actor,
  demandAdminister,
  demandEnd,
  type KeyAndToken,
  type KeyReplayed as KeyAnsweredBefore,
  type KeyView,
  parseScope,
  type Principal,
  scopeText,
} from "../access/index.ts";
import { Type } from "typebox";
import { toRfc3339 } from "../base/index.ts";
import { written } from "./codes.ts";
import { onceOf, REPLAYED_HEADER } from "./once-asked.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { NewKeyBody, NoBody, RotateBody } from "./request-schemas.ts";
import { type Call, contextOf, json, principalOf, route, type Route } from "./route.ts";
import { Key, KeyEvent, KeyReplayed, KeyWithToken, pageOf, text } from "./schemas.ts";
import { taken } from "./taken.ts";
import { instantOf } from "./wire-in.ts";

const keys = { group: "Keys", needs: "keys" } as const;
const keyParam = { id: text("The twelve characters after lm_.", "k7mq2vd4x5ab") };
const onceCodes = ["access.once_malformed", "access.once_reused"];
const ONCE_WORDS =
  "With the header Idempotency-Key it is done at most once: sent again, it is answered `replayed`, with the key and without the token.";
const SHOWN_WORDS =
  "Needs keys@*, and shows only keys all of whose scopes the asking one has: of all others nobody learns that they are there. A page may be short, even empty, and still have a cursor.";
const REPLAY_ADVICE =
  "The token was shown in the first answer and is kept nowhere. If that answer was lost, rotate the key under a new Idempotency-Key.";
const pages = ["access.cursor_malformed", "access.limit_out_of_range"];
const common = ["access.not_permitted"];

function actorOf(call: Call): Actor {
  const { from, traceId } = call.asked;
  return { by: contextOf(call, undefined).by ?? "", from, request: traceId };
}

/** One that may more than who asks is answered like one that isn't there. */
function keyToAdminister(call: Call<{ readonly id: string }>): Promise<KeyView> {
  return call.doors.access.find(call.params.id, demandKeys(call));
}

const listKeys = route({
  ...keys,
  method: "GET",
  path: "/v1/keys",
  name: "listKeys",
  summary: "The keys that may no more than this one, without their secrets",
  description: SHOWN_WORDS,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: pageOf("KeyPage", Key) } },
  codes: [...common, ...pages],
  async handle(call) {
    const reader = demandKeys(call);
    const { cursor, limit } = call.query;
    const page = await call.doors.access.list({ cursor, limit: numberAsked(limit) }, reader);
    return json({ items: page.items.map(keyOnWire), cursor: page.cursor });
  },
});

const createKey = route({
  ...keys,
  method: "POST",
  path: "/v1/keys",
  name: "createKey",
  summary: "Make a key for a person or a service",
  description: `The token is shown once, in this answer. The new key may no more than the one that asks, and lives no longer: where that one has an end, expiresAt is given. ${ONCE_WORDS} Without that header a request sent twice makes two keys.`,
  body: taken(NewKeyBody),
  takesOnce: true,
  answers: {
    200: { description: "It was made before under this Idempotency-Key.", schema: KeyReplayed },
    201: { description: "The key and its token.", schema: KeyWithToken },
  },
  codes: [
    ...common,
    ...written,
    ...onceCodes,
    "access.outlives_maker",
    "access.once_under_way",
    "access.field_malformed",
    "access.scope_malformed",
  ],
  example: { owner: "till-3", ownerKind: "service", scopes: ["write@retail:shop/till-3"] },
  async handle(call) {
    const { expiresAt, scopes, ...rest } = call.body;
    const maker = demandKeys(call);
    const wanted = scopes.map(parseScope);
    demandAdminister(maker, wanted);
    const until = expiresAt === undefined ? undefined : instantOf(expiresAt, "/expiresAt");
    demandEnd(maker, { expiresAt: until });
    const asked = { ...rest, scopes: wanted, expiresAt: until };
    const { access } = call.doors;
    const once = onceOf(call, "createKey");
    const made = await (once === undefined
      ? access.create(asked, actorOf(call))
      : access.createOnce(asked, actorOf(call), once));
    if (made.token !== undefined) call.reply.code(201);
    return keyAnswer(call, made);
  },
});

const rotateKey = route({
  ...keys,
  method: "POST",
  path: "/v1/keys/{id}/rotate",
  name: "rotateKey",
  summary: "Give a key a new secret",
  description: `With graceMs the secret before stays good so long, until all its users have the new one. ${ONCE_WORDS}`,
  params: keyParam,
  body: taken(RotateBody),
  bodyMayMiss: true,
  takesOnce: true,
  answers: {
    200: {
      description: "The key and its new token; without it where it was rotated before.",
      schema: Type.Union([KeyWithToken, KeyReplayed]),
    },
  },
  codes: [
    ...common,
    ...written,
    ...onceCodes,
    "access.outlives_maker",
    "access.field_malformed",
    "access.key_not_found",
    "access.key_ended",
    "access.key_changed",
  ],
  example: { graceMs: 60_000 },
  async handle(call) {
    const key = await keyToAdminister(call);
    demandEnd(principalOf(call), key);
    const { keyId } = key;
    const { graceMs } = call.body;
    const { access } = call.doors;
    const once = onceOf(call, `rotateKey ${keyId}`);
    return keyAnswer(
      call,
      await (once === undefined
        ? access.rotate(keyId, { graceMs }, actorOf(call))
        : access.rotateOnce(keyId, { graceMs, once }, actorOf(call))),
    );
  },
});

const revokeKey = route({
  ...keys,
  method: "POST",
  path: "/v1/keys/{id}/revoke",
  name: "revokeKey",
  summary: "End a key for ever",
  description: "Safe to repeat. It holds on every node within two seconds.",
  params: keyParam,
  body: taken(NoBody),
  bodyMayMiss: true,
  answers: { 200: { description: "The key.", schema: Key } },
  codes: [...common, ...written, "access.key_not_found", "access.key_changed"],
  example: {},
  async handle(call) {
    const { keyId } = await keyToAdminister(call);
    return json(keyOnWire(await call.doors.access.revoke(keyId, actorOf(call))));
  },
});

const listKeyEvents = route({
  ...keys,
  method: "GET",
  path: "/v1/keys/events",
  name: "listKeyEvents",
  summary: "Who made, rotated and revoked which key, from where",
  description: SHOWN_WORDS,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: pageOf("KeyEventPage", KeyEvent) } },
  codes: [...common, ...pages],
  async handle(call) {
    const reader = demandKeys(call);
    const { cursor, limit } = call.query;
    const page = await call.doors.access.events({ cursor, limit: numberAsked(limit) }, reader);
    return json({ items: page.items.map(eventOnWire), cursor: page.cursor });
  },
});

/** A token that was shown can't be shown again: only its hash was kept. */
function keyAnswer(call: Call, { key, token }: KeyAndToken | KeyAnsweredBefore): string {
  if (token !== undefined) return json({ key: keyOnWire(key), token });
  call.reply.header(REPLAYED_HEADER, "true");
  return json({ key: keyOnWire(key), replayed: true, advice: REPLAY_ADVICE });
}

function demandKeys(call: Call): Principal {
  const principal = principalOf(call);
  demandAdminister(principal, []);
  return principal;
}

function keyOnWire({ scopes, createdAt, expiresAt, rotatedAt, ...key }: KeyView) {
  return {
    ...key,
    scopes: scopes.map(scopeText),
    createdAt: toRfc3339(createdAt),
    expiresAt: timeOrNot(expiresAt),
    rotatedAt: timeOrNot(rotatedAt),
    formerUntil: timeOrNot(key.formerUntil),
    revokedAt: timeOrNot(key.revokedAt),
  };
}

const timeOrNot = (at: number | undefined) => (at === undefined ? undefined : toRfc3339(at));

function eventOnWire(event: AccessEvent) {
  return { ...event, at: toRfc3339(event.at) };
}

export const keyRoutes: readonly Route[] = [
  listKeys,
  createKey,
  listKeyEvents,
  rotateKey,
  revokeKey,
];
