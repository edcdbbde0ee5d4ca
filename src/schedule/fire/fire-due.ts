/** Fires what is due: reads where it stands, decides, and commits outcome, next tick and start as one unit. */
import { assert, type Instant, LongmenError, toRfc3339 } from "../../base/index.ts";
import { type AnyFlow, decodePayload, type Flow, type StartToBe } from "../../flow/index.ts";
import type { RowIn, WriteUse } from "../../postgres/index.ts";
import { type Plan, type PlanRequest, readPlan } from "../plan.ts";
import { type Fire, type KeptPolicy, policyOf } from "../policy.ts";
import { readDue, readFire } from "../schedule.sql.ts";
import { nextTick } from "../ticks.ts";
import { insertFires, insertQueued, movePlaces } from "../write-fires.ts";
import { deleteSchedules } from "../write-schedules.ts";
import { isPassing, writing } from "./commit.ts";
import { type Decision, decide, type Decided, dueAtOf } from "./decide.ts";
import { Outcome } from "./numbers.ts";
import type { FiringNode } from "./firing-node.ts";
import { type Entry, keyOf } from "./wheel.ts";

export type DueRow = RowIn<typeof readDue>;

/** Whoever was not first looks again so much later. */
const AGAIN_MS = 400;
/** When nothing can be started or written just now. */
const LATER_MS = 1_000;

/** What stands about these shards, fresh; each is fired where it is due, and expected where it isn't. */
export async function fireDue(node: FiringNode, entries: readonly Entry[]): Promise<void> {
  const ids = entries.map(({ scheduleId }) => BigInt(scheduleId));
  const shards = entries.map(({ shard }) => shard);
  const askedAt = performance.now();
  const rows = await node.database.run(readDue, { ids, shards });
  const [first] = rows;
  if (first === undefined) return;
  const now = Number(first.nowMs);
  node.time.hear(askedAt, now);
  const due = rows.filter((row) => Number(row.dueMs) <= now);
  for (const row of rows) if (Number(row.dueMs) > now) node.expect(row);
  const runs = due.flatMap(({ policy, lastRun }) =>
    lastRun === null || policyOf(policy).overlap === "parallel" ? [] : [lastRun],
  );
  const living = await node.flows.living(runs);
  await Promise.all(
    due.map((row) => fireOne(node, row, now, row.lastRun !== null && living.has(row.lastRun))),
  );
}

async function fireOne(node: FiringNode, row: DueRow, now: Instant, busy: boolean): Promise<void> {
  const entry = { scheduleId: Number(row.scheduleId), shard: row.shard };
  try {
    if (row.tick === null) return await clearAway(node, row);
    const of = node.definitionOf(row.target, row.targetVersion);
    // Others can; or nobody, and it waits.
    if (of === undefined) return;
    const unit = await unitOf(node, { row, tick: row.tick, of, now, busy });
    await node.days.ensure(unit.ticks, now);
    const key = `${row.name}/${toRfc3339(row.tick)}/${row.shard}`;
    const stands = async () => (await unit.starts[0]?.stands()) ?? hasMoved(node, row);
    const came = await node.commit(key, unit.writes, stands);
    if (!came.committed) {
      if (came.by === insertFires.label) await passOver(node, row, row.tick, now);
      return node.wheelAdd(entry, AGAIN_MS);
    }
    for (const start of unit.starts) start.committed();
    node.fired(unit.starts.length, unit.isQueued);
    if (unit.next !== undefined) node.expect({ ...row, ...unit.next });
  } catch (error) {
    node.wheelAdd(entry, LATER_MS);
    if (!isPassing(error) && !isLeaseLost(error)) {
      node.log.error(
        { schedule: row.name, tick: row.tick, error },
        "a tick could not be fired yet",
      );
    }
  }
}

/**
 * A tick that has an outcome already, since a plan was changed to and fro, is not fired again: the place goes
 * on behind it. Where it was another of several, they are fired one by one.
 */
async function passOver(node: FiringNode, row: DueRow, tick: Instant, now: Instant): Promise<void> {
  const { scheduleId, shard, version, name } = row;
  const known = await node.database.maybe(readFire, {
    ...{ scheduleId, tick, shard, byHand: false },
  });
  if (known === undefined) {
    node.oneByOne.add(keyOfRow(row));
    return;
  }
  const next = nextTick(planOf(row.plan), tick);
  const dueAt = next === undefined ? now + node.keepMs : dueAtOf(name, next, policyOf(row.policy));
  const move = { tick: next ?? null, dueAt, fired: 0, lastRun: null };
  const writes = writing(movePlaces, { scheduleId, shard, version, ...move });
  await node.commit(`pass/${name}`, writes, () => hasMoved(node, row));
}

const isLeaseLost = (error: unknown): boolean =>
  error instanceof LongmenError && /^flow\.(fenced|closed)$/.test(error.code);

/** A schedule that has no ticks left, and was kept long enough; all its shards come to that together. */
async function clearAway(node: FiringNode, row: DueRow): Promise<void> {
  const gone = () => Promise.resolve(false);
  await node.commit(`clear/${row.name}`, writing(deleteSchedules, row.scheduleId), gone);
}

async function hasMoved(node: FiringNode, { scheduleId, shard, version }: DueRow) {
  const asked = { ids: [scheduleId], shards: [shard] };
  const [row] = await node.database.run(readDue, asked);
  return row?.version !== version;
}

