import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { hasCode } from "./errors.ts";
import {
  FAULT_EXIT_CODE,
  faultPoint,
  FaultPlan,
  faultsFromText,
  InjectedFault,
  listFaultPoints,
  noFaults,
} from "./fault.ts";

/** How often `at` has to be called until it throws; nothing if it never does in ten calls. */
function struckAt(plan: FaultPlan, name: string): number[] {
  return Array.from({ length: 10 }, (_, index) => index + 1).filter(() => {
    try {
      void plan.at(name);
      return false;
    } catch (error) {
      if (error instanceof InjectedFault && error.point === name) return true;
      throw error;
    }
  });
}

describe("a fault plan", () => {
  test("does nothing where nothing is armed", () => {
    expect(struckAt(new FaultPlan().arm("lane.sent", "throw"), "lane.queued")).toEqual([]);
    expect(noFaults.at("lane.sent")).toBeUndefined();
  });

  test.each<[string, { onHit?: number; times?: number }, number[]]>([
    ["once, at the first hit", {}, [1]],
    ["at a later hit", { onHit: 3 }, [3]],
    ["several times in a row", { onHit: 2, times: 3 }, [2, 3, 4]],
    ["for ever", { onHit: 8, times: Infinity }, [8, 9, 10]],
  ])("strikes %s", (_, options, hits) => {
    expect(struckAt(new FaultPlan().arm("lane.sent", "throw", options), "lane.sent")).toEqual(hits);
  });

  test("holds several faults of one point", () => {
    const plan = new FaultPlan()
      .arm("lane.sent", "throw", { onHit: 2 })
      .arm("lane.sent", "throw", { onHit: 5 });
    expect(struckAt(plan, "lane.sent")).toEqual([2, 5]);
  });

  test("counts hits of every point, armed or not", () => {
    const plan = new FaultPlan();
    void plan.at("lane.sent");
    void plan.at("lane.sent");
    expect([plan.hits("lane.sent"), plan.hits("lane.queued")]).toEqual([2, 0]);
  });

  test("hands back what an action of the test's own gives, so that a point can be made to wait", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const plan = new FaultPlan().arm("lane.sent", () => promise);
    const held = plan.at("lane.sent");
    expect(held).toBe(promise);
    expect(plan.at("lane.sent")).toBeUndefined();
    resolve();
    await held;
  });

  test("is not armed before the first hit", () => {
    expect(() => new FaultPlan().arm("lane.sent", "throw", { onHit: 0 })).toThrow("from 1");
    expect(() => new FaultPlan().arm("lane.sent", "throw", { times: 0 })).toThrow("at least once");
  });
});

describe("a fault plan as text", () => {
  test("is read with spaces, hits and several faults", () => {
    const plan = faultsFromText("lane.sent=throw@3, ledger.before_decide=throw");
    expect(struckAt(plan, "lane.sent")).toEqual([3]);
    expect(struckAt(plan, "ledger.before_decide")).toEqual([1]);
  });

  test("may be empty", () => {
    expect(faultsFromText(" ").undeclared()).toEqual([]);
  });

  test.each([
    "lane.sent",
    "lane.sent=",
    "lane.sent=burn",
    "lane.sent=throw@0",
    "lane.sent=throw@",
    "lane.sent=throw@1.5",
    "lane.sent=throw@-1",
    "lane=throw",
    "Lane.Sent=throw",
    "=throw",
    "lane.sent=throw,",
    "lane.sent=throw;lane.queued=throw",
  ])("refuses %j", (text) => {
    let thrown: unknown;
    try {
      faultsFromText(text);
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, "base.faults_malformed")).toBe(true);
  });
});

describe("a process under drill", () => {
  const door = new URL("./index.ts", import.meta.url).href;
  const run = (text: string) =>
    spawnSync(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { faultsFromText } from ${JSON.stringify(door)};
         process.on("exit", () => process.stdout.write(" exit handlers ran"));
         const faults = faultsFromText(${JSON.stringify(text)});
         for (let hit = 1; hit <= 5; hit++) { process.stdout.write(String(hit)); faults.at("lane.sent"); }`,
      ],
      { encoding: "utf8", env: {} },
    );

  test("is ended with a code of its own by exit", () => {
    const { status, stdout } = run("lane.sent=exit@3");
    expect([status, stdout]).toEqual([FAULT_EXIT_CODE, "123 exit handlers ran"]);
  });

  test.skipIf(process.platform === "win32")("dies by kill without a last word", () => {
    const { signal, stdout } = run("lane.sent=kill@3");
    expect([signal, stdout]).toEqual(["SIGKILL", "123"]);
  });

  test("lives when nothing is armed", () => {
    const { status, stdout } = run("");
    expect([status, stdout]).toEqual([0, "12345 exit handlers ran"]);
  });
});

describe("declared fault points", () => {
  test("are listed by name with what they stand for, and found when misspelt", () => {
    const point = faultPoint("zebra.crossed", "the zebra is over");
    faultPoint("ape.fed", "the ape has eaten");
    const listed = listFaultPoints();
    expect(listed).toContainEqual({ name: "zebra.crossed", doc: "the zebra is over" });
    expect(listed.map(({ name }) => name)).toEqual(listed.map(({ name }) => name).sort());
    const plan = new FaultPlan().arm(point, "throw").arm("zebra.crosed", "throw");
    expect(plan.undeclared()).toEqual(["zebra.crosed"]);
  });

  test("have one declaration each", () => {
    faultPoint("gnu.seen", "a gnu");
    expect(() => faultPoint("gnu.seen", "another")).toThrow("declared twice");
  });
});
