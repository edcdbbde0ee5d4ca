/** A route as a value: what it takes, who may, what it answers, which codes; and what it does. */
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type, type Static, type TObject, type TProperties, type TSchema } from "typebox";
import type { Access, Action, Principal } from "../access/index.ts";
import { assert, type Logger } from "../base/index.ts";
import type { Catalog } from "../catalog/index.ts";
import type { Flows, Leases } from "../flow/index.ts";
import type { Context, Ledger } from "../ledger/index.ts";
import type { Offerings, Orders } from "../order/index.ts";
import type { Rules } from "../rules/index.ts";
import { codesOfShape } from "./codes.ts";
import type { Schedules } from "../schedule/index.ts";
import type { FeedWatch } from "./feed-watch.ts";
import type { HttpLimits } from "./limits.ts";
import type { Gauges, Metrics } from "./metrics.ts";
import type { Shares } from "./shares.ts";
import type { Taken } from "./taken.ts";
import { takenFields } from "./taken.ts";
import type { Verifications } from "./verifications.ts";

/** What a server sells with. */
export interface Selling {
  readonly rules: Rules;
  readonly catalog: Catalog;
  readonly orders: Orders;
  readonly offerings: Offerings;
}

/** What handlers need of the server; one for all requests. */
export interface Doors {
  readonly ledger: Ledger;
  readonly access: Access;
  readonly flows: Flows | undefined;
  readonly leases: Leases | undefined;
  readonly schedules: Schedules | undefined;
  readonly selling: Selling | undefined;
  readonly limits: HttpLimits;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly feed: FeedWatch;
  /** Where long polls wait. */
  readonly places: Shares;
  /** Files on their way. */
  readonly uploads: Shares;
  readonly verifications: Verifications;
  readonly gauges: () => Gauges;
  /** Requests in work are counted: who only waits leaves, and comes back. */
  readonly work: { readonly enter: () => void; readonly leave: () => void };
  readonly openApiText: () => string;
  readonly referencePage: () => { readonly html: string; readonly policy: string };
  /** Fires when the server begins to close. */
  readonly closing: AbortSignal;
  /** Whether a request would be served now: the database answers, and we are not closing. */
  readonly isReady: () => Promise<boolean>;
}

/** What is known of a request before its route is asked. */
export interface Asked {
  readonly traceId: string;
  /** The caller's address: of the connection, or as a named proxy tells it. */
  readonly from: string;
  readonly startedAt: number;
  /** When its caller will not wait any longer, by performance.now(). */
  deadlineAt: number;
  /** The caller said so itself. */
  hasDeadline: boolean;
  /** Of its body, until its answer is out. */
  bodyBytes: number;
  /** Of a write that was begun: since when, and what it weighs (admission.ts). */
  write: { readonly startedAt: number; readonly weight: number } | undefined;
  /** Reads a usual body of its route without the long way: see Taken. */
  readonly readBody: Route["readBody"];
  /** Its body is handed on as it comes. */
  readonly streams: boolean;
  isOver: boolean;
  principal: Principal | undefined;
  /** What was answered, for the log: a code where it was a problem. */
  code: string | undefined;
  /** Set for bugs: logged with its stack. */
  error: unknown;
}

/** One request, as its route sees it: checked. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly doors: Doors;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly asked: Asked;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export type Answered = string | Buffer | Readable;

export interface AnswerShape {
  readonly description: string;
  readonly schema?: TSchema;
  /** JSON when left out. */
  readonly type?: string;
}