interface Firing {
  readonly row: DueRow;
  readonly tick: Instant;
  readonly of: AnyFlow;
  readonly now: Instant;
  readonly busy: boolean;
}

interface FireUnit {
  readonly writes: readonly WriteUse[];
  readonly starts: readonly StartToBe[];
  readonly ticks: readonly Instant[];
  readonly isQueued: boolean;
  /** Where the shard stands then. */
  readonly next: { dueMs: bigint; fires: bigint; version: number } | undefined;
}

async function unitOf(node: FiringNode, firing: Firing): Promise<FireUnit> {
  const { row, tick, now, busy } = firing;
  const { name, shard, scheduleId, version, queued } = row;
  const policy = policyOf(row.policy);
  const plan = planOf(row.plan);
  const firesMax = node.oneByOne.delete(keyOfRow(row)) ? 1 : undefined;
  const owing = { name, plan, tick, now, queued, firesMax };
  let decided = decide({ ...owing, policy, busy });
  const begun = await startsOf(node, firing, policy, decided);
  if ("refused" in begun) {
    // What does not start holds up nobody behind it: each comes to the same, and none overlaps.
    decided = decide({ ...owing, policy: { ...policy, overlap: "parallel" }, busy: false });
  }
  const { starts, refused } = "refused" in begun ? { starts: [], refused: begun.refused } : begun;
  let nth = 0;
  const fires = decided.decisions.map((decision) => {
    const isStart = decision.verdict === "started";
    const runId = isStart && refused === undefined ? (starts[nth++]?.id ?? null) : null;
    return fireRowOf(row, decision, runId, refused);
  });
  const inLine = decided.decisions.filter(({ verdict }) => verdict === "queued");
  const fired = starts.length + inLine.length;
  const { next } = decided;
  const dueAt = next === undefined ? now + node.keepMs : dueAtOf(name, next, policy);
  const lastRun = starts.at(-1)?.id ?? null;
  const move = { scheduleId, shard, version, tick: next ?? null, dueAt, fired, lastRun };
  return {
    writes: [
      ...writing(movePlaces, move),
      ...fires.flatMap((fire) => writing(insertFires, fire)),
      ...inLine.flatMap(({ tick: at }) =>
        writing(insertQueued, { scheduleId, shard, tick: at, byHand: false }),
      ),
      ...starts.flatMap(({ uses }) => uses),
    ],
    starts,
    ticks: decided.decisions.map(({ tick: at }) => at),
    isQueued: inLine.length > 0,
    next:
      next === undefined
        ? undefined
        : { dueMs: BigInt(dueAt), fires: row.fires + BigInt(fired), version: version + 1 },
  };
}

function fireRowOf(
  { scheduleId, shard }: DueRow,
  { tick, through, ticks, verdict, reason }: Decision,
  runId: string | null,
  refused: string | undefined,
) {
  const hasFailed = verdict === "started" && refused !== undefined;
  return {
    scheduleId,
    shard,
    tick,
    byHand: false,
    outcome: hasFailed ? Outcome.failed : Outcome[verdict],
    runId,
    through: through ?? null,
    ticks,
    reason: (hasFailed ? refused : reason) ?? null,
  };
}

type Begun = { readonly starts: readonly StartToBe[]; refused?: undefined } | { refused: string };

/** The starts of what is decided to start; or why its target takes none of them. */
async function startsOf(
  node: FiringNode,
  { row, of }: Firing,
  { asFire }: KeptPolicy,
  { decisions }: Decided,
): Promise<Begun> {
  const starts: StartToBe[] = [];
  for (const { tick, verdict } of decisions) {
    if (verdict !== "started") continue;
    const begun = await startOf(node, of, { ...row, asFire, tick, byHand: false });
    if (typeof begun === "string") return { refused: begun };
    starts.push(begun);
  }
  return { starts };
}

export interface StartAsked {
  readonly name: string;
  readonly tick: Instant;
  readonly shard: number;
  readonly shards: number;
  readonly byHand: boolean;
  readonly input: string | null;
  readonly asFire: boolean;
}

/** A start, to be committed with the fire; or the words of its refusal. */
export async function startOf(
  node: FiringNode,
  of: AnyFlow,
  asked: StartAsked,
): Promise<StartToBe | string> {
  const { name, tick, shard, shards, byHand, asFire } = asked;
  const bare = decodePayload(asked.input);
  const fire: Fire = { schedule: name, tick, shard, shards, byHand, input: bare };
  const by = `schedule ${name}`;
  const request = shards === 1 ? toRfc3339(tick) : `${toRfc3339(tick)} ${shard}/${shards}`;
  const target = of as unknown as Flow<unknown, unknown>;
  try {
    return await node.flows.starting(target, asFire ? fire : bare, { by, request, here: true });
  } catch (error) {
    if (!(error instanceof LongmenError) || error.kind !== "invalid") throw error;
    return `${error.code}: ${error.message}`;
  }
}

const plans = new Map<string, Plan>();
const PLANS_MAX = 1_000;

/** As `planRequest` wrote it. */
export function planOf(text: string): Plan {
  let plan = plans.get(text);
  if (plan === undefined) {
    plan = readPlan(JSON.parse(text) as PlanRequest);
    if (plans.size >= PLANS_MAX) plans.clear();
    plans.set(text, plan);
  }
  assert(plan !== undefined, "a plan was read");
  return plan;
}

const keyOfRow = ({ scheduleId, shard }: Pick<DueRow, "scheduleId" | "shard">): number =>
  keyOf({ scheduleId: Number(scheduleId), shard });
