/** What counts as the time of an ask, and what does not. */
import { expect, onTestFinished, test, vi } from "vitest";
import { compiledOf } from "../testing/engines.ts";
import { expressionJdm } from "../testing/jdm.ts";
import { EngineProcess, type Outcome } from "./engine.ts";

const TIMEOUT_MS = 1_000;

/** A process, whose watch looks at it when the test lets time pass. */
function watched() {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const engine = new EngineProcess(TIMEOUT_MS);
  onTestFinished(() => engine.close());
  const { whole: content } = compiledOf(expressionJdm({ x: "n + 1" }));
  const ask = (n: number): Promise<Outcome> =>
    engine.ask({ kind: "decide", content, input: { n }, trace: false });
  return { engine, ask };
}

/** So much later for who looks at the clock. */
function leap(ms: number): void {
  const now = performance.now.bind(performance);
  const later = vi.spyOn(performance, "now").mockImplementation(() => now() + ms);
  onTestFinished(() => later.mockRestore());
}

test("the time that its process takes to start is not an ask's", async () => {
  const { ask } = watched();
  const first = ask(1);
  leap(5 * TIMEOUT_MS);
  // Nothing has been heard of the process yet.
  vi.advanceTimersByTime(5 * TIMEOUT_MS);
  expect(await first).toMatchObject({ kind: "done", value: { result: { x: 2 } } });
});

test("a process that never comes up is given up", async () => {
  const { ask } = watched();
  const first = ask(1);
  leap(60 * TIMEOUT_MS);
  vi.advanceTimersByTime(60 * TIMEOUT_MS);
  expect(await first).toEqual({ kind: "late" });
});

test("the time in which this process stood still is not an ask's: what was answered meanwhile counts", async () => {
  const { ask } = watched();
  expect(await ask(1)).toMatchObject({ kind: "done" });
  const second = ask(2);
  leap(10 * TIMEOUT_MS);
  // All looks that were missed are one.
  vi.advanceTimersToNextTimer();
  expect(await second).toMatchObject({ kind: "done", value: { result: { x: 3 } } });
});

test("what is not answered in its time is late, with all that is asked beside it", async () => {
  const { ask } = watched();
  expect(await ask(1)).toMatchObject({ kind: "done" });
  const asked = [ask(2), ask(3)];
  leap(2 * TIMEOUT_MS);
  // The process can't have answered: this one has not given way to it.
  vi.advanceTimersByTime(2 * TIMEOUT_MS);
  expect(await Promise.all(asked)).toEqual([{ kind: "late" }, { kind: "late" }]);
  expect(await ask(4)).toMatchObject({ kind: "done", value: { result: { x: 5 } } });
});
