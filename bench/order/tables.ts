/** Fresh tables for a round, and whether what stands in them is what was answered. */
import { ledgerMigrations } from "../../src/ledger/index.ts";
import { orderMigrations } from "../../src/order/index.ts";
import { paymentMigrations } from "../../src/payment/index.ts";
import { migrate, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";
import { BUYERS, LINES, STOCK, WALLET } from "./workload.ts";

/** Makes the schema anew for `work` and drops it afterwards. */
export async function withTables<T>(
  url: string,
  schema: string,
  work: () => Promise<T>,
): Promise<T> {
  await onServer(url, (client) => client.query(`drop schema if exists ${schema} cascade`));
  const database = await openDatabase({ url, schema });
  const rooms = [postgresMigrations, ledgerMigrations, paymentMigrations, orderMigrations];
  await migrate(database, rooms);
  await database.close();
  await checkpoint(url);
  try {
    return await work();
  } finally {
    await onServer(url, (client) => client.query(`drop schema ${schema} cascade`));
  }
}

/** An order, its lines, a step and a part of a payment each: as many as were answered, in ours as in the peers'. */
export async function checkRows(url: string, schema: string, orders: number): Promise<void> {
  const expected = { order_order: 1, order_line: LINES, order_step: 1, payment_part: 1 };
  await onServer(url, async (client) => {
    for (const [table, each] of Object.entries(expected)) {
      const { rows } = await client.query<{ count: string }>(
        `select count(*) from ${schema}.${table}`,
      );
      const found = Number(rows[0]?.count);
      if (found !== orders * each) {
        throw new Void(`${schema}.${table}: ${found} rows found, ${orders * each} expected`);
      }
    }
  });
}

/** For peers: what each keeps of stock and money in rows that it updates. */
export async function openPeerTables(url: string, schema: string, products: readonly string[]) {
  await onServer(url, async (client) => {
    // Room on the page for the next version: in the peers' favour.
    await client.query(`create table ${schema}.stock (sku text collate "C" primary key,
      available int8 not null, sold int8 not null default 0) with (fillfactor = 50)`);
    await client.query(`create table ${schema}.wallet (buyer text collate "C" primary key,
      balance int8 not null) with (fillfactor = 50)`);
    // As it stands is a column of the order where steps are not what an order is read from.
    await client.query(
      `alter table ${schema}.order_order add column state int2 not null default 1`,
    );
    await client.query(
      `insert into ${schema}.stock (sku, available) select sku, $2 from unnest($1::text[]) sku`,
      [products, String(STOCK)],
    );
    await client.query(
      `insert into ${schema}.wallet select 'b' || n, $1 from generate_series(0, ${BUYERS - 1}) n`,
      [String(WALLET)],
    );
  });
  await checkpoint(url);
}

/** Every piece that was sold has left the shelf, and the money of every payment its wallet. */
export async function checkPeer(url: string, schema: string, orders: number): Promise<void> {
  await checkRows(url, schema, orders);
  await onServer(url, async (client) => {
    const { rows } = await client.query<{ wrong: string }>(
      `select (select count(*) from ${schema}.stock where available + sold <> $1)
         + (select abs(sum(sold) - $2) from ${schema}.stock)
         + (select abs((select sum($3 - balance) from ${schema}.wallet)
            - (select coalesce(sum(amount), 0) from ${schema}.payment_part))) as wrong`,
      [String(STOCK), orders * LINES, String(WALLET)],
    );
    if (Number(rows[0]?.wrong) !== 0) throw new Void(`${schema}: stock or money was lost`);
  });
}
