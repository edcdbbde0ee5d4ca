/** The server: Fastify, the routes, and what happens around every request. */
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Access } from "../access/index.ts";
import { fail, type Logger, silentLogger } from "../base/index.ts";
import type { Flows, Leases } from "../flow/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Schedules } from "../schedule/index.ts";
import { admission, type Admission, weightOf } from "./admission.ts";
import { methodsOf } from "./allow.ts";
import { checkHead } from "./check-head.ts";
import { headersRefusal } from "./check-headers.ts";
import { type ClientAddress, clientAddress } from "./client-address.ts";
import { type Connections, connections } from "./connections.ts";
import { withinDeadline } from "./deadline.ts";
import { feedWatch } from "./feed-watch.ts";
import { httpErrors } from "./http.errors.ts";
import {
  BACKLOG,
  HTTP_LIMITS,
  type HttpLimits,
  KEEP_ALIVE_MS,
  OVERLOADED_RETRY_MS,
  STUCK_MS,
} from "./limits.ts";
import { metrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { asLongmenError, sendProblem } from "./answer-problem.ts";
import { guardServer } from "./answer-raw.ts";
import { type Bodies, Read, receivesBodies } from "./receive-body.ts";
import { referencePage } from "./reference-page.ts";
import { readiness } from "./readiness.ts";
import { tellOf } from "./request-log.ts";
import { type Asked, type Doors, isWrite, type Route, type Selling } from "./route.ts";
import { routes } from "./routes.ts";
import { shares } from "./shares.ts";
import { traceIdOf } from "./trace.ts";
import { announced, type TurnsAway, turnsAway } from "./turn-away.ts";
import { verifications } from "./verifications.ts";

declare module "fastify" {
  export interface FastifyRequest {
    asked: Asked;
  }
}

export interface OpenHttpOptions {
  readonly ledger: Ledger;
  readonly access: Access;
  /** Runs are served where these are given; else their routes answer http.no_flows. */
  readonly flows?: Flows | undefined;
  readonly leases?: Leases | undefined;
  /** The same of schedules: http.no_schedules. */
  readonly schedules?: Schedules | undefined;
  /** The same of rules, catalogue and orders: http.no_selling. */
  readonly selling?: Selling | undefined;
  readonly log?: Logger | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Proxies whose X-Forwarded-For is believed: addresses and CIDR ranges. None when left out. */
  readonly trustProxy?: readonly string[] | undefined;
  /** This node's name, told where something is to be had only here. */
  readonly node?: string | undefined;
  /** Of Longmen, as the reference shows it. */
  readonly version?: string | undefined;
}

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Begins to serve; port 0 takes a free one. Rejects with what listen(2) says. */
  listen(host: string, port: number): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Serves at a server that listens already, beside what else it serves: answers the function to hand
   * requests to. Create it with `SERVER_OPTIONS`, or slow requests are found late.
   */
  join(server: Server): RequestListener;
  /** Takes no more requests, answers those that it took, ends idle connections. Leaves ledger and access open. */
  close(): Promise<void>;
}

/** What a server that is joined must be made with. */
export const SERVER_OPTIONS = {
  connectionsCheckingInterval: 1_000,
  // Else Node answers itself, with an empty 400.
  requireHostHeader: false,
} as const;

/** Node looks so often for requests that are too slow. */
const SLOW_LOOK_MS = 1_000;
const PARAM_MAX_LENGTH = 1_024;
const JSON_TYPE = "application/json; charset=utf-8";

/**
 * Makes the server of a ledger. It listens to nobody until told so.
 */
export async function openHttp(options: OpenHttpOptions): Promise<HttpServer> {
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const closing = new AbortController();
  const state: State = {
    inFlight: 0,
    writes: admission({ max: limits.inFlightMax }),
    connections: connections(),
    bodies: receivesBodies(limits),
    methods: methodsOf(routes),
    addressOf: clientAddress(options.trustProxy),
  };
  const doors = doorsOf(options, limits, closing.signal, state);
  const app = frameworkOf(doors, state);
  const listener = listenerOf(app, turnsAway(doors, state, routes));
  app.server.removeAllListeners("request").on("request", listener);
  guardServer(app.server, limits, state.connections);
  for (const route of routes) addRoute(app, doors, state, route);
  await app.ready();
  return serverOf(app, doors, state, closing, listener);
}

/** What a server hands its requests to: Fastify hears only of those that there is room for. */
function listenerOf(app: FastifyInstance, isTurnedAway: TurnsAway): RequestListener {
  return (request, response) => {
    if (!isTurnedAway(request, response)) app.routing(request, response);
  };
}

