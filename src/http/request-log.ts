/** One structured line and one count for each request. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isAwayCode } from "./readiness.ts";
import type { Doors, Route } from "./route.ts";

const SERVER_ERROR = 500;

/** Refusals are business and go to info; a bug is an error, with its stack. */
export function tellOf(
  { log, metrics }: Doors,
  route: Route | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { asked } = request;
  const ms = performance.now() - asked.startedAt;
  const status = reply.raw.headersSent ? reply.statusCode : 0;
  const name = route === undefined ? "none" : `${route.method} ${route.path}`;
  metrics.answered(name, status, ms / 1_000);
  if (asked.code !== undefined) metrics.problem(asked.code);
  if (asked.code !== undefined && isAwayCode(asked.code)) metrics.reached(false);
  else if (status >= 200 && status < 300 && route?.needs !== undefined) metrics.reached(true);
  const line = {
    method: request.method,
    route: route?.path,
    status,
    code: asked.code,
    ms: Math.round(ms * 100) / 100,
    from: asked.from,
    keyId: asked.principal?.keyId,
    traceId: asked.traceId,
  };
  if (status === SERVER_ERROR) log.error({ ...line, err: asked.error }, "request");
  else if (route !== undefined && route.needs === undefined) log.debug(line, "request");
  else log.info(line, "request");
}
