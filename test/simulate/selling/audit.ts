/** The auditor: reads tables and journal in one snapshot, by SQL of its own, and says what can't be. */
import type { Database } from "../../../src/postgres/index.ts";
import { bookChecks } from "./audit-books.ts";
import { orderChecks } from "./audit-orders.ts";
import { offeringChecks, runChecks } from "./audit-runs.ts";
import { tables } from "./audit-views.ts";
import { BOOK } from "./shop.ts";
import { toLine } from "./wire.ts";

export interface Finding {
  /** What should hold. */
  readonly check: string;
  /** The first that doesn't. */
  readonly about: string;
}

export type Row = Readonly<Record<string, unknown>>;
export type Ask = (text: string) => Promise<readonly Row[]>;

export const checks: Readonly<Record<string, string>> = {
  ...{ ...orderChecks, ...bookChecks },
  ...{ ...runChecks, ...offeringChecks },
};

const TOLD_MAX = 3;

/** Everything that is wrong; nothing of the tables is changed. */
export async function auditTables(database: Database, schema: string): Promise<Finding[]> {
  return inSnapshot(database, schema, (ask) => auditBy(ask));
}

/** A transaction on the schema whose work is undone, tables and all. */
export async function inSnapshot<Result>(
  database: Database,
  schema: string,
  look: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  let seen: { readonly result: Result } | undefined;
  const undone = new Error("looked");
  const looking = database.transaction(
    async (tx) => {
      const ask: Ask = async (text) => (await tx.query(text)).rows;
      await ask(`set local search_path = ${schema}, pg_catalog`);
      seen = { result: await look(ask) };
      throw undone;
    },
    { isolation: "repeatable read" },
  );
  await looking.catch((error: unknown) => {
    if (error !== undone) throw error;
  });
  if (seen === undefined) throw new Error("nobody looked");
  return seen.result;
}

export async function auditBy(ask: Ask): Promise<Finding[]> {
  const [book] = await ask(`select book_id from ledger_book where name = '${BOOK}'`);
  for (const table of tables(Number(book?.["book_id"]))) await ask(table);
  const findings: Finding[] = [];
  for (const [check, text] of Object.entries(checks)) {
    const wrong = await ask(text).catch((cause: unknown) => {
      throw new Error(`the auditor can't ask whether ${check}`, { cause });
    });
    for (const row of wrong.slice(0, TOLD_MAX)) findings.push({ check, about: toLine(row) });
  }
  return findings;
}
