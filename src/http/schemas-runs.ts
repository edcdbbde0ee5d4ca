/** The shapes of runs, leases and their kin on the wire: see schemas.ts for the rest. */
import { Type } from "typebox";
import { closed, digits, named, text, Time } from "./schemas.ts";

/** Text that PostgreSQL can hold. */
const line = (description: string, max: number) =>
  Type.String({ description, pattern: `^[^\\u0000]{1,${max}}$` });

export const Payload = Type.Unknown({
  description:
    'Any JSON. What JSON lacks is {"$": kind, "v": text}: bigint ("12"), date (RFC 3339), bytes (base64), number (NaN), undefined.',
});
export const FlowName = Type.String({ examples: ["parcel.placed"] });
export const Version = Type.Integer({ minimum: 1 });
export const RunId = Type.String({ examples: ["r0abcdefghij12"] });

export const runParam = { id: text("As the start answered it.", "r0abcdefghij12") };

/** What runs have before they end: what a list can be asked for. */
const listed = ["ready", "running", "waiting", "held", "parked", "paused"] as const;
export const literals = <const T extends string>(words: readonly T[]) =>
  Type.Union(words.map((word) => Type.Literal(word)));
export const ListedStatus = literals(listed);
export const RunStatus = literals([...listed, "done", "failed", "cancelled"]);

export const RunError = named("RunError", {
  name: Type.String(),
  message: Type.String(),
  code: Type.Optional(Type.String()),
  advice: Type.Optional(Type.String()),
});

export const KnownFlow = named("KnownFlow", {
  flow: FlowName,
  version: Version,
  served: Type.Boolean({ description: "By the node that answers; others may serve it." }),
});

const outcome = {
  status: RunStatus,
  result: Type.Optional(Payload),
  error: Type.Optional(RunError),
};

export const Run = named("Run", {
  id: RunId,
  flow: FlowName,
  version: Version,
  ...outcome,
  input: Type.Optional(Payload),
  key: Type.Optional(Type.String()),
  parent: Type.Optional(RunId),
  createdAt: Time,
  endedAt: Type.Optional(Time),
  wakeAt: Type.Optional(Time),
  node: Type.Optional(Type.String({ description: "Which node has it in memory." })),
  cancelling: Type.Optional(Type.Literal(true)),
  origin: Type.Optional(
    closed(
      { run: RunId, from: Type.Optional(Type.String()) },
      { description: "The run that it is a fork of, and its first step that was not reused." },
    ),
  ),
  unserved: Type.Optional(
    closed(
      { code: Type.String(), message: Type.String(), advice: Type.String() },
      { description: "It waits, and no node that lives serves its version." },
    ),
  ),
  progress: Type.Optional(
    closed(
      { value: Payload, at: Time },
      { description: "What a task said last of how far it is." },
    ),
  ),
  by: Type.Optional(Type.String()),
  request: Type.Optional(Type.String()),
});

export const RunResult = named("RunResult", { id: RunId, ...outcome });

export const StartedRun = named("StartedRun", {
  id: RunId,
  created: Type.Boolean({ description: "False: the key was known, and this is its run." }),
});

export const RunStep = named("RunStep", {
  step: Type.String(),
  kind: Type.String(),
  outcome: literals(["done", "failed", "cancelled", "begun"]),
  result: Type.Optional(Payload),
  error: Type.Optional(RunError),
  attempts: Type.Integer({ minimum: 0 }),
  startedAt: Time,
  endedAt: Time,
});

export const RunTrouble = named("RunTrouble", {
  step: Type.String(),
  attempt: Type.Integer({ minimum: 0 }),
  kind: literals(["attempt", "parked", "unserved", "asked"]),
  error: RunError,
  at: Time,
  by: Type.Optional(
    Type.String({ description: "Of kind `asked`: the key that asked what `error.name` says." }),
  ),
  request: Type.Optional(Type.String()),
});

export const RetryPreview = named("RetryPreview", {
  again: Type.Array(Type.String(), { description: "Steps whose records go: they are done again." }),
  reused: Type.Array(Type.String(), { description: "Steps whose records stand." }),
});

export const StartRunBody = named("StartRunRequest", {
  flow: FlowName,
  version: Type.Optional(Version),
  input: Type.Optional(Payload),
  key: Type.Optional(line("Of your own: the same key of the same flow is the same run.", 500)),
  at: Type.Optional(Time),
  priority: Type.Optional(
    Type.Integer({ minimum: -1_000, maximum: 1_000, description: "Lower ones go first." }),
  ),
});

