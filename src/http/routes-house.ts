/** What the house tells of itself, without a key: is it alive, how busy, what it takes. */
import { Type } from "typebox";
import { mayDo } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { keyIfShown } from "./codes.ts";
import { httpErrors } from "./http.errors.ts";
import { json, route, type Route } from "./route.ts";
import { named } from "./schemas.ts";

const house = { method: "GET", group: "House", needs: undefined } as const;

const Health = named("Health", { status: Type.Literal("ok") });
const OK = json({ status: "ok" });

const live = route({
  ...house,
  path: "/health/live",
  name: "healthLive",
  summary: "Does the process answer?",
  description: "Asks nothing of the database: a node without one is alive, and not ready.",
  answers: { 200: { description: "It does.", schema: Health } },
  codes: [],
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
  codes: ["http.starting", "http.not_ready"],
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
  description:
    "Without a key the lanes of all books are told as one. With a key each book is told by its name that the key may read as a whole, and what ended of each flow whose runs it may read.",
  answers: { 200: { description: "Text format 0.0.4.", type: "text/plain" } },
  codes: ["http.starting", ...keyIfShown],
  takesKey: true,
  handle({ doors, reply, asked: { principal } }) {
    reply.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
    const may = (action: "read" | "runs.read") => (name: string) =>
      principal !== undefined && mayDo(principal, action, name);
    const isNamed = { book: may("read"), flow: may("runs.read") };
    return Promise.resolve(doors.metrics.text(doors.gauges(), isNamed));
  },
});

const openApi = route({
  ...house,
  path: "/openapi.json",
  name: "openApi",
  summary: "This API as an OpenAPI 3.1 document",
  answers: { 200: { description: "The document.", type: "application/json" } },
  codes: ["http.starting"],
  handle: ({ doors }) => Promise.resolve(doors.openApiText()),
});

const reference = route({
  ...house,
  path: "/reference",
  name: "reference",
  summary: "This API as a page, with examples that run",
  answers: { 200: { description: "The page.", type: "text/html" } },
  codes: ["http.starting"],
  handle({ doors, reply }) {
    const { html, policy } = doors.referencePage();
    reply.header("content-type", "text/html; charset=utf-8");
    reply.header("content-security-policy", policy);
    return Promise.resolve(html);
  },
});

export const houseRoutes: readonly Route[] = [live, ready, metrics, openApi, reference];
