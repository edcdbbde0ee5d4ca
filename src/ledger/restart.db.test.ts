import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
  unit,
} from "../postgres/index.ts";
import {
  insertShelves,
  shelfMigrations,
  shelvesOf,
  startServerOfItsOwn,
  testFolder,
} from "../postgres/testing.ts";
import type { Posting } from "./book.ts";
import { ledgerMigrations } from "./index.ts";
import { expectVerified, hold, left, openNode, pay, type Shop, stockShop } from "./testing/shop.ts";

/** A shop on a server that a test may kill. */
async function shopOfItsOwn() {
  const server = await startServerOfItsOwn({ dir: await testFolder() });
  const { url } = server;
  const database = await openDatabase({ url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, [postgresMigrations, ledgerMigrations, shelfMigrations]);
  const drop = () => Promise.resolve();
  const shop: Shop = await stockShop({ database, url, schema: "shop", drop }, ["ann"]);
  return { shop, server, database };
}

const CALLERS = 16;

/** The processes of all sessions but the asking one. */
async function sessionsOf(database: Database): Promise<number[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(
      `select pid from pg_stat_activity
       where application_name = 'longmen' and pid <> pg_backend_pid()`,
    ),
  );
  return rows.map(({ pid }) => Number(pid));
}

test("P1 P2: PostgreSQL killed under load: what was answered stands, and all is done exactly once", async () => {
  const { shop, server, database } = await shopOfItsOwn();
  const { book } = await openNode(shop, { limits: { flushWeightMax: 8 } });
  const acknowledged = new Set<string>();
  const unanswered = new Set<string>();
  let running = true;
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let n = 0; running; n++) {
      const id = `c${caller}-${n}`;
      const payment = unit(id)
        .post<Posting>(pay(id, "bank", "ann", 1n))
        .write(insertShelves, { name: id, quantity: 1n });
      unanswered.add(id);
      for (;;) {
        const answer = await book.commit(payment).catch(() => sleep(20));
        if (answer === undefined) continue;
        expect(["committed", "repeated"]).toContain(answer.status);
        break;
      }
      unanswered.delete(id);
      acknowledged.add(id);
    }
  });
  const goOn = () => {
    const before = acknowledged.size;
    return expect.poll(() => acknowledged.size).toBeGreaterThan(before + 100);
  };
  // One session's process, for which PostgreSQL ends all others and recovers; then the whole server.
  await goOn();
  for (const pid of await sessionsOf(database)) killIfThere(pid);
  for (let kill = 0; kill < 2; kill++) {
    await goOn();
    const pid = server.pid();
    process.kill(pid, "SIGKILL");
    await expect.poll(() => server.pid()).not.toBe(pid);
  }
  await goOn();
  running = false;
  await Promise.all(callers);
  expect(unanswered.size).toBe(0);
  expect(await left(book, "ann")).toBe(1_000n + BigInt(acknowledged.size));
  expect(new Set(Object.keys(await shelvesOf(database)))).toEqual(acknowledged);
  await expectVerified(book);
});

test("an idle lane sends nothing, gives its connection back, and wakes up for what falls due", async () => {
  const { shop, server, database: beside } = await shopOfItsOwn();
  const database = await openDatabase({
    url: server.url,
    schema: "shop",
    applicationName: "idle node",
  });
  onTestFinished(() => database.close());
  const { book } = await openNode(shop, { database });
  await book.submit(hold("later", "ann", 100n, 3_600_000));
  await book.submit(hold("soon", "ann", 100n, 8_000));
  // Each session's last statement and when it began: pg_stat_database hears of one only 10 s later.
  const sessions = async (): Promise<unknown> => {
    const { rows } = await beside.transaction((tx) =>
      tx.query(
        `select json_agg(json_build_array(pid, query, query_start, state) order by pid)::text as told
         from pg_stat_activity where application_name = 'idle node'`,
      ),
    );
    return rows[0]?.["told"];
  };
  const told = await sessions();
  expect(told).toContain("commit");
  await sleep(2_000);
  expect(await sessions()).toBe(told);
  const { flushes } = book.stats();
  await expect.poll(() => database.stats().idle).toBe(database.stats().open);
  expect(book.stats().flushes).toBe(flushes);
  await expect.poll(() => left(book, "ann")).toBe(900n);
});

/** The first one's end makes PostgreSQL end the others, perhaps before their turn comes. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
