import { expect, test } from "vitest";
import { isLong, testDatabase } from "../../../src/postgres/testing.ts";
import { sellingMigrations, simulateSelling } from "./simulate-selling.ts";
import { storyOf } from "./story.ts";

const seed = Math.floor(Math.random() * 2 ** 32);

test(`P1 to P5: orders, payments, refunds and stock come out exact, whatever is killed meanwhile (seed ${seed})`, async () => {
  const { url, schema } = await testDatabase({ migrations: sellingMigrations });
  const report = await simulateSelling({ seed, url, schema, durationMs: isLong ? 60_000 : 7_000 });
  expect(report.findings, storyOf(report)).toEqual([]);
  // A simulation in which little happened proved little.
  const { fulfilled = 0, refunded = 0, expired = 0, cancelled = 0 } = report.orders;
  const { kill = 0 } = report.troubles;
  const { services, bids, payouts } = report.runs;
  const least = Math.min(fulfilled, refunded, expired, cancelled, kill, services, bids, payouts);
  expect(least, storyOf(report)).toBeGreaterThan(0);
});
