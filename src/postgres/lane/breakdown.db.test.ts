import { expect, test } from "vitest";
import { FaultPlan } from "../../base/index.ts";
import { nodeLane, putUp, shelfDatabase, shelfStillThere, shelvesOf, work } from "../testing.ts";
import { type Guard, unit } from "./unit.ts";

const COMMITTED = { status: "committed", answer: undefined };

const strange: Guard<string> = {
  ...shelfStillThere,
  label: "shelf.strange",
  key: () => {
    throw new Error("no key");
  },
  values: () => [],
};

test.each([
  ["lane.before_send", "lane.broken"],
  ["lane.after_send", "lane.outcome_unknown"],
  ["lane.committed", "lane.outcome_unknown"],
])("P2: an error at %s is told to everybody by name, and the lane goes on", async (point, code) => {
  const { database } = await shelfDatabase();
  const faults = new FaultPlan().arm(point, "throw", { onHit: 2 });
  const lane = nodeLane(database, { faults, limits: { flushWeightMax: 4 } });
  expect(await lane.submit(work(putUp("before")))).toEqual(COMMITTED);
  const names = Array.from({ length: 12 }, (_, i) => `shelf-${i}`);
  const told = await Promise.allSettled(names.map((name) => lane.submit(work(putUp(name)))));
  for (const each of told) expect(each).toMatchObject({ status: "rejected" });
  const codes = told.map((each) => (each as { reason: { code: string } }).reason.code);
  expect(codes[0]).toBe(code);
  // What had not been taken was not sent, and is told so.
  expect(codes.at(-1)).toBe("lane.broken");
  for (const name of ["after", "after that"]) {
    expect(await lane.submit(work(putUp(name)))).toEqual(COMMITTED);
  }
  const there = Object.keys(await shelvesOf(database));
  names.forEach((name, i) => {
    if (codes[i] === "lane.broken") expect(there).not.toContain(name);
  });
  expect(lane.stats()).toMatchObject({ queued: 0, inFlight: 0 });
});

test("a room's key that throws is told to its unit alone", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database);
  const answers = await Promise.allSettled([
    lane.submit(work(putUp("a"))),
    lane.submit(work(unit("strange").guard(strange, "b"))),
    lane.submit(work(putUp("c"))),
  ]);
  expect(answers).toMatchObject([
    { value: COMMITTED },
    { reason: { code: "lane.unit_failed", details: { key: "strange", reason: "no key" } } },
    { value: COMMITTED },
  ]);
});

test("a job alone that throws before it begins fails alone", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database);
  const mine = new Error("mine");
  const throwing = lane.alone(() => {
    throw mine;
  });
  await expect(throwing).rejects.toBe(mine);
  expect(await lane.submit(work(putUp("a")))).toEqual(COMMITTED);
});
