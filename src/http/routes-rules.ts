/** Rules: imported, tested, approved, live, taken back. What they decide: routes-decisions.ts. */
import type { Reason, Rules, VersionView } from "../rules/index.ts";
import type { Action } from "../access/index.ts";
import { atRules, atVersion, changesRules, inShop, runsRules, written } from "./codes.ts";
import { enterSelling, looking, needing, ruleActorOf } from "./gate-catalog.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { NoBody } from "./request-schemas.ts";
import { type Call, json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import {
  JdmFile,
  RollBackBody,
  RuleContent,
  RuleEventPage,
  ruleParam,
  RuleSet,
  RuleSetPage,
  RuleVersion,
  ruleVersionParam,
  RuleVersionPage,
  Why,
} from "./schemas-rules.ts";
import { Type } from "typebox";
import { text } from "./schemas.ts";
import { taken } from "./taken.ts";
import {
  contentBody,
  contentOnWire,
  eventOnWire,
  ruleVersionOnWire,
  setOnWire,
} from "./wire-rules.ts";

const group = "Rules";
const reading = { group, ...needing(looking), method: "GET" } as const;
const set = { ...bookParam, ...ruleParam };
const version = { ...bookParam, ...ruleVersionParam };
const paged = ["rules.limit_out_of_range", "rules.cursor_malformed"] as const;
const told = { 200: { description: "The version, as it stands now.", schema: RuleVersion } };

type InVersion = Call<{ readonly book: string; readonly name: string; readonly version: string }>;

/** Where a version stands, as the room takes it. */
const placeOf = ({ params }: InVersion): [string, string, number] => [
  params.book,
  params.name,
  Number(params.version),
];

const listRules = route({
  ...reading,
  path: "/v1/books/{book}/rules",
  name: "listRules",
  summary: "Rule sets of a book, by name",
  params: bookParam,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: RuleSetPage } },
  codes: [...inShop, "rules.field_malformed", ...paged],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { cursor, limit } = call.query;
    const page = await rules.list(call.params.book, { cursor, limit: numberAsked(limit) });
    return json({ items: page.items.map(setOnWire), cursor: page.cursor });
  },
});

const findRule = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}",
  name: "findRule",
  summary: "One rule set: which version is live",
  params: set,
  answers: { 200: { description: "The rule set.", schema: RuleSet } },
  codes: atRules,
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    return json(setOnWire(await rules.find(call.params.book, call.params.name)));
  },
});

const importRule = route({
  ...needing(["shop.define"]),
  group,
  method: "POST",
  path: "/v1/books/{book}/rules/{name}/versions",
  name: "importRule",
  summary: "Take over a JDM file as the next version",
  description:
    "The body is the file itself (curl --data-binary @price.json): its bytes are kept. Or an object { jdm, tests, contract, note } with the file's text in `jdm`, as the route …/content answers it. All that is wrong is in `mistakes`. Safe to repeat: the same content is the version that it is already.",
  params: set,
  query: { note: Type.Optional(text("What changes with it, in a line.", "Cheaper in May")) },
  body: contentBody,
  answers: told,
  codes: [
    ...inShop,
    ...written,
    ...runsRules,
    "rules.field_malformed",
    "rules.jdm_malformed",
    "rules.script_forbidden",
    "rules.tests_malformed",
    "rules.contract_malformed",
    "rules.changed_meanwhile",
  ],
  example: {
    jdm: '{"nodes":[{"id":"in","type":"inputNode","name":"in"},{"id":"out","type":"outputNode","name":"out"}],"edges":[{"id":"e","sourceId":"in","targetId":"out"}]}',
    tests: [{ name: "as it is", input: { amount: 1 }, output: { amount: 1 } }],
  },
  async handle(call) {
    const { rules } = await enterSelling(call, ["shop.define"]);
    const { book, name } = call.params;
    const asked = { note: call.query.note, ...call.body, name };
    return json(ruleVersionOnWire(await rules.import(book, asked, ruleActorOf(call))));
  },
});

const listVersions = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/versions",
  name: "listRuleVersions",
  summary: "Versions of a rule set, newest first",
  params: set,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: RuleVersionPage } },
  codes: [...atRules, ...paged],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { book, name } = call.params;
    const { cursor, limit } = call.query;
    const page = await rules.versions(book, name, { cursor, limit: numberAsked(limit) });
    return json({ items: page.items.map(ruleVersionOnWire), cursor: page.cursor });
  },
});

const findVersion = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/versions/{version}",
  name: "findRuleVersion",
  summary: "One version: its state, who made and approved it, its tests' report",
  params: version,
  answers: { 200: { description: "The version.", schema: RuleVersion } },
  codes: atVersion,
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    return json(ruleVersionOnWire(await rules.findVersion(...placeOf(call))));
  },
});

