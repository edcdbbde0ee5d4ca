/** Starts what waits in line, once the run before it has ended. */
import type { RowIn } from "../../postgres/index.ts";
import { policyOf } from "../policy.ts";
import { readLines } from "../schedule.sql.ts";
import { insertFires, movePlaces, settleFires, takeQueued } from "../write-fires.ts";
import { isPassing, writing } from "./commit.ts";
import { startOf } from "./fire-due.ts";
import { Outcome } from "./numbers.ts";
import type { FiringNode } from "./firing-node.ts";

/** So many lines are looked at together; those behind them at once after. */
const PAGE_MAX = 500;

type Line = RowIn<typeof readLines>;

/** Answers whether anything waits here still. `all`: also what is another node's to see to. */
export async function startLines(node: FiringNode, all: boolean): Promise<boolean> {
  const targets = [...new Set(node.flows.definitions.map(({ name }) => name))];
  let after = { afterId: 0n, afterShard: 0 };
  for (let waits = false; ;) {
    const lines = await node.database.run(readLines, { targets, limit: PAGE_MAX, ...after });
    await startFree(node, lines, all);
    waits ||= lines.length > 0;
    const last = lines.at(-1);
    if (last === undefined || lines.length < PAGE_MAX || node.isClosed) return waits;
    after = { afterId: last.scheduleId, afterShard: last.shard };
  }
}

async function startFree(node: FiringNode, lines: readonly Line[], all: boolean): Promise<void> {
  const ours = lines.filter(
    (line) =>
      node.definitionOf(line.target, line.targetVersion) !== undefined &&
      (all || node.rankOf({ ...line, route: 1 }) === 0),
  );
  const living = await node.flows.living(ours.flatMap(({ lastRun }) => lastRun ?? []));
  const free = ours.filter(({ lastRun }) => lastRun === null || !living.has(lastRun));
  await Promise.all(free.map((line) => startLine(node, line)));
}

async function startLine(node: FiringNode, line: Line): Promise<void> {
  try {
    await startNext(node, line);
  } catch (error) {
    if (!isPassing(error)) {
      node.log.warn({ schedule: line.name, error }, "a tick in line could not be started yet");
    }
  }
}

async function startNext(node: FiringNode, line: Line): Promise<void> {
  const { scheduleId, shard, tick, byHand, version, target, targetVersion } = line;
  const of = node.definitionOf(target, targetVersion);
  if (of === undefined) return;
  const { asFire } = policyOf(line.policy);
  const start = await startOf(node, of, { ...line, asFire });
  const isStart = typeof start !== "string";
  const queued = { scheduleId, shard, tick, byHand };
  const runId = isStart ? start.id : null;
  const outcome = isStart ? Outcome.started : Outcome.failed;
  const reason = isStart ? null : start;
  const place = await node.placeOf(scheduleId, shard);
  if (place === undefined || place.version !== version) return;
  const { dueAt } = place;
  const move = { scheduleId, shard, version, tick: place.tick, dueAt, fired: 0, lastRun: runId };
  const settled = { ...queued, outcome, runId, reason };
  const others = [
    ...writing(movePlaces, move),
    ...writing(takeQueued, queued),
    ...(isStart ? start.uses : []),
  ];
  const key = `line/${line.name}/${tick}/${shard}`;
  const stands = async () => (isStart ? start.stands() : Promise.resolve(false));
  let came = await node.commit(key, [...others, ...writing(settleFires, settled)], stands);
  if (!came.committed && came.by === settleFires.label) {
    // It waited for so long that its day is not kept any more.
    const fire = { ...settled, through: null, ticks: 1 };
    await node.days.ensure([tick], node.time.now());
    came = await node.commit(key, [...others, ...writing(insertFires, fire)], stands);
  }
  if (!came.committed) return;
  if (isStart) start.committed();
  node.fired(isStart ? 1 : 0, false);
}
