/** The shop's own flows, asked for what is not there. */
import { expect, onTestFinished, test } from "vitest";
import { flowMigrations, openFlows } from "../../flow/index.ts";
import { ledgerMigrations, openLedger } from "../../ledger/index.ts";
import { postgresMigrations } from "../../postgres/index.ts";
import { testDatabase } from "../../postgres/testing.ts";
import { MONEY } from "../replay/names.ts";
import { retailFlows } from "./retail-flows.ts";

async function house() {
  const migrations = [postgresMigrations, ledgerMigrations, flowMigrations];
  const { database } = await testDatabase({ migrations });
  const ledger = openLedger({ database });
  const flows = await openFlows({ database, node: "node-1", flows: [...retailFlows(ledger)] });
  onTestFinished(async () => {
    await flows.close({ drainMs: 500 });
    await ledger.close();
  });
  const statementOf = async (input: unknown) => {
    const run = await flows.startNamed("retail.statement", input);
    return run.result({ timeoutMs: 60_000 });
  };
  return { ledger, statementOf };
}

test("a statement for a customer who is not in the books says so by name", async () => {
  const { ledger, statementOf } = await house();
  const book = await ledger.createBook("retail");
  await book.batch([
    { kind: "asset", asset: MONEY },
    { kind: "open", path: "company/1/credit/2026-11", asset: MONEY, side: "credit", bound: 900n },
    { kind: "open", path: "company/1/corrections", asset: MONEY, side: "credit", bound: "none" },
    { kind: "open", path: "shop/revenue", asset: MONEY, side: "credit" },
    {
      ...{ id: "1", asset: MONEY, amount: 700n },
      ...{ debit: "company/1/credit/2026-11", credit: "shop/revenue" },
    },
    {
      ...{ id: "2", asset: MONEY, amount: 200n },
      ...{ debit: "shop/revenue", credit: "company/1/corrections" },
    },
  ]);
  const statement = { customer: "company/1", debitMinor: 700n, creditMinor: 200n, owedMinor: 500n };
  expect(await statementOf("company/1")).toMatchObject(statement);
  await expect(statementOf("company/2")).rejects.toMatchObject({
    code: "cli.account_missing",
    message: expect.stringContaining("there is no account company/2") as string,
  });
  await expect(statementOf(17_850)).rejects.toMatchObject({ code: "flow.input_refused" });
}, 60_000);