const readJdm = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/versions/{version}/jdm",
  name: "readJdm",
  summary: "The JDM file, byte for byte as it was given",
  params: version,
  answers: { 200: { description: "The file.", schema: JdmFile } },
  codes: atVersion,
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    return (await rules.export(...placeOf(call))).jdm;
  },
});

const readContent = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/versions/{version}/content",
  name: "readRuleContent",
  summary: "File, tests and contract, as the import takes them",
  params: version,
  answers: { 200: { description: "All that its hash is over.", schema: RuleContent } },
  codes: atVersion,
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    return json(contentOnWire(await rules.export(...placeOf(call))));
  },
});

const testRule = route({
  ...needing(["shop.define"]),
  group,
  method: "POST",
  path: "/v1/books/{book}/rules/{name}/versions/{version}/test",
  name: "testRule",
  summary: "Run a version's tests",
  description: "If all pass it is `tested`; its report is kept either way. Safe to repeat.",
  params: version,
  body: taken(NoBody),
  bodyMayMiss: true,
  answers: told,
  codes: [...changesRules, ...runsRules, "rules.tests_failed", "rules.tests_missing"],
  example: {},
  async handle(call) {
    const { rules } = await enterSelling(call, ["shop.define"]);
    return json(ruleVersionOnWire(await rules.test(...placeOf(call), ruleActorOf(call))));
  },
});

interface Verb {
  readonly needs: Action;
  readonly summary: string;
  readonly description: string;
  readonly codes?: readonly string[];
  readonly change: (
    rules: Rules,
    place: readonly [string, string, number],
    reason: Reason,
  ) => Promise<VersionView>;
}

function verb(name: "approve" | "live" | "withdraw", given: Verb): Route {
  const { needs, summary, description, codes = [], change } = given;
  return route({
    ...{ group, needs, summary, description },
    method: "POST",
    path: `/v1/books/{book}/rules/{name}/versions/{version}/${name}`,
    name: `${name}Rule`,
    params: version,
    body: taken(Why),
    bodyMayMiss: true,
    answers: told,
    codes: [...changesRules, ...codes],
    example: {},
    async handle(call) {
      const { rules } = await enterSelling(call, [needs]);
      const reason = { by: ruleActorOf(call), why: call.body.why };
      return json(ruleVersionOnWire(await change(rules, placeOf(call), reason)));
    },
  });
}

const approve = verb("approve", {
  needs: "shop.approve",
  summary: "Say, as a second person, that a tested version may go live",
  description:
    "Judged by the key's owner, who has to be a person and not the one who made it: two keys of one person are one person. Safe to repeat.",
  codes: ["rules.second_person_needed"],
  change: (rules, place, reason) => rules.approve(...place, reason),
});

const makeLive = verb("live", {
  needs: "shop.define",
  summary: "Let an approved version decide",
  description: "On this node at once, on others within a second. Safe to repeat.",
  change: (rules, place, reason) => rules.makeLive(...place, reason),
});

const withdraw = verb("withdraw", {
  needs: "shop.define",
  summary: "End a version; if it was live, none is",
  description: "Safe to repeat.",
  change: (rules, place, reason) => rules.withdraw(...place, reason),
});

const rollBack = route({
  ...needing(["shop.define"]),
  group,
  method: "POST",
  path: "/v1/books/{book}/rules/{name}/rollback",
  name: "rollBackRule",
  summary: "Make a version live again that was before",
  description:
    "Name the version that is wrong (`from`), and the one before it is live; or the one to go back to (`version`). Safe to repeat.",
  params: set,
  body: taken(RollBackBody),
  answers: told,
  codes: [
    ...changesRules,
    "rules.rollback_unnamed",
    "rules.not_live",
    "rules.nothing_to_roll_back",
  ],
  example: { from: 4, why: "It was too cheap" },
  async handle(call) {
    const { rules } = await enterSelling(call, ["shop.define"]);
    const { book, name } = call.params;
    const reason = { ...call.body, by: ruleActorOf(call) };
    return json(ruleVersionOnWire(await rules.rollBack(book, name, reason)));
  },
});

const listEvents = route({
  ...reading,
  path: "/v1/books/{book}/rules/{name}/events",
  name: "listRuleEvents",
  summary: "What was done to a rule set, by whom and why, newest first",
  params: set,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: RuleEventPage } },
  codes: [...atRules, ...paged],
  async handle(call) {
    const { rules } = await enterSelling(call, looking);
    const { book, name } = call.params;
    const { cursor, limit } = call.query;
    const page = await rules.events(book, name, { cursor, limit: numberAsked(limit) });
    return json({ items: page.items.map(eventOnWire), cursor: page.cursor });
  },
});

export const ruleRoutes: readonly Route[] = [
  listRules,
  findRule,
  importRule,
  listVersions,
  findVersion,
  readJdm,
  readContent,
  testRule,
  approve,
  makeLive,
  withdraw,
  rollBack,
  listEvents,
];
