import { expect, test } from "vitest";
import { testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";
import { simulate } from "./simulate.ts";
import { storyOf } from "./story.ts";

const SEEDS = [Math.floor(Math.random() * 2 ** 32), 20_101_201];

const TROUBLES = ["lane.before_send", "lane.after_send", "lane.committed", "kill"];

test.each(SEEDS)(
  "keeps P1 to P4 under crashes, lost replies and wrong clocks on two nodes (seed %i)",
  async (seed) => {
    const report = await simulate({
      seed,
      url: testServerUrl(),
      schema: testSchemaName(),
      durationMs: 9_000,
      least: { answers: 3_000, troubles: TROUBLES },
    });
    expect(report.findings, storyOf(report)).toEqual([]);
    // A simulation in which little happened proved little.
    expect(report.entries).toBeGreaterThan(1_000);
    expect(report.expired).toBeGreaterThan(0);
    expect(Object.keys(report.troubles)).toEqual(expect.arrayContaining(TROUBLES));
  },
);
