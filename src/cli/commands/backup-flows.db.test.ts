/** What a backup and a restore mean for work that was under way. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { accessMigrations } from "../../access/index.ts";
import { flow, flowMigrations, openFlows } from "../../flow/index.ts";
import { ledgerMigrations, openLedger } from "../../ledger/index.ts";
import { openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { testDatabase, testServerUrl } from "../../postgres/testing.ts";
import { freshSchema, runWords } from "../testing/run-words.ts";

const MANIFEST = new URL("../../../docs/reference/schema.json", import.meta.url);
const change = { manifest: () => readFile(MANIFEST, "utf8") };

/** What the world saw, by the key that it was shown. */
function world() {
  const seen: string[] = [];
  return { seen, call: (key: string) => seen.push(key) };
}

function orderFlow(call: (key: string) => void) {
  return flow("order", {}, async (f, order: string) => {
    await f.step("reserve", ({ key }) => call(key));
    await f.post("book", { asset: "CNY/2", debit: "till", credit: "sales", amount: 5n });
    const paid = await f.event("paid", { match: order });
    await f.post("tip", { asset: "CNY/2", debit: "till", credit: "sales", amount: 1n });
    return paid;
  });
}

async function house(schema: string, node: string, call: (key: string) => void) {
  const database = await openDatabase({ url: testServerUrl(), schema, poolMax: 6 });
  const ledger = openLedger({ database, sweep: false });
  const order = orderFlow(call);
  const flows = await openFlows({ database, node, flows: [order], books: ledger, book: "shop" });
  onTestFinished(async () => {
    await flows.close({ drainMs: 500 });
    await ledger.close();
    await database.close();
  });
  return { database, ledger, flows, order };
}

async function posted(ledger: ReturnType<typeof openLedger>): Promise<bigint | undefined> {
  const book = await ledger.book("shop");
  return (await book.account("sales", "CNY/2"))?.balance.creditsPosted;
}

test("P2 runs in a backup go on where it is restored, once, whatever becomes of the old house", async () => {
  const { schema } = await testDatabase({
    migrations: [postgresMigrations, ledgerMigrations, accessMigrations, flowMigrations],
    place: "schema",
  });
  const old = world();
  const here = await house(schema, "node-1", old.call);
  const book = await here.ledger.createBook("shop");
  await book.submit({ kind: "asset", asset: "CNY/2" });
  await book.submit({ kind: "open", path: "till", asset: "CNY/2", side: "debit", bound: "none" });
  await book.submit({ kind: "open", path: "sales", asset: "CNY/2", side: "credit", bound: "none" });
  const done = await here.flows.start(here.order, "done", { key: "done" });
  await here.flows.publish("paid", "cash", { match: "done" });
  expect(await done.result()).toBe("cash");
  const open = await here.flows.start(here.order, "open", { key: "open" });
  await expect
    .poll(async () => (await here.flows.steps(open.id)).map(({ step }) => step))
    .toEqual(["reserve", "book", "paid~wait"]);

  const dir = await mkdtemp(join(tmpdir(), "longmen-backup-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "one.tar.gz");
  const config = { databaseUrl: testServerUrl(), schema };
  expect((await runWords(config, ["backup", "--to", file], change)).code).toBe(0);
  const target = freshSchema();
  const restored = await runWords(
    { ...config, schema: target },
    ["restore", "--from", file],
    change,
  );
  expect(restored.code).toBe(0);

  // The old house is still up, and of the same name.
  const now = world();
  const there = await house(target, "node-1", now.call);
  expect(await there.flows.run(done.id).result()).toBe("cash");
  const again = await there.flows.start(there.order, "open", { key: "open" });
  expect(again).toMatchObject({ id: open.id, created: false });
  await there.flows.publish("paid", "card", { match: "open" });
  expect(await again.result()).toBe("card");
  expect(now.seen).toEqual([]);
  expect(old.seen).toHaveLength(2);
  expect(await posted(there.ledger)).toBe(12n);
  expect((await there.flows.start(there.order, "new")).created).toBe(true);

  // What it does it does in its own books, under its own lease.
  expect((await here.flows.get(open.id))?.endedAt).toBeUndefined();
  expect(await posted(here.ledger)).toBe(11n);
  await here.flows.publish("paid", "late", { match: "open" });
  expect(await open.result()).toBe("late");
  // A server for tests may lack what the doctor demands; the schema may not.
  const doctor = await runWords({ ...config, schema: target }, ["doctor", "--json"], change);
  expect(doctor.out).toContain('"check":"schema","level":"ok"');
});
