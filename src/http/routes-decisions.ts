/** Decisions: asked for, looked up, and made again by a candidate. */
import { fail } from "../base/index.ts";
import { atRules, atVersion, decides, inShop, runsRules } from "./codes.ts";
import { enterSelling, looking, needing } from "./gate-catalog.ts";
import { demandShop } from "./gate-shop.ts";
import { httpErrors } from "./http.errors.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import {
  DecideBody,
  Decision,
  LoggedDecision,
  LoggedDecisionPage,
  ruleParam,
  ruleVersionParam,
  shadowQuery,
  ShadowReport,
} from "./schemas-rules.ts";
import { text } from "./schemas.ts";
import { taken } from "./taken.ts";
import { decisionOnWire, loggedOnWire } from "./wire-rules.ts";

const group = "Rules";
const reading = { group, ...needing(looking), method: "GET" } as const;
const paged = ["rules.limit_out_of_range", "rules.cursor_malformed"] as const;
/** More is a job for a program beside the house: see `rules.shadow`. */
const SHADOW_MAX = 10_000;

const decide = route({
  ...needing(["shop.decide"]),
  group,
  method: "POST",
  path: "/v1/books/{book}/rules/{name}/decide",
  name: "decideRule",
  summary: "Ask the live version, and keep the decision",
  description:
    "It is written down under an id, with this request's trace. Nothing is no answer: a rule that divides by zero or has no row that fits is refused. Each call is one more decision.",
  params: { ...bookParam, ...ruleParam },
  body: taken(DecideBody),
  answers: { 200: { description: "What it said.", schema: Decision } },
  codes: [...inShop, ...decides],
  example: { input: { amount: 1999 } },
  async handle(call) {
    const { input, durable, version, trace } = call.body;
    if (version !== undefined || trace === true)
      demandShop(call, ["shop.define"], undefined, "/version");
    const { rules } = await enterSelling(call, ["shop.decide"]);
    const { book, name } = call.params;
    const decision = await rules.decide(book, name, input, {
      ...{ version, trace, traceId: call.asked.traceId },
      log: durable === true ? "durable" : "beside",
    });
    return json(decisionOnWire(decision));
  },
});

const shadow = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/versions/{version}/shadow",
  name: "shadowRule",
  summary: "Make the latest decisions again by this version, and tell what would change",
  description: "Changes nothing and is not logged. Give it time: Request-Timeout-Ms.",
  params: { ...bookParam, ...ruleVersionParam },
  query: shadowQuery,
  answers: { 200: { description: "How many, and the first hundred.", schema: ShadowReport } },
  codes: [...atVersion, ...runsRules, "rules.none_live"],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { book, name, version } = call.params;
    const last = numberAsked(call.query.last);
    if (last !== undefined && (last < 1 || last > SHADOW_MAX)) {
      throw fail(httpErrors, "query_malformed", { problem: `last is from 1 to ${SHADOW_MAX}` });
    }
    const gone = new AbortController();
    call.reply.raw.once("close", () => gone.abort());
    const of = numberAsked(call.query.of);
    return json(await rules.shadow(book, name, Number(version), { last, of, signal: gone.signal }));
  },
});

const listDecisions = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/decisions",
  name: "listRuleDecisions",
  summary: "What a rule set decided, newest first",
  params: { ...bookParam, ...ruleParam },
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: LoggedDecisionPage } },
  codes: [...atRules, ...paged],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { book, name } = call.params;
    const { cursor, limit } = call.query;
    const asked = { cursor, limit: numberAsked(limit) };
    const page = await rules.decisions(book, { name }, asked);
    return json({ items: page.items.map(loggedOnWire), cursor: page.cursor });
  },
});

const listOfTrace = route({
  ...reading,
  path: "/v1/books/{book}/decisions",
  name: "listDecisionsOfTrace",
  summary: "What was decided for one request, oldest first",
  params: bookParam,
  query: { trace: text("Its trace id.", "0af7651916cd43dd8448eb211c80319c"), ...pageQuery },
  answers: { 200: { description: "A page.", schema: LoggedDecisionPage } },
  codes: [...inShop, "rules.field_malformed", ...paged],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { trace: traceId, cursor, limit } = call.query;
    const asked = { cursor, limit: numberAsked(limit) };
    const page = await rules.decisions(call.params.book, { traceId }, asked);
    return json({ items: page.items.map(loggedOnWire), cursor: page.cursor });
  },
});

const findDecision = route({
  ...reading,
  path: "/v1/books/{book}/decisions/{decision}",
  name: "findDecision",
  summary: "One decision: input, output, by which version",
  params: { ...bookParam, decision: text("Its id.", "01kk…") },
  answers: { 200: { description: "The decision.", schema: LoggedDecision } },
  codes: [...inShop, "rules.field_malformed", "rules.decision_missing"],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { book, decision } = call.params;
    return json(loggedOnWire(await rules.decision(book, decision)));
  },
});

export const decisionRoutes: readonly Route[] = [
  decide,
  shadow,
  listDecisions,
  listOfTrace,
  findDecision,
];
