/** From the wire into the ledger's words: text to amounts and instants, and nothing else. */
import { Type, type TSchema } from "typebox";
import { fail, type Instant, LongmenError, parseRfc3339 } from "../base/index.ts";
import type { Bound, Chain, Posting, Request } from "../ledger/index.ts";
import { httpErrors } from "./http.errors.ts";
import { BATCH_MAX } from "./limits.ts";
import {
  BatchOutline,
  ChainItemOutline,
  ChainOutline,
  requestKinds,
  type TransferBody,
  type WireRequest,
} from "./request-schemas.ts";
import { readBatch } from "./read-batch.ts";
import { named } from "./schemas.ts";
import { isObject, type Taken, taken, takenByKind } from "./taken.ts";

let lastText: string | undefined;
let lastAt: Instant = Number.NaN;

/**
 * Requests of one batch often share their time, so the last one that could be read is kept.
 * Refuses: http.body_malformed.
 */
export function instantOf(text: string, pointer: string): Instant {
  if (text === lastText) return lastAt;
  try {
    lastAt = parseRfc3339(text);
    lastText = text;
    return lastAt;
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    const problem = `${pointer} is no time of the calendar to the millisecond`;
    throw fail(httpErrors, "body_malformed", { problem, pointer }, error);
  }
}

function optionalAmount(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : BigInt(text);
}

export function boundOf(text: string): Bound {
  return text === "none" ? "none" : BigInt(text);
}

interface Described {
  readonly effectiveAt?: string;
}

function effectiveAtOf({ effectiveAt }: Described, at: string): Instant | undefined {
  return effectiveAt === undefined ? undefined : instantOf(effectiveAt, `${at}/effectiveAt`);
}

/** The usual request, spelled out: one object of one shape, whatever was left out. */
export function movementOf(body: TransferBody, at: string): Request {
  const movement = {
    id: body.id,
    asset: body.asset,
    debit: body.debit,
    credit: body.credit,
    amount: BigInt(body.amount),
    balancing: body.balancing,
    code: body.code,
    reference: body.reference,
    metadata: body.metadata,
    effectiveAt: effectiveAtOf(body, at),
  };
  if (body.kind !== "pending") return { kind: "transfer", ...movement };
  return { kind: "pending", ...movement, timeoutMs: body.timeoutMs };
}

interface ResolutionOnWire extends Described {
  readonly id: string;
  readonly amount?: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly asset?: string;
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
}

export function resolutionOf(
  kind: "post" | "void",
  pendingId: string,
  body: ResolutionOnWire,
  at: string,
): Request {
  return {
    kind,
    id: body.id,
    pendingId,
    amount: optionalAmount(body.amount),
    debit: body.debit,
    credit: body.credit,
    asset: body.asset,
    code: body.code,
    reference: body.reference,
    metadata: body.metadata,
    effectiveAt: effectiveAtOf(body, at),
  };
}

export function requestOf(body: WireRequest, at: string): Request {
  switch (body.kind) {
    case "post":
    case "void":
      return resolutionOf(body.kind, body.pendingId, body, at);
    case "open":
      return { ...body, bound: body.bound === undefined ? undefined : boundOf(body.bound) };
    case "bound":
      return { ...body, bound: boundOf(body.bound) };
    case "close":
    case "reopen":
    case "asset":
      return { ...body };
    case "pending":
      return movementOf(body, at);
    default:
      return movementOf(body, at);
  }
}

const request = takenByKind(requestKinds, "transfer");
const chainOutline = taken(ChainOutline);
const chainItem = taken(ChainItemOutline);
const batchOutline = taken(BatchOutline);

function requestsOf(items: readonly unknown[], at: string): Request[] {
  return items.map((item, index) => {
    const place = `${at}/requests/${index}`;
    return requestOf(request.take(item, place), place);
  });
}

export interface ChainAsked extends Chain {
  readonly rule: string | undefined;
}

const anyRequest = request.schema;
const chainFields = { chain: Type.String(), requests: Type.Array(anyRequest) };
const rule = Type.Optional(Type.String());

export const chainBody: Taken<ChainAsked> = {
  schema: named("ChainBody", { ...chainFields, rule }),
  take(value, at) {
    const outline = chainOutline.take(value, at);
    const { chain } = outline;
    return { chain, requests: requestsOf(outline.requests, at), rule: outline.rule };
  },
};

export interface BatchAsked {
  readonly items: readonly Posting[];
  readonly rule: string | undefined;
}

const batchItem = { anyOf: [anyRequest, named("ChainItem", chainFields)] } as unknown as TSchema;

export const batchBody: Taken<BatchAsked> = {
  schema: named("BatchBody", { items: Type.Array(batchItem, { maxItems: BATCH_MAX }), rule }),
  take(value, at) {
    const outline = batchOutline.take(value, at);
    const items = outline.items.map((item, index) => postingOf(item, `${at}/items/${index}`));
    const entries = items.reduce((sum, item) => sum + weightOf(item), 0);
    if (items.length === 0 || entries > BATCH_MAX) {
      const problem = `a batch holds 1 to ${BATCH_MAX} requests, those of its chains counted; not ${entries}`;
      throw fail(httpErrors, "body_malformed", { problem, pointer: `${at}/items` });
    }
    return { items, rule: outline.rule };
  },
  read: readBatch,
};

function postingOf(item: unknown, at: string): Posting {
  if (!isObject(item) || item["chain"] === undefined) return requestOf(request.take(item, at), at);
  const { chain, requests } = chainItem.take(item, at);
  return { chain, requests: requestsOf(requests, at) };
}

function weightOf(posting: Posting): number {
  return "requests" in posting ? posting.requests.length : 1;
}
