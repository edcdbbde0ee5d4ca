/** What the server refuses everybody is nobody's fault, and is told by its name. */
import { chown, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { migrate, openDatabase, postgresMigrations, unit } from "../postgres/index.ts";
import {
  insertShelves,
  shelfMigrations,
  shelvesOf,
  startServerOfItsOwn,
  testFolder,
} from "../postgres/testing.ts";
import type { Posting } from "./book.ts";
import { ledgerMigrations } from "./index.ts";
import {
  expectVerified,
  left,
  openNode,
  openShop,
  pay,
  type Shop,
  stockShop,
} from "./testing/shop.ts";

const CALLERS = 500;
/** To isolate one of them takes some flushes more for each; a server that comes back refuses some, too. */
const REFUSED_MAX = CALLERS / 5;

type Node = Awaited<ReturnType<typeof openNode>>;

/** What each of a crowd is told, without its repetitions. */
async function toldTo({ book }: Node, first: string): Promise<string[]> {
  const told = await Promise.all(
    Array.from({ length: CALLERS }, (_, n) =>
      book.submit(pay(`${first}-${n}`, "bank", "ann", 1n)).then(
        ({ status }) => status,
        (error: unknown) => (error as { code: string }).code,
      ),
    ),
  );
  return [...new Set(told)];
}

const toldByTx = ({ book }: Node) =>
  book.tx(() => Promise.resolve({ post: pay("tx", "bank", "ann", 1n), value: undefined }));

test("a server that has become a standby is read-only, to everybody and without isolating", async () => {
  const dir = await testFolder();
  const primary = await startServerOfItsOwn({ dir });
  const { url } = primary;
  const database = await openDatabase({ url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, [postgresMigrations, ledgerMigrations, shelfMigrations]);
  const drop = () => Promise.resolve();
  const shop: Shop = await stockShop({ database, url, schema: "shop", drop }, ["ann"]);
  const node = await openNode(shop);
  expect(await node.book.submit(pay("before", "bank", "ann", 1n))).toMatchObject({
    status: "created",
  });
  await primary.stop();
  const signal = path.join(primary.dataDir, "standby.signal");
  await writeFile(signal, "");
  const { uid, gid } = await stat(primary.dataDir);
  await chown(signal, uid, gid);
  await startServerOfItsOwn({ dir, port: Number(new URL(url).port) });
  const { refusedFlushes } = node.lane.stats();
  await expect.poll(() => toldTo(node, "on-standby")).toEqual(["postgres.read_only"]);
  expect(node.lane.stats().refusedFlushes - refusedFlushes).toBeLessThan(REFUSED_MAX);
  await expect(node.book.submit(pay("one", "bank", "ann", 1n))).rejects.toMatchObject({
    code: "postgres.read_only",
    retry: "later",
  });
  await expect(toldByTx(node)).rejects.toMatchObject({ code: "postgres.read_only" });
  // What is not there may be on its way from the primary.
  await expect(node.book.resolve("one")).rejects.toMatchObject({ code: "postgres.read_only" });
  expect(await node.book.find("before")).toMatchObject({ amount: 1n });
  await database.transaction((tx) => tx.query("select pg_promote()"), { readOnly: true });
  expect(await toldTo(node, "promoted")).toEqual(["created"]);
  expect(await left(node.book, "ann")).toBe(1_001n + BigInt(CALLERS));
  await expectVerified(node.book);
});

test("a table of the ledger that is gone, or that may not be written, is no unit's fault", async () => {
  const shop = await openShop();
  const { schema, database, url } = shop.test;
  const run = (text: string) => database.transaction((tx) => tx.query(text));
  const role = `${schema}_writer`;
  await run(`create role ${role} login password 'x';
    grant usage on schema ${schema} to ${role};
    grant all on all tables in schema ${schema} to ${role}`);
  onTestFinished(async () => void (await run(`drop owned by ${role}; drop role ${role}`)));
  const theirs = new URL(url);
  theirs.username = role;
  theirs.password = "x";
  const limited = await openDatabase({ url: theirs.href, schema, poolMax: 3 });
  onTestFinished(() => limited.close());
  const node = await openNode(shop, { database: limited });
  expect(await toldTo(node, "first")).toEqual(["created"]);
  const entry = `${schema}.ledger_entry`;
  for (const [breaks, mends, code] of [
    [
      `revoke insert on ${entry} from ${role}`,
      `grant insert on ${entry} to ${role}`,
      "postgres.permission_denied",
    ],
    [
      `alter table ${entry} rename to gone`,
      `alter table ${schema}.gone rename to ledger_entry`,
      "postgres.schema_missing",
    ],
  ] as const) {
    await run(breaks);
    const { refusedFlushes } = node.lane.stats();
    expect(await toldTo(node, "broken")).toEqual([code]);
    expect(node.lane.stats().refusedFlushes - refusedFlushes).toBeLessThan(REFUSED_MAX);
    await expect(toldByTx(node)).rejects.toMatchObject({ code });
    await run(mends);
    expect(await toldTo(node, code)).toEqual(["created"]);
  }
  await expectVerified(node.book);
});

test("a room's table that is gone fails the units that write there, and no others", async () => {
  const shop = await openShop();
  const { schema, database } = shop.test;
  const { book } = await openNode(shop);
  await database.transaction((tx) => tx.query(`alter table ${schema}.test_shelf rename to gone`));
  const withRow = (id: string) =>
    book.commit(
      unit(id)
        .post<Posting>(pay(id, "bank", "ann", 1n))
        .write(insertShelves, { name: id, quantity: 1n }),
    );
  const plain = Array.from({ length: 20 }, (_, n) => book.submit(pay(`p${n}`, "bank", "ann", 1n)));
  await expect(withRow("shelf")).rejects.toMatchObject({ code: "lane.unit_failed" });
  for (const answer of await Promise.all(plain)) expect(answer.status).toBe("created");
  await database.transaction((tx) => tx.query(`alter table ${schema}.gone rename to test_shelf`));
  expect(await withRow("shelf")).toMatchObject({ status: "committed" });
  expect(Object.keys(await shelvesOf(database))).toEqual(["shelf"]);
});
