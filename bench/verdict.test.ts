import { describe, expect, test } from "vitest";
import { exitCodeOf, judge, resultOf, type BenchResult, type Measured } from "./verdict.ts";

const hot: Measured = {
  name: "hot",
  unit: "transfers/s",
  longmen: 80_000.4,
  peers: { raw: 120_000, tx: 4_000 },
  floors: { raw: 0.5 },
};

function resultWith(...cases: readonly Measured[]): BenchResult {
  const found = { bench: "ledger", postgres: "18.4", settings: {}, missing: [] };
  return resultOf({ ...found, cases: cases.map(judge) });
}

const check = { check: true, cases: [] };

describe("a case", () => {
  test("compares ours with every peer and meets its floor", () => {
    expect(judge(hot)).toEqual({
      case: "hot",
      unit: "transfers/s",
      longmen: 80_000,
      peers: { raw: 120_000, tx: 4_000 },
      ratios: { raw: 0.6666, tx: 20.0001 },
      floors: { raw: 0.5 },
      met: true,
    });
  });

  test("never meets a floor by rounding up to it", () => {
    const nearly = judge({ ...hot, longmen: 59_999.9 });
    expect(nearly.ratios["raw"]).toBeLessThan(0.5);
    expect(nearly.met).toBe(false);
  });

  test("meets a floor exactly at it", () => {
    expect(judge({ ...hot, longmen: 60_000 }).met).toBe(true);
  });

  test("does not meet the floor of a peer that was not measured", () => {
    expect(judge({ ...hot, floors: { "redis-pipeline": 1.3 } }).met).toBe(false);
  });

  test("judges shares that are measured as such", () => {
    const nodes = { ...hot, floors: { share: 0.25 } };
    expect(judge({ ...nodes, shares: { share: 0.31 } }).met).toBe(true);
    expect(judge({ ...nodes, shares: { share: 0.2 } }).met).toBe(false);
  });
});

test("the JSON object has exactly the documented keys, in their order", () => {
  const result = JSON.parse(JSON.stringify(resultWith(hot))) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual([
    "bench",
    "node",
    "postgres",
    "cores",
    "settings",
    "cases",
    "missing",
  ]);
  const [row] = result["cases"] as Record<string, unknown>[];
  expect(Object.keys(row ?? {})).toEqual([
    "case",
    "unit",
    "longmen",
    "peers",
    "ratios",
    "floors",
    "met",
  ]);
});

describe("with --check the exit code", () => {
  test("is 0 when every floor is met", () => {
    expect(exitCodeOf(resultWith(hot), check)).toBe(0);
  });

  test("is 1 when a floor is missed", () => {
    expect(exitCodeOf(resultWith(hot, { ...hot, longmen: 1 }), check)).toBe(1);
  });

  test("is 2 when a peer that has a floor is missing", () => {
    const floors = { raw: 0.5, "redis-pipeline": 1.3 };
    expect(exitCodeOf(resultWith({ ...hot, floors }), check)).toBe(2);
  });

  test("is 0 when a peer without a floor is missing", () => {
    const result = { ...resultWith(hot), missing: ["redis-bare"] };
    expect(exitCodeOf(result, check)).toBe(0);
  });

  test("is 2 when no case was run", () => {
    expect(exitCodeOf(resultWith(), check)).toBe(2);
  });

  test("is 2 when a case asked for by name is absent", () => {
    expect(exitCodeOf(resultWith(hot), { check: true, cases: ["hot", "warm"] })).toBe(2);
  });

  test("finds a named case under each number of callers of a sweep", () => {
    const swept = resultWith({ ...hot, name: "hot@2000" }, { ...hot, name: "hot@8000" });
    expect(exitCodeOf(swept, { check: true, cases: ["hot"] })).toBe(0);
  });

  test("is 1 rather than 2 when one floor is missed and another could not be judged", () => {
    const floors = { "redis-pipeline": 1.3, raw: 0.9 };
    expect(exitCodeOf(resultWith({ ...hot, floors }), check)).toBe(1);
  });
});

test("without --check a missed floor is told, not failed", () => {
  expect(exitCodeOf(resultWith({ ...hot, longmen: 1 }), { check: false, cases: [] })).toBe(0);
});
