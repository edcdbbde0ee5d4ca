/** Starts nodes of flows in processes of their own, and audits what they leave behind. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { flowMigrations } from "longmen/flow";
import { ledgerMigrations, openLedger } from "longmen/ledger";
import { postgresMigrations } from "longmen/postgres";
import {
  rowsOf,
  shelfMigrations,
  testDatabase,
  type TestDatabase,
} from "../../../src/postgres/testing.ts";
import type { FlowNodeInput, FlowOrder, FlowTold } from "./flow-node.ts";
import { startNode, type NodeProcess } from "./start-node.ts";

export type FlowNodeProcess = NodeProcess<FlowOrder, FlowTold>;

/** Killed with the test, at the latest. */
export function startFlowNode(input: FlowNodeInput): FlowNodeProcess {
  const script = fileURLToPath(new URL("flow-node.ts", import.meta.url));
  return startNode<FlowOrder, FlowTold>(script, input);
}

/** A schema with shelves and a shop's book: a bank without bound and a till. */
export async function flowShop(): Promise<TestDatabase> {
  const opened = await testDatabase({
    migrations: [postgresMigrations, ledgerMigrations, flowMigrations, shelfMigrations],
    poolMax: 8,
  });
  const ledger = openLedger({ database: opened.database, sweep: false });
  const book = await ledger.createBook("shop");
  await book.batch([
    { kind: "asset", asset: "CNY/2" },
    { kind: "open", path: "bank", asset: "CNY/2", side: "debit", bound: "none" },
    { kind: "open", path: "till", asset: "CNY/2", side: "credit" },
  ]);
  await ledger.close();
  return opened;
}

export { rowsOf };

/** The books balance and verify, and as much was paid and shelved as the runs say. */
export async function audit(
  opened: TestDatabase,
  expected: { readonly rows: number; readonly paid: number },
): Promise<void> {
  const ledger = openLedger({ database: opened.database, sweep: false });
  const book = await ledger.book("shop");
  expect(await book.verify()).toMatchObject({ verified: true });
  const till = await book.account("till", "CNY/2");
  await ledger.close();
  const [shelves] = await rowsOf(opened, "select count(*)::int4 as n from {schema}.test_shelf");
  expect({ paid: Number(till?.available), rows: shelves?.["n"] }).toEqual({
    paid: expected.paid,
    rows: expected.rows,
  });
}
