/**
 * Says no to writes that there is no room for, before anything else is done with them: what a refusal
 * costs is taken from those that were accepted. It looks at the head alone and at no key, so that
 * nobody learns from it whether a book or a key is there.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { fail } from "../base/index.ts";
import { type Admission, weightOf } from "./admission.ts";
import { secondsOf } from "./answer-problem.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Connections } from "./connections.ts";
import { httpErrors } from "./http.errors.ts";
import { OVERLOADED_RETRY_MS } from "./limits.ts";
import { type Problem, PROBLEM_TYPE, problemOf } from "./problem.ts";
import { tellsTurnedAway } from "./request-log.ts";
import { headersBefore } from "./rest-of-body.ts";
import { type Doors, isWrite, type Route } from "./route.ts";
import { traceIdOf } from "./trace.ts";

/** Whether a request was answered here; else it goes its way. */
export type TurnsAway = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Fullness {
  readonly inFlight: number;
  readonly writes: Admission;
  readonly connections: Connections;
  readonly addressOf: ClientAddress;
}

/** Of all writes. */
const METHOD = "POST";
/** Of a request that has to be told apart from no other one. */
const SOME_TRACE = "0".repeat(32);

export function turnsAway(doors: Doors, state: Fullness, routes: readonly Route[]): TurnsAway {
  const routeOf = writeRoutes(routes);
  const tell = tellsTurnedAway(doors);
  const said = refusals();
  return (request, response) => {
    if (request.method !== METHOD || hasRoomFor(request, doors, state)) return false;
    const route = routeOf(request);
    if (route === undefined || doors.closing.aborted) return false;
    const startedAt = performance.now();
    const traceId = traceIdOf(request.headers["traceparent"] as string | undefined);
    const exchange = { request, response };
    state.connections.begins(exchange);
    response.once("close", () => state.connections.ends(exchange));
    const { status, headers, text } = said(state.inFlight, traceId);
    const { connection } = headersBefore(request);
    response.writeHead(
      status,
      connection === undefined ? headers : [...headers, "connection", connection],
    );
    response.end(text);
    const from = state.addressOf(request.socket.remoteAddress, request.headers["x-forwarded-for"]);
    tell({ route, status, from, traceId, ms: performance.now() - startedAt });
    return true;
  };
}

function hasRoomFor(
  { headers }: IncomingMessage,
  { limits }: Doors,
  { inFlight, writes }: Fullness,
): boolean {
  return inFlight < limits.inFlightMax && writes.admits(weightOf(announced(headers)));
}

/** Bytes that its body will have; 0 where that is not told. */
export function announced(headers: IncomingMessage["headers"]): number {
  return Number(headers["content-length"] ?? 0);
}

function writeRoutes(routes: readonly Route[]): (request: IncomingMessage) => Route | undefined {
  const writes = routes
    .filter((one) => isWrite(one) && one.method === METHOD)
    .map((route) => {
      const path = route.path.replaceAll(/\{\w+\}/g, "[^/?]+");
      return { route, pattern: new RegExp(`^${path}(?:\\?|$)`) };
    });
  return ({ url = "" }) => writes.find(({ pattern }) => pattern.test(url))?.route;
}

interface Said {
  readonly status: number;
  readonly headers: string[];
  readonly text: string;
}

/** An error takes its stack and its words: they are the same for all who find as much in work. */
function refusals(): (inFlight: number, traceId: string) => Said {
  let made = { inFlight: -1, status: 0, headers: [""], before: "", behind: "" };
  return (inFlight, traceId) => {
    if (made.inFlight !== inFlight) made = { inFlight, ...refusalOf(inFlight) };
    const { status, headers, before, behind } = made;
    return {
      status,
      headers: [...headers, "trace-id", traceId],
      text: before + traceId + behind,
    };
  };
}

function refusalOf(inFlight: number) {
  const details = { inFlight, retryAfterMs: OVERLOADED_RETRY_MS };
  const problem: Problem = problemOf(fail(httpErrors, "overloaded", details), SOME_TRACE);
  const text = JSON.stringify(problem);
  const [before = "", behind = ""] = text.split(SOME_TRACE);
  const headers = [
    "content-type",
    PROBLEM_TYPE,
    "content-length",
    String(Buffer.byteLength(text)),
    "cache-control",
    "no-store",
    "retry-after",
    String(secondsOf(problem)),
  ];
  return { status: problem.status, headers, before, behind };
}
