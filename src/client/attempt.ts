/** One HTTP request and what came of it: an answer, or a problem and whether it may be done. */
import { routes } from "./api-routes.ts";
import { retryAfterMs } from "./back-off.ts";
import { fetchOptions, type Heard, type Transport } from "./over-node.ts";
import {
  clientProblem,
  type Details,
  LongmenProblem,
  type Mistake,
  type Retry,
  type Words,
} from "./problem.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** Where a client goes, as whom. */
export interface Wire {
  /** Without a slash at its end. */
  readonly base: string;
  readonly key: string;
  /** For files. */
  readonly fetch: typeof fetch;
  /** For all else. */
  readonly transport: Transport;
  readonly deadlineMs: number;
}

export type RouteName = keyof typeof routes;

export interface Question {
  readonly name: RouteName;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  /** JSON text. */
  readonly body?: string | undefined;
  /** A file in the place of JSON. */
  readonly file?: { readonly body: FileBody; readonly type: string } | undefined;
  /** Whether sending it twice is the same as once: all but the making of keys. */
  readonly repeatable: boolean;
  readonly once?: string | undefined;
  /** False: they are left out of the answer, where the server can. */
  readonly balances?: boolean | undefined;
}

type FileBody = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;

type Head = Omit<Heard, "text">;

/** `mayBeDone` is of importance to writes only. */
export type Told =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false;
      readonly problem: LongmenProblem;
      /** The problem as it was sent, for a refusal's own fields. */
      readonly body?: unknown;
      readonly mayBeDone: boolean;
    };

export function isWrite({ name }: Pick<Question, "name">): boolean {
  return routes[name][0] !== "GET";
}

/** Sends it once, and tells the server how long it is waited for. Never rejects. The signal ends it. */
export async function attemptOnce(
  wire: Wire,
  question: Question,
  traceparent: string,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Told> {
  try {
    const heard = await wire.transport(urlOf(wire, question), {
      method: routes[question.name][0],
      headers: headersOf(wire, question, traceparent, limitMs),
      body: question.body,
      limitMs: 1 + Math.ceil(limitMs),
      signal,
    });
    return toldBy(question, heard, heard.text);
  } catch (error) {
    return unanswered(error, traceparent);
  }
}

interface Sending {
  readonly traceparent: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** For files: answers with the head of the answer; rejects where none came. */
export function send(
  wire: Wire,
  question: Question,
  { traceparent, limitMs, signal }: Sending,
): Promise<Response> {
  const sent = wire.fetch(urlOf(wire, question), {
    ...fetchOptions,
    method: routes[question.name][0],
    headers: headersOf(wire, question, traceparent, limitMs),
    ...(question.body === undefined ? {} : { body: question.body }),
    ...(question.file === undefined ? {} : fileOf(question.file)),
    signal,
  });
  return unlessAborted(sent, signal);
}

function headersOf(
  { key }: Wire,
  { once, balances, body, file }: Question,
  traceparent: string,
  limitMs: number,
): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    traceparent,
    "request-timeout-ms": serverMs(limitMs),
    ...(once === undefined ? {} : { "idempotency-key": once }),
    ...(balances === false ? { prefer: "return=minimal" } : {}),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(file === undefined ? {} : { "content-type": file.type }),
  };
}

/** Of a stream fetch wants to be told that its answer comes behind it. */
function fileOf({ body }: NonNullable<Question["file"]>) {
  return body instanceof ReadableStream ? { body, duplex: "half" as const } : { body };
}

const SERVER_WAIT_MAX_MS = 60_000;

/**
 * A little less than we wait ourselves: a write that is dropped for being late is then told so, and
 * not unknown.
 */
function serverMs(limitMs: number): string {
  return String(Math.max(1, Math.min(SERVER_WAIT_MAX_MS, Math.floor(limitMs * 0.9))));
}

/** A path segment of these is taken for a step up or none, however it is encoded. */
const STEPS = new Set(["", ".", ".."]);

