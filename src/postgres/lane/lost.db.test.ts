import { expect, onTestFinished, test, vi } from "vitest";
import { checkout, openDatabase } from "../database.ts";
import {
  COMMIT,
  LATE_MS,
  nodeLane,
  overProxy,
  passDeadlines,
  putUp,
  shelfDatabase,
  shelvesOf,
  startWith,
  updateShelves,
  work,
} from "../testing.ts";
import { LaneConnection } from "./connection.ts";
import { unit } from "./unit.ts";

const COMMITTED = { status: "committed", answer: undefined };
const unknown = (key: string) => ({ code: "lane.outcome_unknown", details: { key } });

async function cutLane() {
  const opened = await shelfDatabase();
  const { database, proxy } = await overProxy(opened);
  return { beside: opened.database, lane: nodeLane(database), proxy };
}

test("a lost reply of rows without a posting is an unknown outcome, and its key tells", async () => {
  const { beside, lane, proxy } = await cutLane();
  expect(await lane.submit(work(putUp("first")))).toEqual(COMMITTED);
  const cut = proxy.cutAfter(COMMIT);
  await expect(lane.submit(work(putUp("second")))).rejects.toMatchObject(unknown("put-up-second"));
  await cut;
  await expect.poll(async () => Object.keys(await shelvesOf(beside))).toContain("second");
  expect(await lane.submit(work(putUp("second")))).toEqual({
    status: "conflict",
    by: "shelf.insert",
  });
  expect(Object.keys(await shelvesOf(beside))).toEqual(["first", "second"]);
  expect(lane.stats()).toMatchObject({ lostConnections: 1, queued: 0, inFlight: 0 });
});

test("what never reached the database is an unknown outcome too, and was not done", async () => {
  const { beside, lane, proxy } = await cutLane();
  expect(await lane.submit(work(putUp("first")))).toEqual(COMMITTED);
  const cut = proxy.cutBefore("shelf.insert");
  await expect(lane.submit(work(putUp("second")))).rejects.toMatchObject(unknown("put-up-second"));
  await cut;
  expect(Object.keys(await shelvesOf(beside))).toEqual(["first"]);
  expect(await lane.submit(work(putUp("second")))).toEqual(COMMITTED);
});

test("never sends rows twice that a backend may still be working on", async () => {
  const { beside, lane, proxy } = await cutLane();
  await startWith(beside, ["counter"]);
  // Nothing but the lane keeps this unit from being done twice.
  const count = unit("count").write(updateShelves, { name: "counter", by: 1n });
  const kept = proxy.keep("begin");
  const counting = lane.submit(work(count));
  const wake = await kept;
  await expect(counting).rejects.toMatchObject(unknown("count"));
  await wake();
  expect(await shelvesOf(beside)).toEqual({ counter: [1n, 2] });
  // What the lane had sent again would have come before this.
  expect(await lane.submit(work(putUp("after")))).toEqual(COMMITTED);
  expect(await shelvesOf(beside)).toEqual({ after: [0n, 1], counter: [1n, 2] });
});

test("answers what was committed before the cut, and only the rest as unknown", async () => {
  const opened = await shelfDatabase();
  const { database, proxy } = await overProxy(opened);
  const lane = nodeLane(database, { limits: { flushWeightMax: 1 } });
  expect(await lane.submit(work(putUp("warm")))).toEqual(COMMITTED);
  const first = lane.submit(work(putUp("first")));
  const second = first.then(() => {
    const cut = proxy.cutAfter(COMMIT);
    return [lane.submit(work(putUp("second"))), cut] as const;
  });
  expect(await first).toEqual(COMMITTED);
  const [lost, cut] = await second;
  await expect(lost).rejects.toMatchObject(unknown("put-up-second"));
  await cut;
  const names = async () => Object.keys(await shelvesOf(opened.database));
  await expect.poll(names).toEqual(["first", "second", "warm"]);
});

test("an idle connection that broke is replaced without anybody noticing", async () => {
  const { beside, lane, proxy } = await cutLane();
  expect(await lane.submit(work(putUp("first")))).toEqual(COMMITTED);
  proxy.cutAll();
  await expect.poll(() => lane.connection?.lost).toBeDefined();
  expect(await lane.submit(work(putUp("second")))).toEqual(COMMITTED);
  expect(Object.keys(await shelvesOf(beside))).toEqual(["first", "second"]);
  expect(lane.stats().lostConnections).toBe(0);
});

test("tells who waits at once when no database is there, and goes on when it is back", async () => {
  const opened = await shelfDatabase();
  const { database, proxy } = await overProxy(opened);
  const lane = nodeLane(database);
  const close = proxy.refuse();
  await expect.poll(() => database.stats().open).toBe(0);
  await expect(lane.submit(work(putUp("a")))).rejects.toMatchObject({
    kind: "unavailable",
    code: expect.stringMatching(/^postgres\.(unreachable|connection_lost)$/) as string,
  });
  close();
  await expect.poll(() => lane.submit(work(putUp("b"))).catch(() => undefined)).toEqual(COMMITTED);
  expect(Object.keys(await shelvesOf(opened.database))).toEqual(["b"]);
});

test("a silent wire keeps nobody past a deadline", async () => {
  const { beside, lane, proxy } = await cutLane();
  expect(await lane.submit(work(putUp("first")))).toEqual(COMMITTED);
  const swallowed = proxy.swallow("begin");
  const lost = lane.submit(work(putUp("second")), { deadlineMs: LATE_MS });
  await swallowed;
  passDeadlines();
  await expect(lost).rejects.toMatchObject(unknown("put-up-second"));
  proxy.cutAll();
  await expect.poll(() => lane.stats().inFlight).toBe(0);
  expect(await lane.submit(work(putUp("third")))).toEqual(COMMITTED);
  expect(Object.keys(await shelvesOf(beside))).toEqual(["first", "third"]);
});

test("a reply that does not come counts as lost, of a read as of a commit", async () => {
  const opened = await shelfDatabase();
  // Who watches for replies does so by its clock.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  for (const silentFrom of ["begin", "select 7"]) {
    const { database, proxy } = await overProxy(opened);
    const connection = await LaneConnection.open(await checkout(database), {
      schema: database.schema,
      replyTimeoutMs: 60_000,
    });
    const swallowed = proxy.swallow(silentFrom);
    const replied = silentFrom === "begin" ? connection.begin() : sendSeven(connection);
    const told = replied.catch((error: unknown) => error);
    await swallowed;
    expect(connection.lost).toBeUndefined();
    vi.advanceTimersByTime(2 * 60_000);
    expect(await told).toBeInstanceOf(Error);
    expect(connection.lost).toBeInstanceOf(Error);
    connection.release();
  }
});

async function sendSeven(connection: LaneConnection): Promise<void> {
  const seven = { name: "seven", text: "select 7", values: [] };
  const outcome = await connection.transaction([seven]);
  expect(outcome.kind).toBe("lost");
  throw new Error("lost, as it should be");
}

test("a lane on a pool of the user's own leaves the pool as it was", async () => {
  const opened = await shelfDatabase();
  const database = await openDatabase({ url: opened.url, schema: opened.schema });
  onTestFinished(() => database.close());
  const lane = nodeLane(database);
  expect(await lane.submit(work(putUp("a")))).toEqual(COMMITTED);
  await lane.close();
  expect(database.stats()).toMatchObject({ open: 1, idle: 1, waiting: 0 });
});
