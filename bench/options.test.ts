import { describe, expect, test } from "vitest";
import { parseOptions, usage, UsageError } from "./options.ts";

describe("the command line", () => {
  test("has defaults that a quick run shortens", () => {
    expect(parseOptions(["ledger"])).toMatchObject({
      bench: "ledger",
      json: false,
      check: false,
      cases: [],
      callers: [8_000],
      rounds: 5,
      seconds: 5,
    });
    expect(parseOptions(["ledger", "--quick"])).toMatchObject({ rounds: 3, seconds: 1 });
  });

  test("takes several cases and a sweep of callers", () => {
    const line = ["ledger", "--case", "hot", "--case", "cold", "--callers", "2000,8000"];
    expect(parseOptions(line)).toMatchObject({ cases: ["hot", "cold"], callers: [2000, 8000] });
  });

  test.each([
    [[], "name a benchmark"],
    [["ledger", "flow"], "one benchmark at a time"],
    [["ledger", "--callers", "0"], "--callers takes a whole number"],
    [["ledger", "--callers", "10,x"], "--callers takes a whole number"],
    [["ledger", "--rounds", "1.5"], "--rounds takes a whole number"],
    [["ledger", "--seconds", "0"], "--seconds takes seconds"],
    [["ledger", "--fast"], "--fast"],
  ])("refuses %j and says why", (line, message) => {
    expect(() => parseOptions(line)).toThrow(UsageError);
    expect(() => parseOptions(line)).toThrow(message);
  });

  test("documents every option", () => {
    const names = [
      "case",
      "quick",
      "json",
      "check",
      "callers",
      "rounds",
      "seconds",
      "redis",
      "url",
    ];
    for (const name of [...names, "data"]) expect(usage).toContain(`--${name}`);
  });
});
