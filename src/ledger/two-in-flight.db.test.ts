import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import { change, insertShelves, shelvesOf, startWith } from "../postgres/testing.ts";
import type { Posting } from "./book.ts";
import { expectVerified, hold, left, openNode, openShop, pay, type Shop } from "./testing/shop.ts";

/** A node that sends each unit in a flush of its own, two at a time, on a memory that it believes. */
async function pipeliningNode(shop: Shop) {
  // By a clock of its own no flush is refused for having come late.
  const clock = manualClock(Date.now() + 60_000);
  const node = await openNode(shop, { limits: { flushWeightMax: 1 }, clock });
  await node.book.submit(pay("warm", "bank", "till", 1n));
  return node;
}

test("P2: a flush of rows that is refused ahead of a committed posting leaves both answered", async () => {
  const shop = await openShop();
  await startWith(shop.test.database, ["a"]);
  const { book, engine } = await pipeliningNode(shop);
  const stale = change("a", 7, 1n);
  const answers = await Promise.all([
    book.commit(stale),
    book.submit(pay("p1", "bank", "ann", 1n)),
    book.submit(pay("p2", "bank", "ann", 1n)),
    book.commit(stale),
    book.submit(pay("p2", "bank", "ann", 1n)),
  ]);
  expect(answers).toMatchObject([
    { status: "conflict", by: "shelf.still_there" },
    { status: "created", credit: { creditsPosted: 1_001n } },
    { status: "created", credit: { creditsPosted: 1_002n } },
    { status: "conflict" },
    { status: "exists" },
  ]);
  // Nothing was in doubt: what memory believed is what is in the books.
  expect(engine.confident).toBe(true);
  expect(await book.submit(pay("p3", "ann", "till", 1_002n))).toMatchObject({ status: "created" });
  expect(await left(book, "ann")).toBe(0n);
  expect(await shelvesOf(shop.test.database)).toEqual({ a: [0n, 1] });
  await expectVerified(book);
});

test("a flush of refusals alone that is refused ahead of a committed posting is decided anew", async () => {
  const shop = await openShop();
  await startWith(shop.test.database, ["a"]);
  const { book } = await pipeliningNode(shop);
  const unknownHold: Posting = { kind: "post", id: "post", pendingId: "none" };
  const answers = await Promise.all([
    book.commit(change("a", 7, 1n)),
    book.submit(unknownHold),
    book.submit(hold("h", "ann", 1_000n)),
    book.submit(pay("p", "ann", "till", 1n)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([
    "conflict",
    "refused",
    "created",
    "refused",
  ]);
  await expectVerified(book);
});

test("P3: a read that fails behind a refused flush leaves nothing absent that is there", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  await startWith(database, ["a"]);
  const { book } = await pipeliningNode(shop);
  const query = (text: string) => database.transaction((tx) => tx.query(text));
  await query(`alter table ${schema}.ledger_account rename to hidden`);
  const conflicting = { ...unit("p1").post<Posting>(pay("p1", "bank", "till", 1n)) };
  const [refused, unread] = await Promise.allSettled([
    book.commit({ ...conflicting, guards: change("a", 9, 1n).guards }),
    book.submit(pay("p2", "ann", "bob", 5n)),
  ]);
  expect(refused).toMatchObject({ value: { status: "conflict" } });
  expect(unread).toMatchObject({ status: "rejected", reason: { code: "postgres.schema_missing" } });
  await query(`alter table ${schema}.hidden rename to ledger_account`);
  expect(await book.submit(pay("p3", "ann", "bob", 5n))).toMatchObject({ status: "created" });
  await expectVerified(book);
});

test("P1: a read that fails behind a committed flush takes nothing of it back", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  const { book } = await pipeliningNode(shop);
  const query = (text: string) => database.transaction((tx) => tx.query(text));
  await query(`alter table ${schema}.ledger_account rename to hidden`);
  const [posted, unread] = await Promise.allSettled([
    book.commit(
      unit("p1")
        .post<Posting>(pay("p1", "bank", "till", 1n))
        .write(insertShelves, { name: "made", quantity: 1n }),
    ),
    book.submit(pay("p2", "ann", "bob", 5n)),
  ]);
  expect(posted).toMatchObject({ value: { status: "committed", answer: { status: "created" } } });
  expect(unread).toMatchObject({ status: "rejected", reason: { code: "postgres.schema_missing" } });
  await query(`alter table ${schema}.hidden rename to ledger_account`);
  expect(await book.submit(pay("p1", "bank", "till", 1n))).toMatchObject({ status: "exists" });
  expect(await book.submit(pay("p2", "ann", "bob", 5n))).toMatchObject({ status: "created" });
  expect(await shelvesOf(database)).toEqual({ made: [1n, 1] });
  await expectVerified(book);
});
