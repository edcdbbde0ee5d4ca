/** The shapes of schedules and of what came of their ticks: see schemas.ts for the rest. */
import { Type } from "typebox";
import { FlowName, Payload, RunId } from "./schemas-runs.ts";
import { closed, named, text, Time } from "./schemas.ts";

const Count = Type.Integer({ minimum: 0 });
const literals = <const T extends string>(words: readonly T[]) =>
  Type.Union(words.map((word) => Type.Literal(word)));

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
export const Fires = named("Fires", { items: Type.Array(Fire) });
