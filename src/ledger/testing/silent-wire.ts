/** A book on a wire that a test makes silent, and what must still go on there afterwards. */
import { expect } from "vitest";
import type { Book } from "../book.ts";
import { expectVerified, left, openNodeOverProxy, openShop, pay } from "./shop.ts";

export const LOST = { code: "postgres.connection_lost" };

/** A node whose replies may take so long, with one payment behind it. */
export async function warmNode(replyTimeoutMs: number) {
  const shop = await openShop();
  const node = await openNodeOverProxy(shop, { limits: { replyTimeoutMs } });
  await node.book.submit(pay("warm", "bank", "bob", 1n));
  return node;
}

/** It was begun, and nobody's time-out but the wire's could end it. */
export async function expectGoesOn(book: Book, leftOfAnn: bigint): Promise<void> {
  expect(await book.submit(pay("next", "ann", "till", 1n))).toMatchObject({ status: "created" });
  const { answer } = await book.tx(() =>
    Promise.resolve({ post: pay("next-tx", "ann", "till", 1n), value: undefined }),
  );
  expect(answer.status).toBe("created");
  expect(await book.resolve("next")).toMatchObject({ amount: 1n });
  expect(await left(book, "ann")).toBe(leftOfAnn - 2n);
  await expectVerified(book);
}

/** Of two `tx` at once the first falls silent at this text and the second goes on. */
export async function expectTxOutlived(text: string, replyTimeoutMs: number): Promise<void> {
  const { book, proxy } = await warmNode(replyTimeoutMs);
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
}
