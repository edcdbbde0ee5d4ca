/** A wire that falls silent while PostgreSQL holds the book's lock for whoever is behind it. */
import { expect, test } from "vitest";
import { COMMIT } from "../postgres/testing.ts";
import { pay } from "./testing/shop.ts";
import { expectGoesOn, expectTxOutlived, warmNode } from "./testing/silent-wire.ts";

/** Past that a session that fell silent inside its transaction has been ended, and its lock is free. */
const PAST_LOCK_MS = 7_000;

test("a tx on a wire that falls silent once it has the book", () =>
  expectTxOutlived("/* ledger.readHead", PAST_LOCK_MS));

test("P2: a tx whose commit fell silent is unknown, and done once by being sent again", async () => {
  const { book, proxy } = await warmNode(PAST_LOCK_MS);
  const posting = pay("once", "ann", "till", 300n);
  const silent = proxy.swallow(COMMIT);
  await expect(
    book.tx(() => Promise.resolve({ post: posting, value: undefined })),
  ).rejects.toMatchObject({ code: "postgres.outcome_unknown" });
  await silent;
  const again = await book.tx(() => Promise.resolve({ post: posting, value: undefined }));
  expect(again.answer).toMatchObject({ status: "created" });
  await expectGoesOn(book, 700n);
});
