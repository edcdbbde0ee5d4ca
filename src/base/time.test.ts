import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasCode } from "./errors.ts";
import { manualClock, parseRfc3339, systemClock, toRfc3339 } from "./time.ts";

describe("an RFC 3339 time", () => {
  test.each([
    ["2010-12-01T08:26:00Z", "2010-12-01T08:26:00.000Z"],
    ["2010-12-01T16:26:00+08:00", "2010-12-01T08:26:00.000Z"],
    ["2010-12-01T00:26:00-08:00", "2010-12-01T08:26:00.000Z"],
    ["2010-12-01t08:26:00z", "2010-12-01T08:26:00.000Z"],
    ["2010-12-01T08:26:00.5Z", "2010-12-01T08:26:00.500Z"],
    ["2010-12-01T08:26:00.123000000Z", "2010-12-01T08:26:00.123Z"],
    ["2010-12-01T08:26:00.5000Z", "2010-12-01T08:26:00.500Z"],
    ["2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"],
    ["2010-12-31T23:30:00-01:00", "2011-01-01T00:30:00.000Z"],
    ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["0099-06-01T00:00:00Z", "0099-06-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ["2010-12-01T08:26:00-00:00", "2010-12-01T08:26:00.000Z"],
  ])("reads %s as %s", (text, expected) => {
    expect(toRfc3339(parseRfc3339(text))).toBe(expected);
  });

  test.each([
    "",
    "2010-12-01",
    "2010-12-01T08:26:00",
    "2010-12-01 08:26:00Z",
    "2010-12-01T08:26Z",
    "2010-12-01T8:26:00Z",
    "2010-13-01T00:00:00Z",
    "2010-00-01T00:00:00Z",
    "2010-11-31T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2010-12-00T00:00:00Z",
    "2010-12-01T24:00:00Z",
    "2010-12-01T00:60:00Z",
    "2016-12-31T23:59:60Z",
    "2010-12-01T00:00:00+24:00",
    "2010-12-01T00:00:00+08:60",
    "2010-12-01T00:00:00+0800",
    "2010-12-01T00:00:00.Z",
    "2010-12-01T08:26:00.123999Z",
    "2010-12-01T08:26:00.0000001Z",
    "2010-12-01T08:26:00.5000000000Z",
    "2010-12-01T00:00:00,5Z",
    "2010-12-01T00:00:00Z\n",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "+12010-12-01T00:00:00Z",
    "12/1/2010 8:26",
    "1291191960000",
  ])("refuses %j", (text) => {
    let thrown: unknown;
    try {
      parseRfc3339(text);
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, "base.time_malformed")).toBe(true);
  });

  const instants = fc.integer({
    min: Date.parse("0000-01-01T00:00:00Z"),
    max: Date.parse("9999-12-31T23:59:59.999Z"),
  });

  test("comes back as it was written, to the millisecond", () => {
    fc.assert(
      fc.property(instants, (at) => {
        expect(parseRfc3339(toRfc3339(at))).toBe(at);
      }),
    );
  });

  test("sorts as text as it sorts in time", () => {
    fc.assert(
      fc.property(instants, instants, (one, other) => {
        expect(toRfc3339(one) < toRfc3339(other)).toBe(one < other);
      }),
    );
  });

  test.each([Number.NaN, Infinity, 0.5, 1e15])("is never made of %d", (at) => {
    expect(() => toRfc3339(at)).toThrow("milliseconds");
  });
});

describe("a manual clock", () => {
  test("stands still until it is moved", async () => {
    const clock = manualClock(1_000);
    let awake = false;
    const sleep = clock.sleep(10).then(() => (awake = true));
    clock.advance(9);
    await Promise.resolve();
    expect([clock.now(), awake, clock.sleepers()]).toEqual([1_009, false, 1]);
    clock.advance(1);
    await sleep;
    expect([clock.now(), awake, clock.sleepers()]).toEqual([1_010, true, 0]);
  });

  test("wakes in order of due times, and equals in order of arrival", async () => {
    const clock = manualClock(0);
    const woken: string[] = [];
    const sleeps = [
      clock.sleep(20).then(() => woken.push("late")),
      clock.sleep(10).then(() => woken.push("first")),
      clock.sleep(10).then(() => woken.push("second")),
    ];
    clock.advance(30);
    await Promise.all(sleeps);
    expect(woken).toEqual(["first", "second", "late"]);
  });

  test("jumps back without waking or forgetting anyone", async () => {
    const clock = manualClock(100);
    const sleep = clock.sleep(10);
    clock.set(0);
    expect([clock.now(), clock.sleepers()]).toEqual([0, 1]);
    clock.set(110);
    await sleep;
    expect(clock.sleepers()).toBe(0);
  });

  test("does not wait for nothing", async () => {
    const clock = manualClock(0);
    await clock.sleep(0);
    await clock.sleep(-5);
    expect(clock.sleepers()).toBe(0);
  });

  test("is not advanced backwards", () => {
    expect(() => manualClock(0).advance(-1)).toThrow("set to step back");
  });
});

describe.each([
  ["the system clock", () => systemClock],
  ["a manual clock", () => manualClock(0)],
])("%s", (_, make) => {
  test("ends a sleep with the signal's own reason, and does not begin one under it", async () => {
    const clock = make();
    const stop = new AbortController();
    const sleep = clock.sleep(60_000, stop.signal);
    const reason = new Error("shutting down");
    stop.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await expect(clock.sleep(60_000, stop.signal)).rejects.toBe(reason);
    await expect(clock.sleep(0, stop.signal)).rejects.toBe(reason);
  });
});

test("the manual clock forgets an aborted sleeper", async () => {
  const clock = manualClock(0);
  const stop = new AbortController();
  const sleep = clock.sleep(10, stop.signal);
  stop.abort(new Error("stop"));
  await expect(sleep).rejects.toThrow("stop");
  expect(clock.sleepers()).toBe(0);
});

test("the system clock wakes who slept", async () => {
  const before = systemClock.now();
  await systemClock.sleep(5, new AbortController().signal);
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});

test("the system clock sleeps longer than one timer can, instead of not at all", async () => {
  const stop = new AbortController();
  let state = "asleep";
  const sleep = systemClock.sleep(2 ** 31 + 1_000, stop.signal).then(
    () => (state = "awake"),
    () => (state = "stopped"),
  );
  await systemClock.sleep(5);
  expect(state).toBe("asleep");
  stop.abort(new Error("stop"));
  await sleep;
  expect(state).toBe("stopped");
});
