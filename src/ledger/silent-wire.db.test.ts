/** A wire that has silently gone keeps no book for ever, whoever waits for a reply on it. */
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../postgres/index.ts";
import { openProxy, userPool } from "../postgres/testing.ts";
import { openNode, openShop, pay } from "./testing/shop.ts";
import {
  expectGoesOn,
  expectTxOutlived,
  LOST,
  passReplies,
  warmNode,
} from "./testing/silent-wire.ts";

/** What a login may take. */
const REPLY_MS = 2_000;

test("asking for an outcome", async () => {
  const { book, proxy } = await warmNode();
  const silent = proxy.swallow("ledger.lockBook");
  const told = book.resolve("warm").catch((error: unknown) => error);
  await silent;
  passReplies();
  expect(await told).toMatchObject(LOST);
  await expectGoesOn(book, 1_000n);
});

test.each(["begin", "select 42", "ledger.lockBook"])(
  "a tx on a wire that falls silent at %j",
  (text) => expectTxOutlived(text),
);

test("a login that is never answered, on a pool without a time-out of its own", async () => {
  const shop = await openShop();
  const proxy = await openProxy(shop.test.url);
  const pool = userPool(proxy.url, 3);
  // Its end would wait for the login.
  onTestFinished(() => proxy.cutAll());
  const database = await openDatabase({ pool, schema: shop.test.schema });
  const { book, lane } = await openNode(shop, { database, limits: { replyTimeoutMs: REPLY_MS } });
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
  Object.assign(lane.intake.limits, { replyTimeoutMs: 60_000 });
  await expectGoesOn(book, 1_000n);
});
