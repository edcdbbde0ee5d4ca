/** Starts nodes of tasks in processes of their own, and audits what their handlers wrote down. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { flowMigrations } from "longmen/flow";
import { postgresMigrations } from "longmen/postgres";
import { testDatabase, type TestDatabase } from "../../../src/postgres/testing.ts";
import { startNode, type NodeProcess } from "./start-node.ts";
import { PER_GROUP, type TaskNodeInput, type TaskOrder, type TaskTold } from "./task-node.ts";
import { rowsOf } from "./start-flow-node.ts";

export type TaskNodeProcess = NodeProcess<TaskOrder, TaskTold>;

/** Killed with the test, at the latest. */
export function startTaskNode(input: TaskNodeInput): TaskNodeProcess {
  const script = fileURLToPath(new URL("task-node.ts", import.meta.url));
  return startNode<TaskOrder, TaskTold>(script, input);
}

/** A schema with a table in which handlers write down when they begin and end. */
export async function taskShop(): Promise<TestDatabase> {
  const opened = await testDatabase({
    migrations: [postgresMigrations, flowMigrations],
    poolMax: 8,
  });
  await rowsOf(
    opened,
    `create table {schema}.task_note (number int8 generated always as identity primary key,
      run text not null, grp text not null, node text not null, what text not null)`,
  );
  return opened;
}

/**
 * Every task that was acknowledged has one end and was begun at least once, and nothing is left over. Of no
 * group more were inside than its limit: by the order of the notes, and who was killed inside counts as inside
 * until it comes out elsewhere.
 */
export async function auditTasks(opened: TestDatabase, ids: readonly string[]): Promise<void> {
  const [left] = await rowsOf(
    opened,
    `select (select count(*)::int4 from {schema}.flow_live) as live,
      (select count(*)::int4 from {schema}.flow_end where outcome = 1) as ended,
      (select count(*)::int4 from {schema}.flow_run) as runs`,
  );
  expect(left).toEqual({ live: 0, ended: ids.length, runs: ids.length });
  const notes = await rowsOf(opened, "select run, what from {schema}.task_note order by number");
  const begun = new Set(notes.flatMap(({ run, what }) => (what === "in" ? [run] : [])));
  expect(ids.filter((id) => !begun.has(id))).toEqual([]);
}

export async function auditGroups(opened: TestDatabase): Promise<void> {
  const notes = await rowsOf(
    opened,
    "select run, grp, what from {schema}.task_note order by number",
  );
  const inside = new Map<unknown, Set<unknown>>();
  let most = 0;
  for (const { run, grp, what } of notes) {
    const runs = inside.get(grp) ?? new Set();
    inside.set(grp, runs);
    if (what === "in") runs.add(run);
    else runs.delete(run);
    most = Math.max(most, runs.size);
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(PER_GROUP);
}
