import { expect, onTestFinished, test } from "vitest";
import { postgresMigrations } from "../postgres/index.ts";
import { testDatabase } from "../postgres/testing.ts";
import { ledgerMigrations, openLedger, type Request } from "./index.ts";

const asset = "CNY/2";

async function openBook() {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  const book = await ledger.createBook("as-it-was");
  await book.batch([
    { kind: "asset", asset },
    { kind: "asset", asset: "STOCK/0", refusals: "window" },
    { kind: "open", path: "bank", asset, side: "debit", bound: "none" },
    { kind: "open", path: "shop", asset, side: "credit" },
    { kind: "open", path: "shelf", asset: "STOCK/0", side: "credit" },
    { kind: "open", path: "buyer", asset: "STOCK/0", side: "debit" },
  ]);
  return book;
}

test("P2: a request is what it was when it was asked, whatever becomes of the caller's object", async () => {
  const book = await openBook();
  const request = { id: "t1", asset, debit: "bank", credit: "shop", amount: 1n, reference: "a" };
  const asked = book.submit(request);
  request.amount = 2n;
  request.reference = "b";
  expect(await asked).toMatchObject({ status: "created", amount: 1n });
  expect(await book.find("t1")).toMatchObject({ amount: 1n, reference: "a" });
  const other = await book.submit(request);
  expect(other).toMatchObject({ code: "ledger.id_exists_with_different_amount" });
  const again = await book.submit({ ...request, amount: 1n, reference: "a" });
  expect(again).toMatchObject({ status: "exists", amount: 1n });
});

test("P2: so is each member of a chain", async () => {
  const book = await openBook();
  const member = { id: "m1", asset, debit: "bank", credit: "shop", amount: 1n };
  const requests = [member, { ...member, id: "m2" }];
  const asked = book.chain({ chain: "c", requests });
  member.amount = 2n;
  requests.pop();
  expect(await asked).toMatchObject({ status: "created" });
  expect(await book.chainEntries("c")).toMatchObject([{ amount: 1n }, { amount: 1n }]);
  const other = await book.chain({ chain: "c", requests });
  expect(other).toMatchObject({ code: "ledger.id_exists_with_different_amount" });
});

test("what is no request at all is refused by name and fails none of its neighbours", async () => {
  const book = await openBook();
  const nothing = null as unknown as Request;
  const unknown = { status: "refused", code: "ledger.kind_unknown" };
  expect(await book.submit(nothing)).toEqual(unknown);
  const [chain, , neighbour] = await book.batch([
    { chain: "c", requests: [nothing] },
    nothing,
    { id: "t1", asset, debit: "bank", credit: "shop", amount: 1n },
  ]);
  expect(chain).toEqual({ ...unknown, index: 0 });
  expect(neighbour).toMatchObject({ status: "created" });
});

test("a context that can't be kept is refused before anything is sent", async () => {
  const book = await openBook();
  const request = { id: "t1", asset, debit: "bank", credit: "shop", amount: 1n };
  for (const by of ["", "\u0000", "x".repeat(257), 5 as unknown as string]) {
    const refused = book.submit(request, { context: { by } });
    await expect(refused).rejects.toMatchObject({ code: "ledger.context_malformed" });
  }
  expect(await book.submit(request, { context: { by: "x".repeat(256) } })).toMatchObject({
    status: "created",
  });
});

test("P2: a chain refused for a hold under the window policy is remembered if it moves more than holds", async () => {
  const book = await openBook();
  const stock = { asset: "STOCK/0", debit: "shelf", credit: "buyer", amount: 1n };
  const sold = { kind: "pending", timeoutMs: 60_000, ...stock } as const;
  const money = { id: "m", asset, debit: "bank", credit: "shop", amount: 1n };
  const mixed = await book.chain({ chain: "mixed", requests: [money, { ...sold, id: "h" }] });
  expect(mixed).toMatchObject({ code: "ledger.debit_account_exceeds_bound", index: 1 });
  expect(await book.find("h")).toMatchObject({ refused: "ledger.debit_account_exceeds_bound" });
  const holds = await book.chain({ chain: "holds", requests: [{ ...sold, id: "i" }] });
  expect(holds).toMatchObject({ code: "ledger.debit_account_exceeds_bound", index: 0 });
  expect(await book.find("i")).toBeUndefined();
});

test("P4: a book verifies after a chain was refused for the bound of an account it had opened", async () => {
  const book = await openBook();
  const open = { kind: "open", path: "new", asset, side: "credit" } as const;
  const take = { id: "t1", asset, debit: "new", credit: "bank", amount: 1n };
  const refused = await book.chain({ chain: "c", requests: [open, take] });
  expect(refused).toMatchObject({ code: "ledger.debit_account_exceeds_bound", index: 1 });
  expect((await book.verify()).findings).toEqual([]);
});
