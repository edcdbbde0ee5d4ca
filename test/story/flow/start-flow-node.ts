/** Starts nodes of flows in processes of their own, and audits what they leave behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { flowMigrations } from "longmen/flow";
import { ledgerMigrations, openLedger } from "longmen/ledger";
import { postgresMigrations } from "longmen/postgres";
import { shelfMigrations, testDatabase, type TestDatabase } from "../../../src/postgres/testing.ts";
import type { FlowNodeInput, FlowOrder, FlowTold } from "./flow-node.ts";

export interface FlowNodeProcess {
  readonly told: readonly FlowTold[];
  say(order: FlowOrder): void;
  /** The next word of that sort. */
  heard(what: string): Promise<FlowTold>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** Resolves with the signal or code it ended with. */
  readonly ended: Promise<string>;
}

/** Killed with the test, at the latest. */
export function startFlowNode(input: FlowNodeInput): FlowNodeProcess {
  const script = fileURLToPath(new URL("flow-node.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=longmen-source", script, JSON.stringify(input)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  child.stdin.on("error", () => undefined);
  const told: FlowTold[] = [];
  const unheard: FlowTold[] = [];
  let wake = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const word = JSON.parse(line) as FlowTold;
    told.push(word);
    unheard.push(word);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const ended = once(child, "exit").then(() => child.signalCode ?? String(child.exitCode));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const heard = async (what: string): Promise<FlowTold> => {
    for (;;) {
      const at = unheard.findIndex((word) => word.do === what);
      const [found] = at < 0 ? [] : unheard.splice(at, 1);
      if (found !== undefined) return found;
      await wake.promise;
    }
  };
  return {
    told,
    say: (order) => void child.stdin.write(`${JSON.stringify(order)}\n`),
    heard,
    signal: (name) => void child.kill(name),
    ended,
  };
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

export async function rowsOf(
  { schema, database }: TestDatabase,
  text: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(text.replaceAll("{schema}", schema)),
  );
  return rows;
}

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
