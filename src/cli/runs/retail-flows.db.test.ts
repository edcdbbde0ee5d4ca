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
    return run.result({ timeoutMs: 30_000 });
  };
  return { ledger, statementOf };
}

test("a statement for a customer who is not in the books says so by name", async () => {
  const { ledger, statementOf } = await house();
  const book = await ledger.createBook("retail");
  await book.batch([
    { kind: "asset", asset: MONEY },
    { kind: "open", path: "customer/1", asset: MONEY, side: "debit", bound: "none" },
  ]);
  expect(await statementOf("customer/1")).toMatchObject({ customer: "customer/1", owedMinor: 0n });
  await expect(statementOf("customer/2")).rejects.toMatchObject({
    code: "cli.account_missing",
    message: expect.stringContaining("there is no account customer/2") as string,
  });
  await expect(statementOf(17_850)).rejects.toMatchObject({ code: "flow.input_refused" });
}, 60_000);
