/** What the API says before there is a ledger to ask: it lives, and is not ready. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { fail } from "../base/index.ts";
import { headersOf } from "./answer-raw.ts";
import { httpErrors } from "./http.errors.ts";
import { problemOf } from "./problem.ts";
import { headersBefore } from "./rest-of-body.ts";
import { traceIdOf } from "./trace.ts";

const RETRY_MS = 1_000;
const ALIVE = JSON.stringify({ status: "ok" });

/**
 * Answers a request for a path of the API while the house starts. Alive it is all the same: who ends
 * what does not live would else end a start that recovers a database, again and again.
 */
export function answerStarting(request: IncomingMessage, response: ServerResponse): void {
  const traceId = traceIdOf(request.headers["traceparent"] as string | undefined);
  const isForLife = /^\/health\/live(\?|$)/.test(request.url ?? "");
  if (isForLife && (request.method === "GET" || request.method === "HEAD")) {
    const headers = { "content-type": "application/json; charset=utf-8", "trace-id": traceId };
    response.writeHead(200, { ...headers, "cache-control": "no-store" }).end(ALIVE);
    return;
  }
  const problem = problemOf(fail(httpErrors, "starting", { retryAfterMs: RETRY_MS }), traceId);
  const headers = { ...headersOf(problem), ...headersBefore(request) };
  response.writeHead(problem.status, headers).end(JSON.stringify(problem));
}
