/** Whom the page shows which runs. */
import { expect, onTestFinished, test } from "vitest";
import { accessMigrations, openAccess, parseScope } from "../../access/index.ts";
import { flow, flowMigrations, openFlows } from "../../flow/index.ts";
import { Lane, postgresMigrations } from "../../postgres/index.ts";
import { testDatabase } from "../../postgres/testing.ts";
import { openSchedules, schedule, scheduleMigrations } from "../../schedule/index.ts";
import { operator } from "../operator.ts";
import { runsShown } from "./runs-shown.ts";
import { startStatusPage } from "./status-page.ts";

const verify = flow("retail.verify", {}, () => Promise.resolve("verified"));
const secret = flow("hidden.plan", {}, () => {
  throw new Error("nobody's business");
});
const nightly = schedule("nightly", { cron: "0 3 * * *", to: verify });
const hidden = schedule("hidden", { cron: "0 4 * * *", to: secret });

async function house() {
  const migrations = [postgresMigrations, accessMigrations, flowMigrations, scheduleMigrations];
  const { database } = await testDatabase({ migrations });
  const flows = await openFlows({ database, node: "node-1", flows: [verify, secret] });
  const schedules = await openSchedules({ database, flows, schedules: [nightly, hidden] });
  const lane = new Lane<never, never>({ name: "node rows", database });
  const access = openAccess({ database, lane });
  onTestFinished(async () => {
    await schedules.close();
    await flows.close({ drainMs: 500 });
    await access.close();
    await lane.close();
  });
  await (await flows.start(verify, undefined)).result();
  await (await flows.start(secret, undefined)).result().catch(() => undefined);
  return { runs: { flows, schedules }, access };
}

test("reads runs at a glance, and the schedules with their plan, next tick and last outcome", async () => {
  const { runs } = await house();
  await runs.schedules.runNow("nightly");
  const all = await runsShown(runs, "en", () => true);
  expect(all?.counts).toMatchObject({ dead: 0, most: 10_000 });
  expect(all?.ends).toContainEqual(
    expect.objectContaining({ flow: "hidden.plan", status: "failed", error: "nobody's business" }),
  );
  expect(all?.schedules.find(({ name }) => name === "nightly")).toMatchObject({
    plan: "every day at 03:00, UTC",
    next: expect.stringMatching(/T03:00:00.000Z$/) as string,
    last: { outcome: "started" },
  });
  // Ends are written down by the two seconds.
  const lately = async () => (await runsShown(runs, "en", () => true))?.lately;
  await expect
    .poll(lately, { timeout: 60_000 })
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ flow: "hidden.plan", done: 0, failed: 1, cancelled: 0 }),
        expect.objectContaining({ flow: "retail.verify", failed: 0 }),
      ]),
    );
  const some = await runsShown(runs, "zh", (name) => name.startsWith("retail."));
  expect(some?.schedules).toMatchObject([{ name: "nightly", plan: "每天 03:00（UTC）" }]);
  expect(some?.lately.map(({ flow: name }) => name)).toEqual(["retail.verify"]);
  expect(some?.ends.map((end) => end.flow)).not.toContain("hidden.plan");
});

test("the page of all books shows runs to keys that may read those of every flow, and to no other", async () => {
  const { runs, access } = await house();
  const status = { stage: "ready", access, runs, showsEveryBook: true } as const;
  const page = await startStatusPage({ host: "127.0.0.1", port: 0 }, status, (error) => {
    throw error;
  });
  onTestFinished(() => page.close());
  const seenBy = async (...scopes: string[]) => {
    const asked = { owner: "ann", ownerKind: "person", scopes: scopes.map(parseScope) } as const;
    const { token } = await access.create(asked, operator());
    const answer = await fetch(page.url, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    return answer.text();
  };
  expect(await seenBy("read@*", "runs.read@*")).toContain("hidden.plan");
  for (const scopes of [["read@*"], ["read@*", "runs.read@retail.*"]]) {
    const html = await seenBy(...scopes);
    expect(html).not.toContain("hidden.plan");
    expect(html).not.toContain("<h2>Runs</h2>");
  }
});
