/** Errors of any origin become problems, and problems answers. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { mayDo } from "../access/index.ts";
import { fail, LongmenError } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import { looking } from "./gate-catalog.ts";
import { type Problem, PROBLEM_TYPE, problemOf, type Sees } from "./problem.ts";
import { headersBefore } from "./rest-of-body.ts";

const SECOND_MS = 1_000;

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  const problem = problemOf(error, request.asked.traceId, seesOf(request));
  request.asked.code = problem.code;
  if (problem.status === 500) request.asked.error = error;
  reply.code(problem.status).header("content-type", PROBLEM_TYPE);
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  if (problem.retryAfterMs !== undefined) reply.header("retry-after", secondsOf(problem));
  return reply.headers(headersBefore(request.raw)).send(JSON.stringify(problem));
}

/** By its scopes on the whole book that was asked. */
function seesOf({ asked, params }: FastifyRequest): Sees {
  const { book } = (params ?? {}) as { readonly book?: unknown };
  const { principal } = asked;
  if (principal === undefined || typeof book !== "string") return "buyer";
  return keepers.some((action) => mayDo(principal, action, book)) ? "shop" : "buyer";
}

const keepers = [...looking, "shop.decide"] as const;

/** Whole seconds, rounded up: 0 would say "at once" to those who read only the header. */
export function secondsOf({ retryAfterMs = 0 }: Problem): number {
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