interface RouteHead {
  readonly method: "GET" | "POST" | "PUT";
  /** As OpenAPI writes it: /v1/books/{book}. */
  readonly path: string;
  readonly group: string;
  /** Its name in generated code. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** What a key must be allowed; undefined: no key is asked for. */
  readonly needs: Action | undefined;
  /** What its body asks for, or whose it is, may need one of these instead. */
  readonly orNeeds?: Action | readonly Action[];
  /** Answers without a key, and more with one. */
  readonly takesKey?: boolean;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** What comes of its own work; declared, what follows from its shape is added. */
  readonly codes: readonly string[];
  /** A body that works on a fresh shop, for the reference. */
  readonly example?: unknown;
  /** Without a body it is taken as an empty object. */
  readonly bodyMayMiss?: boolean;
  /** Its body is a file, and handed on as it comes: upload.ts. */
  readonly streams?: boolean;
  /** Takes the header Idempotency-Key: its body has no id of its own. */
  readonly takesOnce?: boolean;
  /** Takes the header Prefer: its answer may leave out most of itself. */
  readonly takesPrefer?: boolean;
  /** Waits on purpose, up to WAIT_MAX_MS beyond its deadline where its caller named none. */
  readonly waits?: boolean;
}

export interface Route extends RouteHead {
  readonly paramsSchema: TObject;
  readonly querySchema: TObject;
  readonly bodySchema: TSchema | undefined;
  readonly takeParams: (value: unknown) => unknown;
  readonly takeQuery: (value: unknown) => unknown;
  readonly takeBody: ((value: unknown, at: string) => unknown) | undefined;
  readonly readBody: ((bytes: Buffer) => unknown) | undefined;
  readonly handle: (call: Call) => Promise<Answered>;
}

interface RouteInput<P extends TProperties, Q extends TProperties, B> extends RouteHead {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: Taken<B> | undefined;
  readonly handle: (call: Call<Static<TObject<P>>, Static<TObject<Q>>, B>) => Promise<Answered>;
}

const exactly = { additionalProperties: false } as const;

/** Declares a route; its validators are compiled here, once. */
export function route<
  const P extends TProperties = Record<string, never>,
  const Q extends TProperties = Record<string, never>,
  B = undefined,
>(input: RouteInput<P, Q, B>): Route {
  const { params, query, body, handle, ...head } = input;
  const paramsSchema = Type.Object(params ?? {}, exactly);
  const querySchema = Type.Object(query ?? {}, exactly);
  const shape = {
    hasParams: params !== undefined,
    hasKey: head.needs !== undefined,
    hasBody: body !== undefined,
    streams: head.streams === true,
    reads: head.method === "GET",
  };
  return {
    ...head,
    codes: [...new Set([...codesOfShape(shape), ...head.codes])].sort(),
    paramsSchema,
    querySchema,
    bodySchema: body?.schema,
    takeParams: takenFields(paramsSchema, "path_malformed"),
    takeQuery: takenFields(querySchema, "query_malformed"),
    takeBody: body?.take,
    readBody: body?.read,
    // Sound: what it is called with went through the three checks above.
    handle: handle as (call: Call) => Promise<Answered>,
  };
}

/**
 * Whether it changes something under load: such are weighed, and turned away where there is no room. How long a
 * file takes says nothing about the others.
 */
export function isWrite({
  method,
  needs,
  streams,
}: Pick<Route, "method" | "needs" | "streams">): boolean {
  if (needs === undefined || method === "GET" || streams === true) return false;
  return needs === "write" || /^(runs|shop)\.(?!read)/.test(needs);
}

/** Any of these opens it; which of its answers each gets, its own work decides. */
export function actionsOf({ needs, orNeeds }: Pick<Route, "needs" | "orNeeds">): readonly Action[] {
  return [needs, orNeeds].flat().filter((action) => action !== undefined);
}

/** The principal of a route that asks for a key. */
export function principalOf({ asked }: Pick<Call, "asked">): Principal {
  assert(asked.principal !== undefined, "a route that needs a key is not reached without one");
  return asked.principal;
}

/** Who asks, in which request: kept with every entry that comes of it. */
export function contextOf(call: Call, rule: string | undefined): Context {
  const { owner, keyId } = principalOf(call);
  const request = `${call.asked.traceId}@${call.asked.from}`;
  return { by: `${owner}/${keyId}`, request, rule };
}

export const json = (value: unknown): string => JSON.stringify(value);
