import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { fail, silentLogger } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import type { Ownership } from "./owner.ts";
import type { Reached } from "./start.ts";
import { keepUp, type Running } from "./supervise.ts";

/** A server that lives so many milliseconds after each start, by a clock that only it moves. */
function server(lives: readonly number[]) {
  let now = 0;
  let starts = 0;
  const born = (): Pick<Running, "reached" | "ownership"> => {
    const life = lives[starts];
    starts += 1;
    const lost = new Promise<void>((die) => {
      // Past the last life it lives on.
      if (life === undefined) return;
      setImmediate(() => {
        now += life;
        die();
      });
    });
    const reached: Partial<Reached> = { pid: starts, adopted: false };
    const ownership: Partial<Ownership> = { lost };
    return { reached: reached as Reached, ownership: ownership as Ownership };
  };
  const running: Running = { ...born(), stopping: false, revival: undefined };
  const reason = keepUp(running, () => Promise.resolve(born()), silentLogger, { now: () => now });
  return { reason, running, starts: () => starts };
}

const OPEN = Symbol("still watching");
/** Several times as many turns as there are lives in any test. */
const TURNS = 1_000;

async function stillOpen(): Promise<typeof OPEN> {
  for (let turn = 0; turn < TURNS; turn++) await nextTurn();
  return OPEN;
}

const settled = (reason: Promise<Error>) => Promise.race([reason, stillOpen()]);

test("brings a server back that is killed now and then, however often", async () => {
  const lives = Array.from({ length: 100 }, () => 15_000);
  const { reason, starts } = server(lives);
  expect(await settled(reason)).toBe(OPEN);
  expect(starts()).toBe(101);
});

test("a server killed again while it came back is one more death, not the end", async () => {
  let starts = 0;
  const born = (life: Promise<void>): Pick<Running, "reached" | "ownership"> => {
    starts += 1;
    const ownership: Partial<Ownership> = { lost: life };
    const reached: Partial<Reached> = { pid: starts, adopted: false };
    return { reached: reached as Reached, ownership: ownership as Ownership };
  };
  const running: Running = { ...born(Promise.resolve()), stopping: false, revival: undefined };
  let refusals = [
    fail(postgresErrors, "connection_lost", { reason: "Connection terminated unexpectedly" }),
    new Error("Client has encountered a connection error and is not queryable"),
  ];
  const bringUp = () => {
    const [refusal, ...later] = refusals;
    refusals = later;
    return refusal === undefined
      ? Promise.resolve(born(new Promise(() => {})))
      : Promise.reject(refusal);
  };
  const reason = keepUp(running, bringUp, silentLogger);
  expect(await settled(reason)).toBe(OPEN);
  expect(running.reached.pid).toBe(2);
});

test("gives up at once on a server that cannot start", async () => {
  const lost: Partial<Ownership> = { lost: Promise.resolve() };
  const reached = { pid: 1 } as Reached;
  const ownership = lost as Ownership;
  const running: Running = { reached, ownership, stopping: false, revival: undefined };
  const refusal = fail(postgresErrors, "disk_full", { reason: "No space left on device" });
  const reason = keepUp(running, () => Promise.reject(refusal), silentLogger);
  expect(await settled(reason)).toBe(refusal);
});

test("gives up on a server that dies of its start", async () => {
  const { reason, starts } = server([60_000, 5, 5, 60_000, 5, 5, 5, 5, 5, 5]);
  const message = "PostgreSQL died 6 times in a row right after its start";
  expect(await settled(reason)).toMatchObject({ message });
  expect(starts()).toBe(9);
});

test("says nothing when the server was stopped on purpose", async () => {
  const { reason, running, starts } = server([1]);
  running.stopping = true;
  expect(await settled(reason)).toBe(OPEN);
  expect(starts()).toBe(1);
});
