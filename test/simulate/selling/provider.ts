/**
 * Who provides services: somebody outside, with books of its own in two tables beside the shop's. By the line that it is
 * asked for it answers at once, later, before it has answered, in vain, with a no, or not at all. The simulation calls
 * back for it, once or several times, soon or long after; the auditor compares its books with the orders.
 */
import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Flows } from "../../../src/flow/index.ts";
import {
  PROVISIONED,
  type ProvisionAsked,
  type ProvisioningOptions,
} from "../../../src/order/index.ts";
import type { Database } from "../../../src/postgres/index.ts";

/** `late` is called back only when all time to wait is over; `silent` never. */
const tempers = [
  ...(["done", "refused", "later", "later refused"] as const),
  ...(["fails", "early", "late", "silent", "later"] as const),
];
export type Temper = (typeof tempers)[number];

/** Jumps of the database's clock are shorter than the one, and all of a round together than the other. */
export const JUMP_MS = 70_000;
export const JUMPS_MAX = 60;
export const WITHIN_MS = 100_000;
export const LISTEN_MS = 2 * JUMPS_MAX * JUMP_MS;
const SLOW_MS = 30;

/** Beside the rooms' tables. */
export async function openProvider({ database, schema }: Omit<Reached, "flows">): Promise<void> {
  for (const text of tablesOf(schema)) await database.transaction((tx) => tx.query(text));
}

const tablesOf = (schema: string): readonly string[] => [
  `create table ${schema}.test_provided (order_id text, line int4, key text, match text, quantity int8,
    temper text, called bool not null default false, primary key (order_id, line, key))`,
  `create table ${schema}.test_released (order_id text, line int4, key text, quantity int8,
    primary key (order_id, line, key))`,
];

const temperOf = ({ order, line }: Pick<ProvisionAsked, "order" | "line">): Temper => {
  const byte = hash("sha256", `${order}/${line}`, "buffer")[0] ?? 0;
  return tempers[byte % tempers.length] ?? "done";
};

/** A key for an order whose first line has this fate. */
export function keyFor(temper: Temper, stem: string): string {
  for (let n = 0; ; n++) {
    const order = `${stem}-${n}`;
    if (temperOf({ order, line: 0 }) === temper) return order;
  }
}

interface Reached {
  readonly database: Database;
  readonly schema: string;
  readonly flows: () => Pick<Flows, "publish">;
}

/** As a node reaches it: over the node's own wire, with all its troubles. */
export function providerFor({ database, schema, flows }: Reached) {
  const write = (text: string, values: unknown[]) =>
    database.transaction((tx) => tx.query(text, values));
  const provider: ProvisioningOptions["provider"] = async (asked) => {
    const { order, line, key, match, quantity } = asked;
    const temper = temperOf(asked);
    await write(
      `insert into ${schema}.test_provided (order_id, line, key, match, quantity, temper)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [order, line, key, match, String(quantity), temper],
    );
    if (temper === "done") return { status: "done", reference: key };
    if (temper === "refused") return { status: "refused", reason: "none are left" };
    if (temper === "fails") throw new Error("the provider's answer was lost");
    if (temper === "early") {
      await flows().publish(PROVISIONED, { status: "done", reference: key }, { match });
      await sleep(SLOW_MS);
      return { status: "done", reference: key };
    }
    return { status: "later" };
  };
  const release: ProvisioningOptions["release"] = async ({ order, line, key, quantity }) => {
    await write(
      `insert into ${schema}.test_released values ($1, $2, $3, $4) on conflict do nothing`,
      [order, line, key, String(quantity)],
    );
  };
  return { provider, release };
}

export interface ToCall {
  readonly order: string;
  readonly line: number;
  readonly match: string;
  readonly temper: Temper;
}

export interface CallBack {
  readonly match: string;
  readonly payload: unknown;
}

/**
 * Whom it has not called back yet, though it will; at last those, too, for whom it is late, and those whom it has told
 * at once: its answer may have been lost as often as it was asked.
 */
export async function toCallBack(
  database: Database,
  schema: string,
  { late }: { readonly late: boolean },
): Promise<readonly ToCall[]> {
  const whom = ["later", "later refused", "fails", ...(late ? ["late", "done", "early"] : [])];
  const { rows } = await database.transaction((tx) =>
    tx.query(
      `select order_id, line, match, temper from ${schema}.test_provided
       where not called and temper = any($1) order by order_id, line`,
      [whom],
    ),
  );
  return rows.map(({ order_id: order, line, match, temper }) => ({
    ...{ order: String(order), line: Number(line), match: String(match) },
    temper: temper as Temper,
  }));
}

export async function wasCalled(database: Database, schema: string, { order, line }: ToCall) {
  await database.transaction((tx) =>
    tx.query(`update ${schema}.test_provided set called = true where order_id = $1 and line = $2`, [
      order,
      line,
    ]),
  );
}

export const payloadOf = ({ temper }: ToCall): unknown =>
  temper === "later refused" ? { status: "refused", reason: "none came" } : { status: "done" };