/** Fastify with our own bodies and problems. */
function frameworkOf(doors: Doors, state: State): FastifyInstance {
  const { limits } = doors;
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    requestTimeout: limits.receiveTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: STUCK_MS,
    bodyLimit: limits.bodyMaxBytes,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: PARAM_MAX_LENGTH },
    http: {
      ...SERVER_OPTIONS,
      connectionsCheckingInterval: Math.min(SLOW_LOOK_MS, limits.receiveTimeoutMs),
      headersTimeout: limits.receiveTimeoutMs,
      requestTimeout: limits.receiveTimeoutMs,
    },
    // Said by guardServer, for servers of others too.
    clientErrorHandler: () => undefined,
    frameworkErrors: (error, request, reply) => {
      begin(doors, state, request, reply, undefined);
      sendProblem(request, reply, asLongmenError(error));
    },
  });
  app.removeAllContentTypeParsers();
  // All go one way; the usual type is named as well, since it is then found without parsing it.
  for (const type of ["application/json", "*"]) {
    app.addContentTypeParser(type, ({ asked }: FastifyRequest, payload, done) =>
      state.bodies.receive(payload, asked, done),
    );
  }
  app.setErrorHandler((error, request, reply) =>
    sendProblem(request, reply, asLongmenError(error)),
  );
  // A hook and no handler: a handler is asked when the body is in.
  app.addHook("onRequest", (request, reply, done) => {
    if (!request.is404) return done();
    begin(doors, state, request, reply, undefined);
    done(headersRefusal(request.raw) ?? notFound(state, request, reply));
  });
  return app;
}

function notFound({ methods }: State, request: FastifyRequest, reply: FastifyReply): Error {
  const [path = ""] = request.url.split("?");
  const allow = methods(path).join(", ");
  if (allow !== "") reply.header("allow", allow);
  const others = allow === "" ? "" : `; there is ${allow}`;
  return fail(httpErrors, "route_missing", { method: request.method, path, others });
}

interface State {
  inFlight: number;
  readonly writes: Admission;
  readonly connections: Connections;
  readonly bodies: Bodies;
  readonly methods: (path: string) => readonly string[];
  readonly addressOf: ClientAddress;
}

function doorsOf(
  options: OpenHttpOptions,
  limits: HttpLimits,
  closing: AbortSignal,
  state: State,
): Doors {
  const { ledger, access, flows, leases, schedules, selling, log = silentLogger } = options;
  const { version = "0.0.0", node = "this" } = options;
  const feed = feedWatch();
  const places = shares(limits.waitingMax);
  const uploads = shares(limits.uploadsMax);
  const counts = metrics();
  let document: string | undefined;
  let page: ReturnType<typeof referencePage> | undefined;
  return {
    ledger,
    access,
    flows,
    leases,
    schedules,
    selling,
    limits,
    log,
    feed,
    places,
    uploads,
    closing,
    metrics: counts,
    verifications: verifications(log, node),
    isReady: readiness(ledger, closing, counts.reached),
    work: {
      enter: () => (state.inFlight += 1),
      leave: () => (state.inFlight -= 1),
    },
    gauges: () => {
      const { inFlight, bodies, writes } = state;
      const pool = ledger.database.stats();
      return {
        ...{ inFlight, bodyBytes: bodies.bytes(), waiting: places.used() },
        ...{ writeLimit: writes.limit, writeWeight: writes.weight, pool, version },
        flows: flows?.stats(),
      };
    },
    openApiText: () => (document ??= JSON.stringify(openApiDocument(routes, version))),
    referencePage: () => (page ??= referencePage(openApiDocument(routes, version))),
  };
}

function addRoute(app: FastifyInstance, doors: Doors, state: State, route: Route): void {
  app.route({
    method: route.method === "GET" ? ["GET", "HEAD"] : route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    onRequest: async (request, reply) => {
      begin(doors, state, request, reply, route);
      const refusal =
        headersRefusal(request.raw) ??
        namelessRefusal(state, request, reply) ??
        refusalOf(doors, state, route, request);
      if (refusal !== undefined) throw refusal;
      await checkHead(doors, route, request);
      // Who asks whether to send the body is told so now, and not before.
      if (asksToGoOn(request.raw)) reply.raw.writeContinue();
    },
    handler: (request, reply) => {
      // In its place: see receive-body.ts.
      if (request.body instanceof Error) throw request.body;
      if (isWrite(route)) beginWrite(state, request);
      return serve(doors, route, request, reply);
    },
  });
}

