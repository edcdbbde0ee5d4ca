/**
 * A body that is taken as it comes and never held whole: a file. What reads it sets the pace; how many
 * come at once, how long they are and how long they take has a limit of its own (limits.ts).
 */
import type { IncomingMessage } from "node:http";
import { Type } from "typebox";
import { fail, type LongmenError } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import { type HttpLimits, OVERLOADED_RETRY_MS, UPLOAD_MAX_MS } from "./limits.ts";
import { type Call, principalOf } from "./route.ts";
import { isObject, type Taken } from "./taken.ts";

export type Charset = "utf-8" | "gb18030";

export interface Upload {
  readonly charset: Charset;
  /** To be read once. Refuses: http.body_too_large, http.upload_incomplete, http.request_too_slow. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Requests whose body is on its way for longer than others may take. */
const uploading = new WeakSet<IncomingMessage>();

export const isUploading = (request: IncomingMessage): boolean => uploading.has(request);

const NOTHING: Upload = { charset: "utf-8", bytes: noBytes() };

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Stands for a CSV file in a route's `body`; beside it the route says `streams`. */
export const csvUpload: Taken<Upload> = {
  schema: Type.String({ description: "A CSV file, in UTF-8 or GB18030." }),
  take: (value) => (isUpload(value) ? value : NOTHING),
};

const isUpload = (value: unknown): value is Upload => isObject(value) && "bytes" in value;

/** The body of a request whose head is fine, or what is wrong with that. */
export function uploadOf(request: IncomingMessage, limits: HttpLimits): Upload | LongmenError {
  const { headers } = request;
  const type = headers["content-type"] ?? "";
  const charset = charsetOf(type);
  if (charset === undefined) return fail(httpErrors, "file_type_unsupported", { type });
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    return fail(httpErrors, "file_type_unsupported", { type: `${type}, ${encoding}` });
  }
  const max = limits.uploadMaxBytes;
  const length = Number(headers["content-length"] ?? 0);
  if (length > max) return fail(httpErrors, "body_too_large", { max });
  uploading.add(request);
  return { charset, bytes: bytesOf(request, max) };
}

const charsets: Readonly<Record<string, Charset>> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  gb18030: "gb18030",
  gbk: "gb18030",
  gb2312: "gb18030",
};

/** Undefined: not CSV, or in no charset that is known. */
function charsetOf(type: string): Charset | undefined {
  const [name = "", ...parameters] = type.toLowerCase().split(";");
  if (name.trim() !== "text/csv") return undefined;
  const given = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1]);
  return charsets[given.find((one) => one !== undefined) ?? "utf-8"];
}

async function* bytesOf(request: IncomingMessage, max: number): AsyncGenerator<Uint8Array> {
  const until = performance.now() + UPLOAD_MAX_MS;
  let size = 0;
  // Who stops reading has to be able to answer: the connection stays.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > max) throw fail(httpErrors, "body_too_large", { max });
      if (performance.now() > until) {
        throw fail(httpErrors, "request_too_slow", { seconds: UPLOAD_MAX_MS / 1_000 });
      }
      yield chunk;
    }
  } catch (error) {
    if (!request.readableAborted) throw error;
    throw fail(httpErrors, "upload_incomplete", {}, error);
  } finally {
    request.resume();
  }
}

/** Does it while there is room for one more of this key. Refuses: http.uploads_full. */
export async function whileUploading<T>(call: Call, work: () => Promise<T>): Promise<T> {
  const { uploads } = call.doors;
  const { keyId } = principalOf(call);
  if (!uploads.take(keyId, 1)) {
    const count = uploads.used();
    throw fail(httpErrors, "uploads_full", { count, retryAfterMs: OVERLOADED_RETRY_MS });
  }
  try {
    return await work();
  } finally {
    uploads.giveBack(keyId, 1);
  }
}
