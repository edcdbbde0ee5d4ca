/** The shapes of state machines and of verbs for many runs: see schemas.ts for the rest. */
import { Type } from "typebox";
import {
  FlowName,
  literals,
  Payload,
  RunError,
  RunId,
  RunStatus,
  Version,
} from "./schemas-runs.ts";
import { closed, named, text, Time } from "./schemas.ts";

const Count = Type.Integer({ minimum: 0 });
const Subject = Type.String({ description: "What there is one of.", examples: ["order-4711"] });

export const subjectParam = {
  machine: text("The machine's name.", "order"),
  subject: text("Its subject.", "order-4711"),
};

export const Machine = named("Machine", {
  machine: FlowName,
  version: Version,
  initial: Type.String(),
  states: Type.Array(
    closed({
      state: Type.String(),
      final: Type.Boolean(),
      failed: Type.Optional(
        Type.String({
          description: "Where it goes when its work fails for good; else it is stuck then.",
        }),
      ),
      timeout: Type.Optional(closed({ afterMs: Count, to: Type.String() })),
    }),
  ),
  transitions: Type.Array(
    closed({
      from: Type.String(),
      on: Type.String(),
      to: Type.String(),
      guarded: Type.Boolean(),
      compensates: Type.Boolean({ description: "First everything before is taken back." }),
    }),
  ),
  diagram: Type.String({ description: "The text of a Mermaid state diagram." }),
});

export const SubjectView = named("MachineSubject", {
  subject: Subject,
  run: RunId,
  status: RunStatus,
  state: Type.String({ description: "What was decided last." }),
  data: Type.Optional(Payload),
  since: Time,
  until: Type.Optional(Time),
  number: Type.Integer({ minimum: 0, description: "How many events it has taken." }),
  settled: Type.Boolean({ description: "The work of all that it took is done." }),
  allowed: Type.Array(Type.String(), {
    description:
      "Events that its state knows, guards aside; none where this node does not serve it.",
  }),
});

export const TakenEvent = named("TakenEvent", {
  number: Type.Integer({ minimum: 1 }),
  id: Type.String(),
  event: Type.String(),
  from: Type.String(),
  to: Type.String(),
  payload: Type.Optional(Payload),
  at: Time,
});

export const SendBody = named("SendEventRequest", {
  event: Type.String({ examples: ["ship"] }),
  id: Type.Optional(
    Type.String({
      description: "Of your own: the same id is the same event, taken once.",
      pattern: "^[^\\u0000]{1,200}$",
    }),
  ),
  payload: Type.Optional(Payload),
});

export const Sent = named("SentEvent", {
  taken: Type.Boolean(),
  state: Type.String({ description: "Where it stands; of a repeat: where it led the first time." }),
  from: Type.Optional(Type.String()),
  number: Type.Optional(Type.Integer({ minimum: 1 })),
  repeated: Type.Optional(Type.Boolean()),
  reason: Type.Optional(
    Type.String({ description: "Why it was not taken: not_allowed, guard or ended." }),
  ),
  allowed: Type.Optional(Type.Array(Type.String())),
});

export const Stuck = named("StuckSubject", {
  machine: FlowName,
  version: Version,
  subject: Subject,
  run: RunId,
  state: Type.String(),
  since: Time,
  step: Type.String({ description: "The step that failed last." }),
  attempts: Count,
  error: Type.Optional(RunError),
  next: Type.Optional(
    closed(
      { step: Type.String(), at: Type.Optional(Time) },
      { description: "What happens by itself, and when. Without it, it waits for a person." },
    ),
  ),
});

const BulkVerb = literals(["cancel", "pause", "resume", "retry", "redrive"]);
const where = {
  flow: Type.Optional(FlowName),
  version: Type.Optional(Version),
  status: Type.Optional(
    literals(["ready", "running", "waiting", "held", "parked", "paused", "failed"]),
  ),
  createdBefore: Type.Optional(Time),
  createdAfter: Type.Optional(Time),
  keyPrefix: Type.Optional(Type.String({ pattern: "^[^\\u0000]{0,500}$" })),
  input: Type.Optional(
    Type.Unknown({ description: "What the input has at least: objects within objects." }),
  ),
};
const BulkWhere = closed(where, { description: "All that is given must be true of a run." });

export const BulkCountBody = named("BulkCountRequest", { verb: BulkVerb, where: BulkWhere });
export const BulkBody = named("BulkRequest", {
  verb: BulkVerb,
  where: BulkWhere,
  key: Type.Optional(
    Type.String({
      description: "Of your own: the same key is the same bulk run.",
      pattern: "^[^\\u0000]{1,500}$",
    }),
  ),
});

export const BulkCount = named("BulkCount", {
  found: Count,
  seen: Type.Integer({ minimum: 0, description: "Rows that were looked at." }),
  complete: Type.Boolean({ description: "False: the deadline came first, and there may be more." }),
});

export const BulkRun = named("BulkRun", {
  id: RunId,
  status: RunStatus,
  verb: BulkVerb,
  where: BulkWhere,
  phase: literals(["counting", "doing", "done"]),
  seen: Count,
  counted: Type.Integer({ minimum: 0, description: "Runs that there were to do." }),
  asked: Type.Integer({ minimum: 0, description: "Runs that were asked so far." }),
  createdAt: Time,
  endedAt: Type.Optional(Time),
  error: Type.Optional(RunError),
  by: Type.Optional(Type.String()),
});
