import { expect, onTestFinished, test } from "vitest";
import { postgresMigrations } from "../postgres/index.ts";
import { testDatabase } from "../postgres/testing.ts";
import { ledgerMigrations, openLedger, type Request } from "./index.ts";

const asset = "CNY/2";
const move = (id: string): Request => ({ id, asset, debit: "bank", credit: "shop", amount: 5n });
const hold = (id: string): Request => ({ ...move(id), kind: "pending" }) as Request;
const post = (id: string, pendingId: string): Request => ({ kind: "post", id, pendingId });

async function openBook() {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  const book = await ledger.createBook("same-batch");
  await book.batch([
    { kind: "asset", asset },
    { kind: "open", path: "bank", asset, side: "debit", bound: "none" },
    { kind: "open", path: "shop", asset, side: "credit" },
  ]);
  return book;
}

test("a transfer of the same batch is known to be no hold, before it is written and after", async () => {
  const book = await openBook();
  const refused = { status: "refused", code: "ledger.pending_is_not_pending" };
  const answers = await book.batch([move("t1"), post("p1", "t1")]);
  expect(answers[1]).toEqual(refused);
  expect(await book.submit(post("p1", "t1"))).toEqual(refused);
  expect(await book.find("p1")).toBeUndefined();
});

test("a hold of the same batch is posted, and one that was missing before is found", async () => {
  const book = await openBook();
  const answers = await book.batch([
    post("p0", "h1"),
    hold("h1"),
    post("p1", "h1"),
    post("p2", "t1"),
    move("t1"),
    post("p3", "t1"),
  ]);
  expect(answers.map((answer) => ("code" in answer ? answer.code : answer.status))).toEqual([
    "ledger.pending_missing",
    "created",
    "created",
    "ledger.pending_missing",
    "created",
    "ledger.pending_is_not_pending",
  ]);
});
