/** The shapes of schedules and of what came of their ticks: see schemas.ts for the rest. */
import { Type } from "typebox";
import { FlowName, literals, Payload, RunId, Version } from "./schemas-runs.ts";
import { closed, named, text, Time } from "./schemas.ts";

const Count = Type.Integer({ minimum: 0 });
export const scheduleParam = { name: text("The schedule's name.", "retail.nightly") };
export const ListedState = literals(["active", "paused"]);

export const Schedule = named("Schedule", {
  name: Type.String(),
  flow: FlowName,
  flowVersion: Type.Optional(Type.Integer({ minimum: 1 })),
  plan: closed(
    {
      cron: Type.Optional(Type.String()),
      zone: Type.Optional(Type.String()),
      everyMs: Type.Optional(Count),
      anchorAt: Type.Optional(Time),
      at: Type.Optional(Time),
    },
    { description: "cron with a zone, everyMs from an anchor, or once at an instant." },
  ),
  input: Type.Optional(Payload),
  state: literals(["active", "paused", "over"]),
  source: literals(["code", "made"]),
  version: Type.Integer({ minimum: 1, description: "Grows with each change." }),
  misfire: literals(["skip", "once", "all"]),
  overlap: literals(["skip", "queue", "parallel"]),
  route: literals(["home", "round-robin", "least-loaded"]),
  shards: Count,
  jitterMs: Count,
  nextTick: Type.Optional(Time),
  dueAt: Type.Optional(Time),
  lastRun: Type.Optional(RunId),
  problem: Type.Optional(Type.String({ description: "Why nothing comes of it just now." })),
  createdAt: Time,
  changedAt: Time,
  by: Type.Optional(Type.String()),
});

export const Fire = named("Fire", {
  tick: Time,
  shard: Count,
  byHand: Type.Boolean(),
  outcome: literals(["started", "queued", "skipped", "misfired", "paused", "failed", "dropped"]),
  run: Type.Optional(RunId),
  reason: Type.Optional(Type.String()),
  at: Time,
  through: Type.Optional(Time),
  ticks: Type.Integer({ minimum: 1, description: "So many in a row came to the same." }),
});

export const NextTicks = named("NextTicks", { items: Type.Array(Time) });
export const RunNowBody = named("RunNowRequest", { input: Type.Optional(Payload) });

const plan = {
  cron: Type.Optional(
    Type.String({
      description: "Five fields, six with seconds before them, seven with years behind.",
      examples: ["0 30 2 * * MON-FRI"],
    }),
  ),
  zone: Type.Optional(Type.String({ description: "Of cron; UTC when left out." })),
  everyMs: Type.Optional(Type.Integer({ minimum: 1 })),
  anchorAt: Type.Optional(Time),
  at: Type.Optional(Time),
};

const Call = closed(
  {
    url: Type.String({ examples: ["https://billing.example/hooks/monthly"] }),
    secret: Type.String({ description: "The name of the secret by which nodes sign it." }),
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
    timeoutMs: Type.Optional(Count),
    attempts: Type.Optional(Count),
  },
  { description: "A signed POST (Standard Webhooks), in place of a flow." },
);

export const PutScheduleBody = named("PutScheduleRequest", {
  ...plan,
  flow: Type.Optional(FlowName),
  flowVersion: Type.Optional(Version),
  call: Type.Optional(Call),
  input: Type.Optional(Payload),
  asFire: Type.Optional(
    Type.Boolean({ description: "Runs are given their tick and shard, the input within." }),
  ),
  misfire: Type.Optional(Schedule.properties.misfire),
  lateMs: Type.Optional(Count),
  catchUpMax: Type.Optional(Count),
  overlap: Type.Optional(Schedule.properties.overlap),
  queueMax: Type.Optional(Count),
  jitterMs: Type.Optional(Count),
  shards: Type.Optional(Count),
  route: Type.Optional(Schedule.properties.route),
});

export const PutSchedule = named("PutSchedule", {
  put: literals(["made", "changed", "unchanged"]),
  schedule: Schedule,
});

export const RemoveBody = named("RemoveScheduleRequest", {
  fromCode: Type.Optional(
    Type.Boolean({
      description:
        "Also one that is defined in code, since it has gone from there: a node that still has it makes it again when it starts.",
    }),
  ),
});
export const Removed = named("RemovedSchedule", { status: Type.Literal("removed") });

export const PreviewBody = named("PreviewScheduleRequest", {
  ...plan,
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});
export const PreviewedPlan = named("PreviewedPlan", {
  items: Type.Array(Time, { description: "The next ticks from now." }),
  en: Type.String({ description: "The plan in words." }),
  zh: Type.String(),
});

export const Fires = named("Fires", { items: Type.Array(Fire) });
