/** Errors of any origin become problems, and problems answers. */
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { fail, LongmenError } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import type { HttpLimits } from "./limits.ts";
import { type Problem, PROBLEM_TYPE, problemOf } from "./problem.ts";
import { traceIdOf } from "./trace.ts";

const SECOND_MS = 1_000;

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  const problem = problemOf(error, request.asked.traceId);
  request.asked.code = problem.code;
  if (problem.status === 500) request.asked.error = error;
  reply.code(problem.status).header("content-type", PROBLEM_TYPE);
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  if (problem.retryAfterMs !== undefined) reply.header("retry-after", secondsOf(problem));
  // What is left of a refused body is not read; the connection is of no more use.
  if (!request.raw.complete) reply.header("connection", "close");
  return reply.send(JSON.stringify(problem));
}

/** Whole seconds, rounded up: 0 would say "at once" to those who read only the header. */
function secondsOf({ retryAfterMs = 0 }: Problem): number {
  return Math.max(1, Math.ceil(retryAfterMs / SECOND_MS));
}

interface FrameworkError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
}

/** What Fastify itself refuses, in our words; everything else stays what it is. */
export function asLongmenError(error: unknown): unknown {
  if (error instanceof LongmenError) return error;
  const { code, statusCode } = (error ?? {}) as FrameworkError;
  if (typeof code !== "string" || !code.startsWith("FST_ERR_")) return error;
  if (code === "FST_ERR_BAD_URL") {
    return fail(
      httpErrors,
      "path_malformed",
      { problem: "it is not percent-encoded UTF-8" },
      error,
    );
  }
  if (code.startsWith("FST_ERR_CTP_INVALID_MEDIA_TYPE")) {
    return fail(httpErrors, "content_type_unsupported", { type: "" }, error);
  }
  if (code.startsWith("FST_ERR_CTP_") && code.includes("TOO_LARGE")) {
    return fail(httpErrors, "body_too_large", { max: "the limit of" }, error);
  }
  if (typeof statusCode !== "number" || statusCode >= 500) return error;
  return fail(httpErrors, "request_malformed", { problem: code }, error);
}

/** Answers what never became a request: on the socket itself, which is then closed. */
export function answerRawProblem(
  error: Error & { readonly code?: string },
  socket: Socket,
  { receiveTimeoutMs }: HttpLimits,
): void {
  if (socket.destroyed || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const refusal =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? fail(httpErrors, "request_too_slow", { seconds: receiveTimeoutMs / SECOND_MS })
      : fail(httpErrors, "request_malformed", { problem: error.code ?? "it does not parse" });
  const traceId = traceIdOf(undefined);
  const body = JSON.stringify(problemOf(refusal, traceId));
  const head = [
    "HTTP/1.1 400 Bad Request",
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `trace-id: ${traceId}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
