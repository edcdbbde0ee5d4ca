import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drills } from "./drills.ts";
import { openSite, type Site } from "./site.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site.close(false);
});

describe("under the worst of treatment the ledger", () => {
  test.each(drills)("$title", async (drill) => {
    const { findings, acknowledged } = await drill.run(site);
    expect(findings).toEqual([]);
    expect(acknowledged).toBeGreaterThan(100);
  });
});