/** A client of HTTP/1.0 knows no answer before the answer (RFC 9110, 15.2). */
function asksToGoOn({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersion !== "1.0";
}

/** Starts the clock of a request and tells of it when its answer is out, or its caller gone. */
function begin(
  doors: Doors,
  state: State,
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route | undefined,
): void {
  const traceId = traceIdOf(request.headers["traceparent"] as string | undefined);
  const startedAt = performance.now();
  const asked: Asked = {
    traceId,
    from: state.addressOf(request.socket.remoteAddress, request.headers["x-forwarded-for"]),
    startedAt,
    deadlineAt: startedAt + doors.limits.deadlineMs,
    hasDeadline: false,
    bodyBytes: 0,
    write: undefined,
    readBody: route?.readBody,
    streams: route?.streams === true,
    isOver: false,
    principal: undefined,
    code: undefined,
    error: undefined,
  };
  request.asked = asked;
  const exchange = { request: request.raw, response: reply.raw };
  state.inFlight += 1;
  state.connections.begins(exchange);
  reply.header("trace-id", traceId).header("cache-control", "no-store");
  if (doors.closing.aborted) reply.raw.shouldKeepAlive = false;
  reply.raw.once("close", () => {
    state.inFlight -= 1;
    state.connections.ends(exchange);
    asked.isOver = true;
    const { write } = asked;
    if (write !== undefined) state.writes.end(performance.now() - write.startedAt, write.weight);
    state.bodies.release(asked);
    tellOf(doors, route, request, reply);
  });
}

/**
 * How long writes take decides how many are taken in: see admission.ts. Counted from when the whole
 * body is there, so that nobody's slow sending is taken for a slow database. Whose caller has gone by
 * then is not counted: nobody would tell that it has ended.
 * Refuses: http.overloaded, where a body whose length was not told turns out too heavy.
 */
function beginWrite({ writes, inFlight }: State, { asked, headers }: FastifyRequest): void {
  if (asked.isOver) return;
  const weight = weightOf(asked.bodyBytes);
  if (headers["content-length"] === undefined && !writes.admits(weight)) {
    throw fail(httpErrors, "overloaded", { inFlight, retryAfterMs: OVERLOADED_RETRY_MS });
  }
  asked.write = { startedAt: performance.now(), weight };
  writes.begin(weight);
}

/** Most of those that find no room never come here: see turn-away.ts. */
function refusalOf(
  doors: Doors,
  state: State,
  route: Route,
  { headers }: FastifyRequest,
): Error | undefined {
  const { inFlight, writes } = state;
  if (route.needs === undefined) return undefined;
  if (doors.closing.aborted) return fail(httpErrors, "closing");
  const isFull = isWrite(route) && !writes.admits(weightOf(announced(headers)));
  if (inFlight <= doors.limits.inFlightMax && !isFull) return undefined;
  return fail(httpErrors, "overloaded", { inFlight, retryAfterMs: OVERLOADED_RETRY_MS });
}

/** A name of no characters is none: `/v1/books/` is no book's path. */
function namelessRefusal(
  state: State,
  request: FastifyRequest,
  reply: FastifyReply,
): Error | undefined {
  const names = Object.values(request.params as Record<string, string>);
  return names.includes("") ? notFound(state, request, reply) : undefined;
}

async function serve(
  doors: Doors,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const sent = route.bodyMayMiss === true && request.body === undefined ? {} : request.body;
  const call = {
    doors,
    // Checked before the body was read.
    params: request.params,
    query: request.query,
    body: sent instanceof Read ? sent.body : route.takeBody?.(sent, ""),
    asked: request.asked,
    request,
    reply,
  };
  const answering = route.handle(call);
  const isRead = route.method === "GET" && route.needs !== undefined;
  const answered = await (isRead
    ? withinDeadline(doors, route, request.asked, answering)
    : answering);
  if (reply.getHeader("content-type") === undefined) reply.header("content-type", JSON_TYPE);
  // HEAD: what would be streamed is not begun; the rest Node leaves out, and tells its length.
  if (request.method !== "HEAD" || !(answered instanceof Readable)) return answered;
  answered.destroy();
  return null;
}

function serverOf(
  app: FastifyInstance,
  doors: Doors,
  state: State,
  closing: AbortController,
  listener: RequestListener,
): HttpServer {
  let closed: Promise<void> | undefined;
  return {
    app,
    async listen(host, port) {
      await app.listen({ host, port, backlog: BACKLOG });
      const taken = (app.server.address() as AddressInfo).port;
      const name = host.includes(":") ? `[${host}]` : host;
      return { url: `http://${name}:${taken}`, port: taken };
    },
    join(server) {
      guardServer(server, doors.limits, state.connections);
      return listener;
    },
    close: () => (closed ??= closeInOrder(app, doors, state, closing)),
  };
}

/** Turns away what is new, waits for what was taken in, and lets go of the rest. */
async function closeInOrder(
  app: FastifyInstance,
  { limits, verifications }: Doors,
  { connections }: State,
  closing: AbortController,
): Promise<void> {
  closing.abort(new Error("the server closes"));
  const stopped = app.close();
  const jobs = verifications.close();
  for (let waitedMs = 0; waitedMs < limits.closeTimeoutMs; waitedMs += IDLE_LOOK_MS) {
    // A connection that was busy a moment ago is idle now, and nobody will ask on it any more.
    connections.closeUnused();
    if (connections.busy() === 0) break;
    await setTimeout(IDLE_LOOK_MS);
  }
  connections.closeAll();
  await Promise.all([stopped, jobs]);
}

const IDLE_LOOK_MS = 50;
