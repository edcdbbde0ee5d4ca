import { expect, test } from "vitest";
import { selfTimes, type CpuProfile } from "./self-times.ts";

const frame = (functionName: string, url: string, lineNumber: number) => ({
  functionName,
  url,
  lineNumber,
});

const ROOT = "file:///srv/longmen/";

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(idle)", "", -1) },
    { id: 2, callFrame: frame("decide", "file:///srv/longmen/src/ledger/decide.ts", 11) },
    { id: 3, callFrame: frame("", "file:///srv/longmen/src/ledger/decide.ts", 40) },
    {
      id: 4,
      callFrame: frame("parse", "file:///srv/longmen/node_modules/pg/lib/parser.js", 4),
    },
  ],
  samples: [1, 2, 3, 4, 2],
  timeDeltas: [100, 300, 100, 400, 100],
};

test("a file's time is the sum of its functions', and all shares are of the whole", () => {
  expect(selfTimes(profile, ROOT).byFile).toEqual([
    { name: "src/ledger/decide.ts", share: 0.5 },
    { name: "pg/lib/parser.js", share: 0.4 },
    { name: "(idle)", share: 0.1 },
  ]);
});

test("a function is named with its place", () => {
  const names = selfTimes(profile, ROOT).byFunction.map(({ name }) => name);
  expect(names).toContain("decide src/ledger/decide.ts:12");
  expect(names).toContain("parse pg/lib/parser.js:5");
});
