/** One structured line and one count for each request. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isAwayCode } from "./readiness.ts";
import type { Doors, Route } from "./route.ts";

const SERVER_ERROR = 500;
const SECOND_MS = 1_000;
/** So many of those that are turned away within a second have a line of their own. */
const TURNED_AWAY_LINES = 10;
const TURNED_AWAY = "http.overloaded";
/** So many addresses are told apart within a second; who asks most is among the first. */
const FROMS_MAX = 1_000;

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

export interface TurnedAway {
  readonly route: Route;
  readonly status: number;
  readonly from: string;
  readonly traceId: string;
  readonly ms: number;
}

/**
 * The same for writes that were turned away at the door. Each is counted; the first ones of a second
 * have their line, all others one together, as thousands of lines would cost what there is too little of.
 */
export function tellsTurnedAway({ log, metrics, closing }: Doors): (one: TurnedAway) => void {
  let lines = 0;
  let unsaid = 0;
  /** How many of those came from where. */
  let froms = new Map<string, number>();
  const endOfSecond = () => {
    if (unsaid > 0) {
      const [most] = [...froms].toSorted(([, a], [, b]) => b - a);
      const [mostFrom, mostRequests] = most ?? [];
      const joined = { code: TURNED_AWAY, requests: unsaid, mostFrom, mostRequests };
      log.info(joined, "more requests turned away");
    }
    lines = 0;
    unsaid = 0;
    froms = new Map();
  };
  closing.addEventListener("abort", endOfSecond, { once: true });
  return ({ route, status, from, traceId, ms }) => {
    const name = `${route.method} ${route.path}`;
    metrics.answered(name, status, ms / SECOND_MS);
    metrics.problem(TURNED_AWAY);
    if (lines === 0) setTimeout(endOfSecond, SECOND_MS).unref();
    if (lines >= TURNED_AWAY_LINES) {
      unsaid += 1;
      const known = froms.get(from);
      if (known !== undefined || froms.size < FROMS_MAX) froms.set(from, (known ?? 0) + 1);
      return;
    }
    lines += 1;
    const what = { method: route.method, route: route.path, status, code: TURNED_AWAY };
    log.info({ ...what, ms: Math.round(ms * 100) / 100, from, traceId }, "request");
  };
}
