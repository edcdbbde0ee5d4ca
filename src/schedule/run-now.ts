/** A run that somebody asks for, beside the ticks: it has an outcome of its own, by hand. */
import { fail } from "../base/index.ts";
import { encodePayload, type StartToBe } from "../flow/index.ts";
import { writing } from "./fire/commit.ts";
import { startOf } from "./fire/fire-due.ts";
import { Outcome } from "./fire/numbers.ts";
import { stayOf } from "./make-schedules.ts";
import { policyOf } from "./policy.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import { readFire, readQueued } from "./schedule.sql.ts";
import { act, type Asked, type Room, type Seen } from "./verbs.ts";
import type { FireView } from "./views.ts";
import { insertFires, insertQueued, movePlaces } from "./write-fires.ts";

export interface RunNowOptions {
  /** Instead of the schedule's own. */
  readonly input?: unknown;
}

/**
 * Starts a run of each shard now, also while it is paused; its ticks stay as they are. Answers what was
 * started, or stands in line. Refuses: schedule.missing, schedule.target_unknown (on this node),
 * schedule.still_running, schedule.line_full, schedule.changed_meanwhile, schedule.uncertain, and what the
 * target refuses of its input.
 */
export async function runNow(
  room: Room,
  name: string,
  options: RunNowOptions,
): Promise<readonly FireView[]> {
  return act(room, name, "run-now", async (seen) => runUnit(room, seen, options));
}

async function runUnit(
  room: Room,
  { row, places, now }: Seen,
  options: RunNowOptions,
): Promise<Asked<readonly FireView[]>> {
  const { node } = room;
  const { scheduleId, name, target, targetVersion } = row;
  const of = node.definitionOf(target, targetVersion);
  if (of === undefined) {
    const version = targetVersion === 0 ? "any version" : `version ${targetVersion}`;
    throw fail(scheduleErrors, "target_unknown", { target, version });
  }
  const policy = policyOf(row.policy);
  const waiting = await shardsThatWait(room, { row, places, now });
  const input =
    options.input === undefined ? row.input : encodePayload(`the input of ${name}`, options.input);
  const starts: StartToBe[] = [];
  const fires: FireView[] = [];
  const writes = [];
  for (const place of places) {
    const { shard } = place;
    const fire = { scheduleId, shard, tick: now, byHand: true };
    const row = { ...fire, through: null, ticks: 1, reason: null };
    const view = { tick: now, shard, byHand: true, at: now, ticks: 1 };
    if (waiting.has(shard)) {
      writes.push(...writing(insertFires, { ...row, outcome: Outcome.queued, runId: null }));
      writes.push(...writing(insertQueued, fire), ...writing(movePlaces, stayOf(place)));
      fires.push({ ...view, outcome: "queued" });
      continue;
    }
    const asked = { name, tick: now, shard, shards: places.length, byHand: true };
    const start = await startOf(node, of, { ...asked, input, asFire: policy.asFire });
    if (typeof start === "string") throw refusedBy(name, start);
    starts.push(start);
    writes.push(...writing(insertFires, { ...row, outcome: Outcome.started, runId: start.id }));
    writes.push(...writing(movePlaces, { ...stayOf(place), fired: 0, lastRun: start.id }));
    writes.push(...start.uses);
    fires.push({ ...view, outcome: "started", run: start.id });
  }
  return {
    writes,
    ticks: [now],
    stands: async () => {
      const [first] = places;
      if (first === undefined) return false;
      const asked = { scheduleId, tick: now, shard: first.shard, byHand: true };
      const [start] = starts;
      // The number of a run is nobody else's; a tick by hand may be another call's of the same instant.
      if (start !== undefined) return start.stands();
      return (await node.database.maybe(readFire, asked)) !== undefined;
    },
    done: () => {
      for (const start of starts) start.committed();
      node.fired(starts.length, waiting.size > 0);
      return fires;
    },
  };
}

const refusedBy = (name: string, why: string) =>
  fail(scheduleErrors, "definition_malformed", {
    ...{ name, field: "its input", expected: `what its target takes (${why})` },
  });

/** Which shards have to stand in line. Refuses: schedule.still_running, schedule.line_full. */
async function shardsThatWait({ node }: Room, { row, places }: Seen): Promise<ReadonlySet<number>> {
  const { overlap, queueMax } = policyOf(row.policy);
  if (overlap === "parallel") return new Set();
  const living = await node.flows.living(places.flatMap(({ lastRun }) => lastRun ?? []));
  const busy = places.filter(({ lastRun }) => lastRun !== null && living.has(lastRun));
  if (overlap === "skip") {
    const [first] = busy;
    if (first === undefined) return new Set();
    throw fail(scheduleErrors, "still_running", { name: row.name, run: first.lastRun });
  }
  const lines = await node.database.run(readQueued, { scheduleId: row.scheduleId });
  const full = lines.find(({ queued }) => queued >= queueMax);
  if (full !== undefined) {
    throw fail(scheduleErrors, "line_full", { name: row.name, queued: full.queued });
  }
  return new Set([...busy, ...lines].map(({ shard }) => shard));
}
