import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import {
  arrayOf,
  type Guard,
  postgresMigrations,
  unit,
  type Writer,
} from "../../src/postgres/index.ts";
import { testDatabase } from "../../src/postgres/testing.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const asset = "CNY/2";

interface Room {
  readonly orderStillHeld: Guard<{ orderId: string; version: number }>;
  readonly orderPaid: Writer<{ orderId: string; paidAt: number }>;
}

/** The guard and the writer as src/postgres/lane/README.md prints them. */
function roomOfReadme(): Room {
  const page = readFileSync(join(root, "src/postgres/lane/README.md"), "utf8");
  const code = /## A room of your own[\s\S]*?```ts\n([\s\S]+?)```/.exec(page)?.[1] ?? "";
  const script = `${stripTypeScriptTypes(code)}\nreturn { orderStillHeld, orderPaid };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the page's own code is what is tested
  const read = new Function("arrayOf", script) as (encoder: typeof arrayOf) => Room;
  return read(arrayOf);
}

async function shop() {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const orders = `${database.schema}.order_record`;
  const query = (text: string) => database.transaction((tx) => tx.query(text));
  await query(`create table ${orders}
    (id text primary key, version int4 not null, state text not null, paid_at timestamptz)`);
  await query(`insert into ${orders} values ('7', 1, 'held'), ('8', 1, 'held')`);
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  const book = await ledger.createBook("shop");
  await book.batch([
    { kind: "asset", asset },
    { kind: "open", path: "bank", asset, side: "debit", bound: "none" },
    { kind: "open", path: "revenue", asset, side: "credit" },
    ...["7", "8"].map((id) => ({
      kind: "pending" as const,
      id: `hold/${id}`,
      asset,
      debit: "bank",
      credit: "revenue",
      amount: 100n,
    })),
  ]);
  const { orderStillHeld, orderPaid } = roomOfReadme();
  const pay = (key: string, orderId: string, version: number) =>
    book.commit(
      unit(key)
        .guard(orderStillHeld, { orderId, version })
        .post({ kind: "post", id: key, pendingId: `hold/${orderId}` })
        .write(orderPaid, { orderId, paidAt: 0 }),
    );
  const states = async () =>
    (await query(`select id, version, state from ${orders} order by id`)).rows;
  return { book, pay, states };
}

test("the room in the lane's README pays an order: guard, posting and row in one commit", async () => {
  const { book, pay, states } = await shop();
  expect(await pay("pay/7", "7", 1)).toMatchObject({
    status: "committed",
    answer: { status: "created", amount: 100n },
  });
  expect(await states()).toEqual([
    { id: "7", version: 2, state: "paid" },
    { id: "8", version: 1, state: "held" },
  ]);
  expect((await book.account("revenue", asset))?.available).toBe(100n);
});

test("P2: the room in the lane's README pays once when it is asked twice", async () => {
  const { pay, states } = await shop();
  await pay("pay/7", "7", 1);
  expect((await pay("pay/7", "7", 1)).status).toBe("repeated");
  expect((await states())[0]).toEqual({ id: "7", version: 2, state: "paid" });
});

test("a guard that holds no more applies nothing, and its neighbour goes on", async () => {
  const { book, pay, states } = await shop();
  const [stale, fresh] = await Promise.all([pay("pay/7", "7", 99), pay("pay/8", "8", 1)]);
  expect(stale).toEqual({ status: "conflict", by: "order.still_held" });
  expect(fresh.status).toBe("committed");
  expect(await states()).toEqual([
    { id: "7", version: 1, state: "held" },
    { id: "8", version: 2, state: "paid" },
  ]);
  expect(await book.find("pay/7")).toBeUndefined();
});
