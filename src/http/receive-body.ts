/**
 * Takes in bodies: JSON in UTF-8, whole, within limits; of one request, and of all together in shares
 * of keys. What was taken in counts until its request is answered: it stays in memory so long.
 */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { fail, type LongmenError } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import { parseJson } from "./json.ts";
import { uploadOf } from "./upload.ts";
import { type HttpLimits, OVERLOADED_RETRY_MS } from "./limits.ts";
import { type Asked, principalOf } from "./route.ts";
import { type Shares, shares } from "./shares.ts";

/** `application/json`, bare or with its one charset. */
const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?;?\s*$/i;

/** Takes the parsed body, or what is wrong with it: for an error of its own Fastify ends the connection. */
export type BodyDone = (error: null, body: unknown) => void;

/** A body that its route's `readBody` has read: nothing is left to check. */
export class Read {
  readonly body: unknown;

  constructor(body: unknown) {
    this.body = body;
  }
}

export interface Bodies {
  /** Bytes of the bodies of all requests in work. */
  readonly bytes: () => number;
  readonly receive: (request: IncomingMessage, asked: Asked, done: BodyDone) => void;
  /** The request is answered, or its caller gone. */
  readonly release: (asked: Asked) => void;
}

export function receivesBodies(limits: HttpLimits): Bodies {
  const memory = shares(limits.bodiesMaxBytes);
  return { bytes: memory.used, receive, release };

  function release(asked: Asked): void {
    if (asked.bodyBytes === 0) return;
    memory.giveBack(principalOf({ asked }).keyId, asked.bodyBytes);
    asked.bodyBytes = 0;
  }

  /** Calls `done` once: with the parsed body, or with what is wrong with it. */
  function receive(request: IncomingMessage, asked: Asked, done: BodyDone): void {
    if (asked.streams) return done(null, uploadOf(request, limits));
    const { keyId } = principalOf({ asked });
    const refusal = refusalOf(request, limits, memory, keyId);
    if (refusal !== undefined) return done(null, refusal);
    let chunks: Buffer[] | undefined = [];
    let size = 0;
    const end = (error: LongmenError | undefined) => {
      if (chunks === undefined) return;
      const body = chunks;
      chunks = undefined;
      if (error !== undefined || asked.isOver) release(asked);
      if (error === undefined) finish(body, size, asked.readBody, done);
      else done(null, error);
    };
    request.on("data", (chunk: Buffer) => {
      if (chunks === undefined) return; // refused: what still comes is let go by
      size += chunk.length;
      if (size > limits.bodyMaxBytes) return end(tooLarge(limits));
      if (!memory.take(keyId, chunk.length)) return end(overloaded(memory, keyId));
      asked.bodyBytes += chunk.length;
      chunks.push(chunk);
    });
    request.on("end", () => end(undefined));
    // Every request closes in the end: the error, and its stack, are made only where one is told.
    const broken = () => chunks && end(fail(httpErrors, "body_incomplete"));
    request.on("error", broken);
    request.on("close", broken);
  }
}

/** What its head says of it already. */
function refusalOf(
  { headers }: IncomingMessage,
  limits: HttpLimits,
  memory: Shares,
  keyId: string,
): LongmenError | undefined {
  const type = headers["content-type"] ?? "";
  if (!JSON_TYPE.test(type)) return fail(httpErrors, "content_type_unsupported", { type });
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return fail(httpErrors, "content_type_unsupported", { type: `${type}, ${encoding}` });
  }
  const length = Number(headers["content-length"] ?? 0);
  if (length > limits.bodyMaxBytes) return tooLarge(limits);
  return memory.fits(keyId, length) ? undefined : overloaded(memory, keyId);
}

function tooLarge({ bodyMaxBytes }: HttpLimits): LongmenError {
  return fail(httpErrors, "body_too_large", { max: bodyMaxBytes });
}

function overloaded(memory: Shares, keyId: string): LongmenError {
  const inFlight = `${memory.held(keyId)} bytes of this key's and ${memory.used()} bytes of all`;
  return fail(httpErrors, "overloaded", { inFlight, retryAfterMs: OVERLOADED_RETRY_MS });
}

/** Of no bytes: no body, though a client may have said what type it would be of. */
function finish(
  chunks: readonly Buffer[],
  size: number,
  read: Asked["readBody"],
  done: BodyDone,
): void {
  if (size === 0) return done(null, undefined);
  const [first] = chunks;
  const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
  const usual = read?.(bytes);
  if (usual !== undefined) return done(null, new Read(usual));
  let body: unknown;
  try {
    if (!isUtf8(bytes)) throw fail(httpErrors, "body_not_json", { problem: "it is not UTF-8" });
    body = parseJson(bytes.toString("utf8"));
  } catch (error) {
    return done(null, error);
  }
  done(null, body);
}
