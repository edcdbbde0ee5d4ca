/** A wire that has silently gone keeps no book for ever, whoever waits for a reply on it. */
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../postgres/index.ts";
import { COMMIT, openProxy, userPool } from "../postgres/testing.ts";
import type { Book } from "./book.ts";
import {
  expectVerified,
  left,
  openNode,
  openNodeOverProxy,
  openShop,
  pay,
} from "./testing/shop.ts";

const limits = { replyTimeoutMs: 2_000 };
/** Past that a session that fell silent inside its transaction has been ended, and its lock is free. */
const PAST_LOCK = { replyTimeoutMs: 7_000 };
const LOST = { code: "postgres.connection_lost" };

async function warmNode(patience = limits) {
  const shop = await openShop();
  const node = await openNodeOverProxy(shop, { limits: patience });
  await node.book.submit(pay("warm", "bank", "bob", 1n));
  return node;
}

/** It was begun, and nobody's time-out but the wire's could end it. */
async function expectGoesOn(book: Book, leftOfAnn: bigint): Promise<void> {
  expect(await book.submit(pay("next", "ann", "till", 1n))).toMatchObject({ status: "created" });
  const { answer } = await book.tx(() =>
    Promise.resolve({ post: pay("next-tx", "ann", "till", 1n), value: undefined }),
  );
  expect(answer.status).toBe("created");
  expect(await book.resolve("next")).toMatchObject({ amount: 1n });
  expect(await left(book, "ann")).toBe(leftOfAnn - 2n);
  await expectVerified(book);
}

test("asking for an outcome", async () => {
  const { book, proxy } = await warmNode();
  const silent = proxy.swallow("ledger.lockBook");
  await expect(book.resolve("warm")).rejects.toMatchObject(LOST);
  await silent;
  await expectGoesOn(book, 1_000n);
});

test.each([
  ["begin", limits],
  ["select 42", limits],
  ["ledger.lockBook", limits],
  ["/* ledger.readHead", PAST_LOCK],
] as const)("a tx on a wire that falls silent at %j", async (text, patience) => {
  const { book, proxy } = await warmNode(patience);
  const silent = proxy.swallow(text);
  const first = book.tx(async (tx) => {
    await tx.query("select 42");
    return { post: pay("first", "ann", "till", 300n), value: undefined };
  });
  const second = book.tx(() =>
    Promise.resolve({ post: pay("second", "ann", "till", 100n), value: undefined }),
  );
  await expect(first).rejects.toMatchObject(LOST);
  await silent;
  expect((await second).answer).toMatchObject({ status: "created" });
  expect(await book.resolve("first")).toBeUndefined();
  await expectGoesOn(book, 900n);
});

test("P2: a tx whose commit fell silent is unknown, and done once by being sent again", async () => {
  const { book, proxy } = await warmNode(PAST_LOCK);
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

test("a login that is never answered, on a pool without a time-out of its own", async () => {
  const shop = await openShop();
  const proxy = await openProxy(shop.test.url);
  const pool = userPool(proxy.url, 3);
  // Its end would wait for the login.
  onTestFinished(() => proxy.cutAll());
  const database = await openDatabase({ pool, schema: shop.test.schema });
  const { book } = await openNode(shop, { database, limits });
  // The one connection that there is, is in use.
  const { promise, resolve } = Promise.withResolvers<void>();
  const other = database.transaction(() => promise);
  const silent = proxy.swallow("user\0");
  await expect(book.submit(pay("early", "ann", "till", 1n))).rejects.toMatchObject({
    code: "postgres.pool_exhausted",
  });
  await silent;
  resolve();
  await other;
  await expectGoesOn(book, 1_000n);
});
