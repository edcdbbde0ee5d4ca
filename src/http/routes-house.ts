/** What the house tells of itself, without a key: is it alive, how busy, what it takes. */
import { Type } from "typebox";
import { fail } from "../base/index.ts";
import { httpErrors, INTERNAL_CODE } from "./http.errors.ts";
import { json, route, type Route } from "./route.ts";
import { named } from "./schemas.ts";

const house = { method: "GET", group: "House", needs: undefined } as const;
const codes = [INTERNAL_CODE, "http.query_malformed", "http.request_malformed"];

const Health = named("Health", { status: Type.Literal("ok") });
const OK = json({ status: "ok" });

const live = route({
  ...house,
  path: "/health/live",
  name: "healthLive",
  summary: "Does the process answer?",
  description: "Asks nothing of the database: a node without one is alive, and not ready.",
  answers: { 200: { description: "It does.", schema: Health } },
  codes,
  handle: () => Promise.resolve(OK),
});

const ready = route({
  ...house,
  path: "/health/ready",
  name: "healthReady",
  summary: "Would a request be served?",
  description:
    "503 while the database is away, and from the moment that the server begins to close.",
  answers: { 200: { description: "It would.", schema: Health } },
  codes: [...codes, "http.not_ready"],
  async handle({ doors }) {
    if (await doors.isReady()) return OK;
    throw fail(httpErrors, "not_ready");
  },
});

const metrics = route({
  ...house,
  path: "/metrics",
  name: "metrics",
  summary: "Counters, as Prometheus reads them",
  answers: { 200: { description: "Text format 0.0.4.", type: "text/plain" } },
  codes,
  handle({ doors, reply }) {
    reply.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
    return Promise.resolve(doors.metrics.text(doors.gauges()));
  },
});

const openApi = route({
  ...house,
  path: "/openapi.json",
  name: "openApi",
  summary: "This API as an OpenAPI 3.1 document",
  answers: { 200: { description: "The document.", type: "application/json" } },
  codes,
  handle: ({ doors }) => Promise.resolve(doors.openApiText()),
});

const reference = route({
  ...house,
  path: "/reference",
  name: "reference",
  summary: "This API as a page, with examples that run",
  answers: { 200: { description: "The page.", type: "text/html" } },
  codes,
  handle({ doors, reply }) {
    const { html, policy } = doors.referencePage();
    reply.header("content-type", "text/html; charset=utf-8");
    reply.header("content-security-policy", policy);
    return Promise.resolve(html);
  },
});

export const houseRoutes: readonly Route[] = [live, ready, metrics, openApi, reference];
