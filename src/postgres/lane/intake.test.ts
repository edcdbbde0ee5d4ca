import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { fail } from "../../base/index.ts";
import { LATE_MS, passDeadlines } from "../testing/deadlines.ts";
import { LANE_LIMITS, Intake } from "./intake.ts";
import { Many, Single, type Work } from "./item.ts";
import { laneErrors } from "./lane.errors.ts";
import type { Guard } from "./unit.ts";

const onRow: Guard<string> = {
  room: "test",
  label: "test.row",
  table: "test_row",
  key: (row) => row,
  values: () => [],
  holds: () => "",
};
const onRowToo: Guard<string> = { ...onRow, label: "test.row_too" };
const onOtherTable: Guard<string> = { ...onRow, table: "test_other" };

function workOf(
  key: string,
  weight = 1,
  ...rows: readonly [Guard<string>, string][]
): Work<number> {
  const guards = rows.map(([guard, item]) => ({ guard, item }));
  return { key, posting: weight, guards, writes: [], context: undefined };
}

const intakeOf = (limits = {}) =>
  new Intake<number, string>("the lane", { ...LANE_LIMITS, ...limits }, (weight) => weight);

const keys = (items: readonly { key: string }[]): string[] => items.map(({ key }) => key);

test("takes up to a weight, in order, and one at least", () => {
  const intake = intakeOf();
  intake.accept([workOf("a", 3), workOf("b", 3), workOf("c", 3), workOf("d", 9)], new Many(4));
  expect(keys(intake.take(6))).toEqual(["a", "b"]);
  expect(keys(intake.take(2))).toEqual(["c"]);
  expect(keys(intake.take(8))).toEqual(["d"]);
  expect(intake.take(8)).toEqual([]);
});

test("never takes two units with the same guarded row, and keeps who must wait in front", () => {
  const intake = intakeOf();
  const works = [
    workOf("a", 1, [onRow, "x"]),
    workOf("b", 1, [onRow, "x"], [onRow, "y"]),
    workOf("c", 1, [onRow, "y"]),
    workOf("d", 1, [onOtherTable, "x"]),
    workOf("e", 1, [onRowToo, "x"]),
    workOf("f", 1, [onRow, "z"], [onRow, "z"]),
  ];
  intake.accept(works, new Many(works.length));
  expect(keys(intake.take(100))).toEqual(["a", "c", "d", "f"]);
  expect(keys(intake.take(100))).toEqual(["b"]);
  expect(keys(intake.take(100))).toEqual(["e"]);
  expect(intake.queue.weight).toBe(0);
});

test("P7: refuses past its bound by weight, with a time to come back that grows with the queue", async () => {
  const intake = intakeOf({ queueWeightMax: 10, flushWeightMax: 4 });
  intake.accept([workOf("a", 4), workOf("b", 4)], new Many(2));
  const [full, fits, large] = [new Single<string>(), new Single<string>(), new Single<string>()];
  intake.accept([workOf("c", 3)], full);
  intake.accept([workOf("d", 2)], fits);
  intake.accept([workOf("e", 5)], large);
  await expect(full.promise).rejects.toMatchObject({
    code: "lane.overloaded",
    details: { lane: "the lane", queued: 8, max: 10, retryAfterMs: 100 },
  });
  await expect(large.promise).rejects.toMatchObject({ code: "lane.unit_too_large" });
  expect(keys(intake.take(100))).toEqual(["a", "b", "d"]);
  expect(intake.overloads).toBe(1);
});

test("takes in all units of a call or, for want of room, none: overloaded means that nothing was done", async () => {
  const intake = intakeOf({ queueWeightMax: 10 });
  intake.accept([workOf("a", 4), workOf("b", 4)], new Many(2));
  const many = new Many<string>(3);
  intake.accept([workOf("c"), workOf("d"), workOf("e")], many);
  await expect(many.promise).rejects.toMatchObject({ code: "lane.overloaded" });
  expect(intake.overloads).toBe(1);
  expect(keys(intake.take(100))).toEqual(["a", "b"]);
  intake.accept([workOf("c"), workOf("d"), workOf("e")], new Many(3));
  expect(keys(intake.take(100))).toEqual(["c", "d", "e"]);
});

test("a call of which only part has an outcome is told so, once each has its answer", async () => {
  const intake = intakeOf({ queueWeightMax: 2 });
  const many = new Many<string>(4);
  intake.accept([workOf("a"), workOf("b"), workOf("c"), workOf("d")], many);
  let settled = false;
  const settling = many.promise.catch((error: unknown) => {
    settled = true;
    return error;
  });
  const [a, b] = intake.take(100);
  a?.waiter.answered(a.index, { status: "committed", answer: "a" });
  await sleep(0);
  expect(settled).toBe(false);
  b?.waiter.answered(b.index, { status: "committed", answer: "b" });
  const details = { failed: 2, count: 4, code: "lane.overloaded" };
  expect(await settling).toMatchObject({ code: "lane.in_part", details });
});

test("an error that is true of every unit of a call, or can't be repeated, is told as it is", async () => {
  const late = fail(laneErrors, "deadline_passed", { key: "a" });
  const bad = fail(laneErrors, "unit_failed", { key: "b", reason: "it is bad" });
  const many = [new Many<string>(2), new Many<string>(2), new Many<string>(2)] as const;
  many[0].failed(0, late);
  many[0].failed(1, late);
  await expect(many[0].promise).rejects.toBe(late);
  many[1].failed(0, bad);
  many[1].answered(1, { status: "committed", answer: "b" });
  await expect(many[1].promise).rejects.toBe(bad);
  many[2].failed(0, late);
  many[2].failed(1, fail(laneErrors, "outcome_unknown", { key: "b" }));
  await expect(many[2].promise).rejects.toMatchObject({ code: "lane.in_part", cause: late });
});

test("drops who is too late when taking, and when looking, and nobody else", async () => {
  const intake = intakeOf();
  const [first, second, patient] = [
    new Single<string>(),
    new Single<string>(),
    new Single<string>(),
  ];
  intake.accept([workOf("first")], first, 0);
  intake.accept([workOf("patient")], patient);
  const late = { code: "lane.deadline_passed" };
  expect(keys(intake.take(100))).toEqual(["patient"]);
  await expect(first.promise).rejects.toMatchObject({ ...late, details: { key: "first" } });
  intake.accept([workOf("second")], second, LATE_MS);
  intake.accept([workOf("third")], new Single(), 2 * LATE_MS);
  intake.dropLate();
  expect(intake.queue.length).toBe(2);
  passDeadlines();
  intake.dropLate();
  await expect(second.promise).rejects.toMatchObject(late);
  expect(keys(intake.take(100))).toEqual(["third"]);
});

test("once refusing, tells everybody why", async () => {
  const intake = intakeOf();
  const [waiting, late] = [new Single<string>(), new Single<string>()];
  intake.accept([workOf("a")], waiting);
  const reason = new Error("closed");
  intake.refusal = reason;
  intake.accept([workOf("b")], late);
  await expect(late.promise).rejects.toBe(reason);
  intake.failAll(reason);
  await expect(waiting.promise).rejects.toBe(reason);
  expect(intake.queue.length).toBe(0);
});
