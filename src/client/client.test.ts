import { expect, onTestFinished, test, vi } from "vitest";
import { isUndone, urlOf } from "./attempt.ts";
import { backOffMs, pause, retryAfterMs, waitBefore } from "./back-off.ts";
import { exchange } from "./exchange.ts";
import type { Heard } from "./over-node.ts";
import { timeText } from "./to-wire.ts";

test("waits evenly between nothing and a ceiling that doubles up to five seconds", () => {
  const ceilings = [1, 2, 3, 7, 8, 20].map((attempt) => backOffMs(attempt, () => 0.999_999));
  expect(ceilings).toEqual([50, 100, 200, 3_200, 5_000, 5_000]);
  expect(backOffMs(20, () => 0)).toBe(0);
  // Sent away by a door that says when to come back, callers come back one after the other, none too soon.
  expect([0, 0.5, 0.999_999].map((at) => waitBefore(1, 250, () => at))).toEqual([250, 312, 374]);
  expect(waitBefore(8, 250, () => 0.999_999)).toBe(5_000);
});

test("reads Retry-After as seconds or as a date, and nothing else", () => {
  const now = Date.UTC(2026, 10, 21, 7, 28);
  expect(retryAfterMs("2")).toBe(2_000);
  expect(retryAfterMs("Sat, 21 Nov 2026 07:28:05 GMT", now)).toBe(5_000);
  expect(retryAfterMs("Sat, 21 Nov 2026 07:00:00 GMT", now)).toBe(0);
  expect(retryAfterMs("soon")).toBeUndefined();
  expect(retryAfterMs(null)).toBeUndefined();
});

test("a pause ends with its signal", async () => {
  expect(await pause(1, undefined)).toBe(true);
  expect(await pause(60_000, AbortSignal.abort())).toBe(false);
  expect(await pause(60_000, AbortSignal.timeout(5))).toBe(false);
});

const MINUTE = 60_000;
const overloaded = { code: "http.overloaded", retry: "same_request", retryAfterMs: 250 };

/** Asks for ten minutes of a clock that runs by itself; what is answered, and after how many attempts. */
async function asked(answer: () => Promise<Heard>) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let attempts = 0;
  const transport = () => {
    attempts += 1;
    return answer();
  };
  const wire = { base: "http://shop", key: "k", fetch, transport, deadlineMs: 30_000 };
  const question = {
    name: "findRule",
    params: { book: "shop", name: "price" },
    repeatable: true,
  } as const;
  const telling = exchange(wire, () => question, { deadlineAt: performance.now() + 10 * MINUTE });
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  return { told: await telling, attempts };
}

const answered = (status: number, body: object): Promise<Heard> => {
  const headers = { get: () => null };
  return Promise.resolve({ ok: status < 400, status, headers, text: JSON.stringify(body) });
};

test("P7: a server that has no room is asked until the deadline, however often it says so", async () => {
  const full = await asked(() => answered(503, overloaded));
  expect(full.told).toMatchObject({ ok: false, problem: overloaded });
  expect(full.attempts).toBeGreaterThan(100);
  let refusals = 0;
  const later = () => (refusals++ < 60 ? answered(503, overloaded) : answered(200, { seq: 1 }));
  expect(await asked(later)).toEqual({ told: { ok: true, body: { seq: 1 } }, attempts: 61 });
});

test("a server that never answers, or meets a bug each time, is not asked for ever", async () => {
  const refused = Object.assign(new TypeError("x"), { cause: { code: "ECONNREFUSED" } });
  const away = await asked(() => Promise.reject(refused));
  expect(away).toMatchObject({ told: { problem: { code: "client.unreachable" } }, attempts: 20 });
  expect(await asked(() => answered(500, overloaded))).toMatchObject({ attempts: 3 });
});

test.each([
  ["http.overloaded", 503, true, true],
  ["access.not_permitted", 403, true, true],
  ["ledger.busy", 409, false, true],
  ["lane.overloaded", 503, false, true],
  ["lane.deadline_passed", 503, false, true],
  // Of a batch, some may have found their place before the queue was full.
  ["lane.overloaded", 503, true, false],
  ["lane.unit_failed", 400, true, false],
  ["lane.outcome_unknown", 503, false, false],
  ["lane.fenced", 503, false, false],
  ["postgres.connection_lost", 503, false, false],
  ["http.internal", 500, false, false],
  ["http.deadline_passed", 503, false, false],
  ["new.code", 503, false, false],
])("%s (%i), of a batch: %s; nothing was done for certain: %s", (code, status, isBatch, undone) => {
  expect(isUndone(code, status, isBatch)).toBe(undone);
});

test("puts any id into a URL, but for those that mean a step", () => {
  const asked = (id: string) => {
    const params = { book: "a/b", id };
    return urlOf({ base: "https://x" }, { name: "readTransfer", params, repeatable: true });
  };
  expect(asked("o/7:a#b")).toBe("https://x/v1/books/a%2Fb/transfers/o%2F7%3Aa%23b");
  for (const id of ["", ".", ".."]) expect(() => asked(id)).toThrow("client.request_malformed");
});

test("writes a time exactly, or not at all", () => {
  expect(timeText(Date.UTC(2010, 11, 1, 8, 26, 0, 7), "")).toBe("2010-12-01T08:26:00.007Z");
  expect(timeText(-1, "")).toBe("1969-12-31T23:59:59.999Z");
  for (const at of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -8.64e15]) {
    expect(() => timeText(at, "/effectiveAt")).toThrow("client.request_malformed");
  }
});