export const SignalBody = named("SignalRequest", {
  event: Type.String({ description: "What f.event(name) without a match waits for." }),
  payload: Type.Optional(Payload),
});

export const PublishBody = named("PublishRequest", {
  event: Type.String({ examples: ["parcel.paid"] }),
  match: line("What f.event(name, { match }) waits for.", 500),
  payload: Type.Optional(Payload),
});

export const RetryBody = named("RetryRequest", {
  from: Type.Optional(Type.String({ description: "The first step that is done again." })),
  preview: Type.Optional(Type.Boolean({ description: "Only tell what would be done." })),
  reason: Type.Optional(line("Why: kept with who asked, among the troubles.", 500)),
});
export const ReasonBody = named("ReasonBody", {
  reason: Type.Optional(line("Why: kept with who asked, among the troubles.", 500)),
});

export const ForkBody = named("ForkRequest", {
  from: Type.Optional(Type.String({ description: "The first step that is not reused." })),
  input: Type.Optional(Payload),
  version: Type.Optional(Version),
  key: Type.Optional(line("Of your own: the same key of the same flow is the same run.", 500)),
  preview: Type.Optional(Type.Boolean({ description: "Only tell what would come of it." })),
});

export const Forked = named("ForkedRun", {
  id: Type.Optional(RunId),
  created: Type.Boolean({ description: "False: a preview, or the key was known." }),
  again: Type.Array(Type.String(), { description: "Steps of the origin that it does itself." }),
  reused: Type.Array(Type.String(), { description: "Steps whose records it takes along." }),
});

export const RunState = named("RunState", {
  value: Type.Optional(Payload),
  at: Type.Optional(Time),
});

export const Told = named("Told", {
  status: Type.Literal("recorded"),
  replayed: Type.Optional(
    Type.Literal(true, { description: "It was said before, under this Idempotency-Key." }),
  ),
});

export const runQuery = {
  flow: Type.Optional(text("Of this flow only.", "parcel.placed")),
  status: Type.Optional(ListedStatus),
};

export const waitQuery = { waitMs: Type.Optional(digits("Up to 30000.", "0")) };

export const Lease = named("Lease", {
  key: Type.String({ examples: ["invoice/42"] }),
  token: Type.String({ pattern: "^[0-9]{1,19}$" }),
  holder: Type.String(),
  note: Type.Optional(Type.String()),
  since: Time,
  until: Time,
  heldForMs: Type.Integer(),
  waiting: Type.Integer({ minimum: 0, description: "Who stands in line for it." }),
});

export const BreakLeaseBody = closed(
  {
    key: Type.String({ examples: ["invoice/42"] }),
    token: Type.Optional(Lease.properties.token),
    reason: Type.Optional(Type.String()),
  },
  { "x-name": "BreakLeaseRequest" },
);

export const Queue = named("TaskQueue", {
  task: FlowName,
  version: Version,
  concurrency: Type.Integer({ minimum: 1 }),
  running: Type.Integer({ minimum: 0 }),
  waiting: Type.Integer({ minimum: 0, description: "In memory, without a slot." }),
  strays: Type.Integer({ minimum: 0, description: "Handlers that were given up and run on." }),
});

export const taskParam = { task: text("The task's name.", "mail.send") };

export const TaskGroup = named("TaskGroup", {
  group: Type.Optional(
    Type.String({ description: "Absent: of no group, or one whose name is not known yet." }),
  ),
  version: Version,
  held: Type.Integer({ minimum: 0, description: "Before its door; 1000: so many or more." }),
  inside: Type.Integer({ minimum: 0, description: "Ready or running; 1000: so many or more." }),
  since: Time,
});

export const tallyQuery = {
  flow: Type.Optional(text("Of this flow or task only.", "parcel.placed")),
  since: Type.Optional(
    text(
      "RFC 3339: from its minute on; an hour before `until` when left out.",
      "2026-11-21T06:00:00Z",
    ),
  ),
  until: Type.Optional(text("RFC 3339: before it; now when left out.", "2026-11-21T07:00:00Z")),
  everyMs: Type.Optional(
    digits("How long one stretch is, whole minutes; one for all when left out.", "60000"),
  ),
};

const Ends = Type.Integer({ minimum: 0 });
export const RunTally = named("RunTally", {
  flow: FlowName,
  at: Time,
  done: Ends,
  failed: Ends,
  cancelled: Ends,
});

export const RedriveBody = named("RedriveRequest", {
  task: FlowName,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: "So many at most; 1000 when left out.",
    }),
  ),
});

export const Redriven = named("Redriven", { redriven: Type.Integer({ minimum: 0 }) });
