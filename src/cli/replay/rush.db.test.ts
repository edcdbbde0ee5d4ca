import { expect, test } from "vitest";
import { LongmenProblem } from "../../client/index.ts";
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

test("a node that does not tell of the canteen is not one without: nothing is opened there", async () => {
  const { longmen, ledger } = await apiNode();
  const away = new LongmenProblem({
    ...{ code: "http.overloaded", status: 503, detail: "not now", retry: "later" },
  });
  const canteen = longmen.book(RUSH_BOOK);
  const stock = { ...canteen.shop.stock, get: () => Promise.reject(away) };
  const book = () => ({ ...canteen, shop: { ...canteen.shop, stock } });
  await expect(lunchRush({ ...longmen, book }, 10)).rejects.toBe(away);
  expect((await ledger.books()).items).toEqual([]);
});
