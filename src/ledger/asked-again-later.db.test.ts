import { expect, onTestFinished, test } from "vitest";
import { postgresMigrations } from "../postgres/index.ts";
import { testDatabase } from "../postgres/testing.ts";
import { ledgerMigrations, openLedger, type Request } from "./index.ts";

const asset = "CNY/2";
const stock = "STOCK/0";

/** A book that is opened anew for each visit: nothing is remembered but what is in the tables. */
async function openShop() {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const first = openLedger({ database });
  const book = await first.createBook("later");
  await book.batch([
    { kind: "asset", asset },
    { kind: "asset", asset: stock, refusals: "window" },
    { kind: "open", path: "bank", asset, side: "debit", bound: "none" },
    { kind: "open", path: "shop", asset, side: "credit" },
    { kind: "open", path: "shelf", asset: stock, side: "credit" },
    { kind: "open", path: "maker", asset: stock, side: "debit", bound: "none" },
    { id: "goods", asset: stock, debit: "maker", credit: "shelf", amount: 1n },
  ]);
  await first.close();
  return async () => {
    const ledger = openLedger({ database });
    onTestFinished(() => ledger.close());
    return ledger.book("later");
  };
}

const pay = { id: "t", asset, debit: "bank", credit: "shop", amount: 5n } as const;
const take = {
  kind: "pending",
  id: "h",
  asset: stock,
  debit: "shelf",
  credit: "maker",
  amount: 1n,
  timeoutMs: 60_000,
} as const;

test.each<Request>([
  { kind: "post", id: "p", pendingId: "h" },
  { kind: "void", id: "v", pendingId: "h" },
])(
  "P2: a $kind that was carried out exists, also for a node that remembers nothing",
  async (end) => {
    const visit = await openShop();
    const before = await visit();
    await before.submit(take);
    expect(await before.submit(end)).toMatchObject({ status: "created" });
    expect(await (await visit()).submit(end)).toMatchObject({ status: "exists" });
  },
);

test("P2: a hold under the window policy exists, also when nothing is left", async () => {
  const visit = await openShop();
  expect(await (await visit()).submit(take)).toMatchObject({ status: "created" });
  expect(await (await visit()).submit(take)).toMatchObject({ status: "exists" });
});

test("P2: a chain that was carried out exists, also where one of its members now can't be", async () => {
  const visit = await openShop();
  const chain = { chain: "c", requests: [pay, take, { kind: "post", id: "p", pendingId: "h" }] };
  const asked = chain as Parameters<Awaited<ReturnType<typeof visit>>["chain"]>[0];
  expect(await (await visit()).chain(asked)).toMatchObject({ status: "created" });
  expect(await (await visit()).chain(asked)).toMatchObject({ status: "exists" });
});

test("P2: a refused chain is refused for its first member again, whatever else is wrong by then", async () => {
  const visit = await openShop();
  const lost = { ...pay, id: "lost", debit: "later-opened" };
  const chain = { chain: "c", requests: [lost, { ...pay, id: "t2", debit: "nowhere" }] };
  expect(await (await visit()).chain(chain)).toMatchObject({ index: 0 });
  const later = await visit();
  await later.submit({ kind: "open", path: "later-opened", asset, side: "debit", bound: "none" });
  expect(await (await visit()).chain(chain)).toMatchObject({
    code: "ledger.id_already_failed",
    index: 0,
  });
});
