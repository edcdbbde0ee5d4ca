/** The shapes of rules and what they decided: see schemas.ts for the rest. */
import { Type } from "typebox";
import { literals } from "./schemas-runs.ts";
import { closed, digits, named, pageOf, text, Time } from "./schemas.ts";

export const ruleParam = { name: text("The rule set's name.", "price") };
export const ruleVersionParam = { ...ruleParam, version: digits("Its number.", "1") };

const Version = Type.Integer({ minimum: 1 });
const Count = Type.Integer({ minimum: 0 });
const Json = Type.Unknown({ description: "Any JSON." });

export const RuleSet = named("RuleSet", {
  name: Type.String(),
  liveVersion: Type.Optional(Version),
  lastVersion: Version,
  createdAt: Time,
});
export const RuleSetPage = pageOf("RuleSetPage", RuleSet);

const TestReport = named("RuleTestReport", {
  count: Count,
  passed: Count,
  failures: Type.Array(
    closed({
      name: Type.String(),
      output: Type.Optional(Json),
      refused: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String()),
    }),
  ),
});

export const RuleVersion = named("RuleVersion", {
  name: Type.String(),
  version: Version,
  hash: Type.String(),
  state: literals(["draft", "tested", "approved", "live", "superseded", "withdrawn"]),
  note: Type.Optional(Type.String()),
  uses: Type.Array(closed({ key: Type.String(), version: Version, hash: Type.String() })),
  madeBy: Type.String(),
  madeAt: Time,
  report: Type.Optional(TestReport),
  approvedBy: Type.Optional(Type.String()),
  approvedAt: Type.Optional(Time),
});
export const RuleVersionPage = pageOf("RuleVersionPage", RuleVersion);

export const RuleTests = Type.Array(
  closed({
    name: Type.Optional(Type.String()),
    input: Type.Record(Type.String(), Type.Unknown()),
    output: Type.Optional(Json),
    refused: Type.Optional(Type.String({ description: "The code, in the place of an output." })),
  }),
);
const Contract = closed(
  { input: Type.Optional(Json), output: Type.Optional(Json) },
  { description: "JSON Schemas of input and answer." },
);

/** The file as text, so that it stays byte for byte. */
export const RuleContent = named("RuleContent", {
  jdm: Type.String({ description: "The JDM file, byte for byte, as text." }),
  tests: Type.Optional(RuleTests),
  contract: Type.Optional(Contract),
  note: Type.Optional(Type.String({ description: "What changes with it, in a line." })),
});
export const JdmFile = Type.Record(Type.String(), Type.Unknown(), {
  description: "The JDM file itself, as the editor saves it: its bytes are kept.",
});

export const Why = named("RuleReason", {
  why: Type.Optional(Type.String({ description: "Kept with the change, in a line." })),
});
export const RollBackBody = named("RollBackRule", {
  from: Type.Optional(
    Type.Integer({ minimum: 1, description: "The version that is live and wrong." }),
  ),
  version: Type.Optional(
    Type.Integer({ minimum: 1, description: "Instead of `from`: the one to be live again." }),
  ),
  why: Type.Optional(Type.String()),
});

export const DecideBody = named("DecideRequest", {
  input: Type.Record(Type.String(), Type.Unknown(), { description: "Amounts in minor units." }),
  version: Type.Optional(
    Type.Integer({ minimum: 1, description: "Another than the live one: needs shop.define." }),
  ),
  trace: Type.Optional(
    Type.Boolean({ description: "Also what each node had and said: needs shop.define." }),
  ),
  durable: Type.Optional(
    Type.Boolean({ description: "Answered when it is written down, not right before." }),
  ),
});

export const Decision = named("Decision", {
  decisionId: Type.String(),
  name: Type.String(),
  version: Version,
  hash: Type.String(),
  output: Json,
  micros: Count,
  traceId: Type.Optional(Type.String()),
  trace: Type.Optional(Json),
});

export const LoggedDecision = named("LoggedDecision", {
  decisionId: Type.String(),
  at: Time,
  name: Type.String(),
  version: Version,
  hash: Type.String(),
  input: Json,
  output: Type.Optional(Json),
  refused: Type.Optional(Type.String()),
  micros: Count,
  traceId: Type.Optional(Type.String()),
});
export const LoggedDecisionPage = pageOf("LoggedDecisionPage", LoggedDecision);

export const RuleEvent = named("RuleEvent", {
  number: Count,
  at: Time,
  version: Version,
  what: literals([
    ...(["imported", "tested", "failed_tests", "approved"] as const),
    ...(["live", "rolled_back", "withdrawn"] as const),
  ]),
  liveBefore: Type.Optional(Version),
  by: Type.String(),
  byKind: Type.String(),
  from: Type.String(),
  request: Type.String(),
  why: Type.Optional(Type.String()),
});
export const RuleEventPage = pageOf("RuleEventPage", RuleEvent);

export const shadowQuery = {
  last: Type.Optional(
    digits("How many of the latest decisions: 1 to 10000; 1000 when left out.", "1000"),
  ),
  of: Type.Optional(digits("Whose decisions; the live version's when left out.", "1")),
};

export const ShadowReport = named("ShadowReport", {
  of: Version,
  candidate: Version,
  decided: Count,
  same: Count,
  changed: Count,
  failed: Count,
  differences: Type.Array(
    closed({
      decisionId: Type.String(),
      fields: Type.Array(
        closed({
          path: Type.String(),
          was: Type.Optional(Json),
          wouldBe: Type.Optional(Json),
        }),
      ),
    }),
  ),
});
