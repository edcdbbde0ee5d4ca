import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Replies } from "./replies.ts";

const TIMEOUT_MS = 40;

/** A process that stands still: nothing runs, no timer and nobody who reads what has arrived. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("who stood still itself does not take for silence what it has not read yet", async () => {
  const onSilent = vi.fn();
  const replies = new Replies(TIMEOUT_MS, onSilent);
  // Read behind the timers that are due by then.
  const reply = nextTurn().then(() => nextTurn("there"));
  const waiting = replies.of(reply);
  standStill(5 * TIMEOUT_MS);
  expect(await waiting).toBe("there");
  expect(onSilent).not.toHaveBeenCalled();
  replies.stop();
});

test("tells once a reply was waited for that long, and not while replies come", async () => {
  const onSilent = vi.fn();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const replies = new Replies(TIMEOUT_MS, onSilent);
    const silent = Promise.withResolvers<void>();
    const waiting = replies.of(silent.promise);
    vi.advanceTimersByTime(TIMEOUT_MS);
    await replies.of(Promise.resolve());
    vi.advanceTimersByTime(TIMEOUT_MS);
    expect(onSilent).not.toHaveBeenCalled();
    vi.advanceTimersByTime(TIMEOUT_MS);
    expect(onSilent).toHaveBeenCalled();
    silent.resolve();
    await waiting;
    onSilent.mockClear();
    vi.advanceTimersByTime(5 * TIMEOUT_MS);
    expect(onSilent).not.toHaveBeenCalled();
    replies.stop();
  } finally {
    vi.useRealTimers();
  }
});