export function urlOf(
  { base }: Pick<Wire, "base">,
  { name, params = {}, query = {} }: Question,
): string {
  const [, template] = routes[name];
  const path = template.replaceAll(/\{(\w+)\}/g, (_whole, place: string) => {
    const value = params[place] ?? "";
    if (!STEPS.has(value)) return encodeURIComponent(value);
    throw clientProblem("request_malformed", { what: `${place} "${value}" can't stand in a URL` });
  });
  const asked = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return `${base}${path}${asked.length === 0 ? "" : `?${asked.join("&")}`}`;
}

/** Node tells why a connection was never made; browsers don't, and then it may have been. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** What Node's fetch says of a port that the standard keeps it from (such as 6000), word for word. */
const BAD_PORT = "bad port";

function causeOf(error: unknown): { readonly code?: unknown; readonly message?: unknown } {
  return (error as { readonly cause?: object } | null)?.cause ?? {};
}

export function unanswered(error: unknown, traceparent: string): Told {
  if (error instanceof LongmenProblem) return { ok: false, problem: error, mayBeDone: false };
  const [, traceId] = traceparent.split("-");
  const { code: reason, message } = causeOf(error);
  if (message === BAD_PORT) {
    const problem = clientProblem("port_forbidden", { traceId, cause: error });
    return { ok: false, problem, mayBeDone: false };
  }
  const neverSent = typeof reason === "string" && NEVER_SENT.has(reason);
  const problem = clientProblem(neverSent ? "unreachable" : "no_answer", { traceId, cause: error });
  return { ok: false, problem, mayBeDone: !neverSent };
}

export function toldBy(question: Question, response: Head, text: string): Told {
  const body = jsonOf(text);
  if (response.ok && body !== undefined) return { ok: true, body };
  const code = isObject(body) ? body["code"] : undefined;
  if (response.ok || typeof code !== "string") return unreadable(response);
  const { status } = response;
  const problem = problemOf(body as ProblemOnWire, response);
  return {
    ok: false,
    problem,
    body,
    mayBeDone: !isUndone(code, status, question.name === "batch"),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

interface ProblemOnWire {
  readonly code: string;
  readonly detail?: string;
  readonly title?: string;
  readonly retry?: Retry;
  readonly advice?: string;
  readonly retryAfterMs?: number;
  readonly pointer?: string;
  readonly pointers?: readonly string[];
  readonly traceId?: string;
  readonly details?: Details;
  readonly mistakes?: readonly Mistake[];
  readonly words?: Words;
}

function problemOf(body: ProblemOnWire, { status, headers }: Head): LongmenProblem {
  return new LongmenProblem({
    code: body.code,
    status,
    detail: body.detail ?? body.title ?? "",
    retry: body.retry ?? "never",
    advice: body.advice,
    retryAfterMs: body.retryAfterMs ?? retryAfterMs(headers.get("retry-after")),
    pointer: body.pointer,
    pointers: body.pointers,
    traceId: body.traceId,
    details: body.details,
    mistakes: body.mistakes,
    words: body.words,
  });
}

/** Proxies and balancers say these of a server that is away, full or slow. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

function unreadable({ status, headers }: Head): Told {
  const problem = clientProblem("answer_unreadable", {
    what: `status ${status}`,
    status,
    retry: PASSING.has(status) ? "same_request" : "never",
    retryAfterMs: retryAfterMs(headers.get("retry-after")),
    traceId: headers.get("trace-id") ?? undefined,
  });
  return { ok: false, problem, mayBeDone: status < 400 || status >= 500 };
}

/** The lane says these of a unit that was not sent; of a batch, other units may have been. */
const UNSENT = new Set(["lane.overloaded", "lane.deadline_passed", "lane.closed", "lane.broken"]);

/** Whether a problem says for certain that nothing was done. */
export function isUndone(code: string, status: number, isBatch: boolean): boolean {
  if (code.startsWith("lane.")) return !isBatch && (status < 500 || UNSENT.has(code));
  if (status === 500 || code === "http.deadline_passed") return false;
  return status < 500 || /^(http|access|ledger)\./.test(code);
}
