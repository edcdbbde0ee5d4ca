/** A book on a wire that a test makes silent, and what must still go on there afterwards. */
import { expect, onTestFinished, vi } from "vitest";
import type { Book } from "../book.ts";
import { expectVerified, left, openNodeOverProxy, openShop, pay } from "./shop.ts";

export const LOST = { code: "postgres.connection_lost" };

/** Long enough for every reply that comes. */
const REPLY_MS = 60_000;

/** Who watches for replies finds those that have not come by now missing, and cuts the connection. */
export function passReplies(): void {
  vi.advanceTimersByTime(2 * REPLY_MS);
}

/** A node with one payment behind it, which waits for replies until `passReplies`, or for so long. */
export async function warmNode(replyTimeoutMs?: number) {
  const shop = await openShop();
  if (replyTimeoutMs === undefined) {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
  }
  const limits = { replyTimeoutMs: replyTimeoutMs ?? REPLY_MS };
  const node = await openNodeOverProxy(shop, { limits });
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
export async function expectTxOutlived(text: string, replyTimeoutMs?: number): Promise<void> {
  const { book, proxy } = await warmNode(replyTimeoutMs);
  const silent = proxy.swallow(text);
  const first = book.tx(async (tx) => {
    await tx.query("select 42");
    return { post: pay("first", "ann", "till", 300n), value: undefined };
  });
  const second = book.tx(() =>
    Promise.resolve({ post: pay("second", "ann", "till", 100n), value: undefined }),
  );
  const told = first.catch((error: unknown) => error);
  await silent;
  if (replyTimeoutMs === undefined) passReplies();
  expect(await told).toMatchObject(LOST);
  expect((await second).answer).toMatchObject({ status: "created" });
  expect(await book.resolve("first")).toBeUndefined();
  await expectGoesOn(book, 900n);
}
