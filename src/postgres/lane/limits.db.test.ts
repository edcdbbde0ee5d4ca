import { expect, test } from "vitest";
import type { Database } from "../database.ts";
import { change, nodeLane, putUp, shelfDatabase, shelvesOf, startWith, work } from "../testing.ts";
import { insertShelves, LATE_MS, passDeadlines, updateShelves } from "../testing.ts";
import type { Lane } from "./lane.ts";
import { unit } from "./unit.ts";

const COMMITTED = { status: "committed", answer: undefined };

/** Keeps the lane from sending anything until `open` is called. */
async function shut(lane: Lane<never, never>): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await new Promise<void>((shut) => {
    void lane.alone(() => {
      shut();
      return promise;
    });
  });
  return resolve;
}

/** Holds a shelf's row in a session of its own until `let go` is called. */
async function holdRow(database: Database, name: string): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = database.transaction(async (tx) => {
    const text = `select 1 from ${database.schema}.test_shelf where name = $1 for update`;
    await tx.query(text, [name]);
    held.resolve();
    await promise;
  });
  await held.promise;
  return () => {
    resolve();
    return holding;
  };
}

const blindChange = (name: string, by: bigint) =>
  unit(`${name}${by}`).write(updateShelves, { name, by });

test("P7: refuses past its bound at once, says when to come back, and keeps what it took", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database, { limits: { queueWeightMax: 10 } });
  const open = await shut(lane);
  const submitted = Array.from({ length: 15 }, (_, i) => lane.submit(work(putUp(`s${i}`))));
  const refused = await Promise.allSettled(submitted.slice(10));
  for (const each of refused) {
    expect(each).toMatchObject({
      status: "rejected",
      reason: { code: "lane.overloaded", kind: "unavailable", retry: "later" },
    });
    expect(each).toMatchObject({ reason: { details: { queued: 10, max: 10 } } });
    expect(each).toHaveProperty("reason.details.retryAfterMs", expect.any(Number));
  }
  expect(lane.stats()).toMatchObject({ queued: 10, overloads: 5 });
  open();
  expect(await Promise.all(submitted.slice(0, 10))).toEqual(
    submitted.slice(0, 10).map(() => COMMITTED),
  );
  expect(await lane.submit(work(putUp("s12")))).toEqual(COMMITTED);
  expect(Object.keys(await shelvesOf(database))).toHaveLength(11);
});

test("one call with more units than the queue holds is told that a part was done, and can be sent again", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database, { limits: { queueWeightMax: 4 } });
  const works = ["a", "b", "c", "d", "e", "f"].map((name) => work(putUp(name)));
  await expect(lane.submitAll(works)).rejects.toMatchObject({ code: "lane.in_part" });
  expect(Object.keys(await shelvesOf(database))).toEqual(["a", "b", "c", "d"]);
  expect(await lane.submitAll(works.slice(4))).toEqual([COMMITTED, COMMITTED]);
});

test("drops a unit whose deadline passes before it is sent: nothing of it happens", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database);
  const open = await shut(lane);
  const late = lane.submit(work(putUp("late")), { deadlineMs: 30 });
  const patient = lane.submit(work(putUp("patient")));
  await expect(late).rejects.toMatchObject({
    code: "lane.deadline_passed",
    details: { key: "put-up-late" },
  });
  open();
  expect(await patient).toEqual(COMMITTED);
  expect(Object.keys(await shelvesOf(database))).toEqual(["patient"]);
});

test("past the send the outcome is unknown, and the unit's own key tells it", async () => {
  const { database } = await shelfDatabase();
  await startWith(database, ["held"]);
  const lane = nodeLane(database);
  const letGo = await holdRow(database, "held");
  const both = unit("both")
    .write(updateShelves, { name: "held", by: 1n })
    .write(insertShelves, { name: "made", quantity: 1n });
  const unknown = lane.submit(work(both), { deadlineMs: LATE_MS });
  await expect.poll(() => lane.stats().inFlight).toBe(1);
  passDeadlines();
  await expect(unknown).rejects.toMatchObject({
    code: "lane.outcome_unknown",
    retry: "same_request",
    details: { key: "both" },
  });
  await letGo();
  // Sent again: the key is taken, so it had been done, and is not done twice.
  expect(await lane.submit(work(both))).toEqual({ status: "conflict", by: "shelf.insert" });
  expect(await shelvesOf(database)).toEqual({ held: [1n, 2], made: [1n, 1] });
});

test("a lock that does not come fails only who wants it, after the others went on", async () => {
  const { database } = await shelfDatabase();
  await startWith(database, ["held", "free"]);
  const lane = nodeLane(database);
  const letGo = await holdRow(database, "held");
  const waiting = lane.submit(work(blindChange("held", 1n)));
  const guarded = lane.submit(work(change("free", 1, 1n)));
  await letGo();
  expect(await Promise.all([waiting, guarded])).toEqual([COMMITTED, COMMITTED]);
  expect(await shelvesOf(database)).toEqual({ free: [1n, 2], held: [1n, 2] });
});

test("closing answers what was accepted, and refuses what comes later", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database, { limits: { flushWeightMax: 7 } });
  const accepted = Array.from({ length: 50 }, (_, i) => lane.submit(work(putUp(`s${i}`))));
  const closed = lane.close();
  const late = lane.submit(work(putUp("late")));
  await expect(late).rejects.toMatchObject({ code: "lane.closed", retry: "same_request" });
  expect(await Promise.all(accepted)).toEqual(accepted.map(() => COMMITTED));
  await closed;
  expect(Object.keys(await shelvesOf(database))).toHaveLength(50);
  expect(database.stats()).toMatchObject({ waiting: 0 });
  await lane.close();
});

test("a unit larger than a flush is refused by name", async () => {
  const { database } = await shelfDatabase();
  const lane = nodeLane(database, { limits: { flushWeightMax: 0 } });
  await expect(lane.submit(work(putUp("a")))).rejects.toMatchObject({
    code: "lane.unit_too_large",
    details: { key: "put-up-a", weight: 1, max: 0 },
  });
});
