import { expect, test } from "vitest";
import { apiNode } from "../testing/api-node.ts";
import { lunchRush, RUSH, RUSH_BOOK } from "./rush.ts";

test("a rush that is over is told from the books: who has bought, who of those that come has nothing", async () => {
  const { longmen } = await apiNode();
  const held = { buyers: 15, boxes: 1, sold: 1, refused: 14, unexplained: 0 };
  expect(await lunchRush(longmen, 15)).toMatchObject(held);
  expect(await lunchRush(longmen, 15)).toEqual({ ...held, seconds: undefined });
});

test("boxes that an earlier start has brought are those that are sold, whoever comes now", async () => {
  const { longmen } = await apiNode();
  const stopped = new AbortController();
  const { shop } = longmen.book(RUSH_BOOK);
  const killed = lunchRush(longmen, 30, stopped.signal).catch(() => undefined);
  while (((await shop.stock.get(RUSH.sku).catch(() => undefined))?.left ?? 0n) === 0n) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  stopped.abort(new Error("killed"));
  await killed;
  const rush = await lunchRush(longmen, 10);
  expect(rush.boxes).toBe(3);
  expect(rush.sold + rush.refused).toBeGreaterThanOrEqual(10);
  expect(rush.sold).toBeLessThanOrEqual(3);
});

test("a node that refuses to tell of the canteen is no canteen that is not there", async () => {
  const { longmen } = await apiNode();
  const refusing = AbortSignal.abort(new Error("away"));
  await expect(lunchRush(longmen, 10, refusing)).rejects.toThrow();
});
