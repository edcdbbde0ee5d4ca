/**
 * Answers what never became a request: bytes that do not parse, a request that came too slowly, an
 * expectation, a tunnel. On the socket itself, which is closed then; never in the middle of another
 * answer, and never in the place of one that is still to come.
 */
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { fail } from "../base/index.ts";
import { secondsOf } from "./answer-problem.ts";
import type { Connections, Exchange } from "./connections.ts";
import { httpErrors } from "./http.errors.ts";
import { type HttpLimits, KEEP_ALIVE_MS, STUCK_MS } from "./limits.ts";
import { type Problem, PROBLEM_TYPE, problemOf } from "./problem.ts";
import { headersBefore, linger } from "./rest-of-body.ts";
import { traceIdOf } from "./trace.ts";
import { isUploading } from "./upload.ts";

const SECOND_MS = 1_000;
/** Node's word for it. */
const TOO_SLOW = "ERR_HTTP_REQUEST_TIMEOUT";

/** Settles what a server does below HTTP: its times, and an answer for whatever is no request. */
export function guardServer(server: Server, limits: HttpLimits, connections: Connections): void {
  const { receiveTimeoutMs } = limits;
  server.requestTimeout = receiveTimeoutMs;
  // Node waits for the longer of the two, whatever is late.
  server.headersTimeout = receiveTimeoutMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = STUCK_MS;
  // Their size has a limit; where their number has one, Node drops the rest in silence.
  server.maxHeadersCount = 0;
  connections.watch(server);
  // RFC 9112, 3.2.2: a server must accept a whole URL as the target, too.
  server.prependListener("request", (request) => (request.url = originForm(request.url)));
  // Else Node says "continue" before anybody has looked at the head.
  server.on("checkContinue", (request, response) => server.emit("request", request, response));
  server.on("clientError", (error: RawError, socket) => {
    answerWhenFree(error, socket, limits, connections);
  });
  server.on("connect", (_request, socket) => endWith(socket, malformed("it asks for a tunnel")));
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const problem = malformed("its expectation is none that can be met");
    // Whether its body comes nobody knows: what follows could be that, or another request.
    const headers = { ...headersOf(problem), ...headersBefore(request), connection: "close" };
    response.writeHead(problem.status, headers).end(JSON.stringify(problem));
  });
}

/** The target without scheme and host. */
function originForm(target = "/"): string {
  if (target.startsWith("/")) return target;
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1];
  if (path === undefined) return target;
  return path.startsWith("/") ? path : `/${path}`;
}

type RawError = Error & { readonly code?: string };

/** Requests before it on the same connection are answered first. */
function answerWhenFree(
  error: RawError,
  socket: Duplex,
  limits: HttpLimits,
  connections: Connections,
): void {
  if (error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  if (isUnused(error, socket)) return;
  // Its own time is longer: see upload.ts.
  if (error.code === TOO_SLOW && connections.inWork(socket).some(isTakenSlowly)) return;
  const problem = problemOfRaw(error, limits);
  const before = connections.inWork(socket);
  // What is at fault is the request that is not complete; half of an answer to it can't be mended.
  if (before.some(isHalfAnswered)) socket.destroy();
  else void endAfter(before, socket, problem);
}

/**
 * Node counts a first request's time from when the connection opened. Who opened it in advance is not
 * slow: from the first byte on it is counted anew, and without one STUCK_MS ends it.
 */
function isUnused({ code }: RawError, socket: Duplex): boolean {
  return code === TOO_SLOW && socket instanceof Socket && socket.bytesRead === 0;
}

async function endAfter(
  before: readonly Exchange[],
  socket: Duplex,
  problem: Problem,
): Promise<void> {
  await settled(before);
  endWith(socket, problem);
}

const isTakenSlowly = ({ request }: Exchange): boolean => isUploading(request);

function isHalfAnswered({ request, response }: Exchange): boolean {
  return !request.complete && response.headersSent;
}

async function settled(exchanges: readonly Exchange[]): Promise<void> {
  const whole = exchanges.filter(({ request }) => request.complete);
  await Promise.all(
    whole.map(({ response }) => new Promise((resolve) => response.once("close", resolve))),
  );
}

function endWith(socket: Duplex, problem: Problem): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  const head = Object.entries(headersOf(problem)).map(([name, value]) => `${name}: ${value}`);
  const first = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`;
  const lines = [first, ...head, "connection: close"].join("\r\n");
  socket.write(`${lines}\r\n\r\n${body}`);
  linger(socket);
}

/** A whole answer without a request that routes know: for this file, and while the house starts. */
export function headersOf(problem: Problem): Record<string, string> {
  return {
    "content-type": PROBLEM_TYPE,
    "content-length": String(Buffer.byteLength(JSON.stringify(problem))),
    "trace-id": problem.traceId,
    "cache-control": "no-store",
    ...(problem.retryAfterMs === undefined ? {} : { "retry-after": String(secondsOf(problem)) }),
  };
}

function problemOfRaw(error: RawError, { receiveTimeoutMs }: HttpLimits): Problem {
  if (error.code !== TOO_SLOW) return malformed(error.code ?? "it does not parse");
  const seconds = receiveTimeoutMs / SECOND_MS;
  return problemOf(fail(httpErrors, "request_too_slow", { seconds }), traceIdOf(undefined));
}

function malformed(problem: string): Problem {
  return problemOf(fail(httpErrors, "request_malformed", { problem }), traceIdOf(undefined));
}
