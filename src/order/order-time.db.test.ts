import { expect, onTestFinished, test, vi } from "vitest";
import { expectVerified, openShop, shelf, wallet } from "./testing/shop.ts";

const HOUR = 3_600_000;

/** This process' own clock is off by so much, and knows it not. */
function setNode(offMs: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: performance.timeOrigin + performance.now() + offMs });
  onTestFinished(() => void vi.useRealTimers());
}

test.each([
  ["ahead", 5 * HOUR],
  ["behind", -5 * HOUR],
])(
  "a node whose clock is hours %s sells by the database's: no good quote is late, and none that is late is good",
  async (_where, offMs) => {
    const shop = await openShop({ stock: { A: 9n }, databaseTime: true });
    const { orders, book, command } = shop;
    const now = Date.now();
    const good = command("good", [["A", 1n, 10n]], { expiresAt: now + 60_000 });
    const late = command("late", [["A", 1n, 10n]], { expiresAt: now - 1_000 });
    const stale = command("stale", [["A", 1n, 10n]], { expiresAt: now + 60_000 });
    await orders.place(book, stale);
    // Set while it is at work: it notices by itself.
    setNode(offMs);
    const placed = await orders.place(book, good);
    expect(placed).toMatchObject({ status: "done" });
    if (placed.status === "refused") return;
    expect(Math.abs(placed.order.expiresAt - (now + HOUR / 4))).toBeLessThan(30_000);
    expect(await orders.place(book, late)).toMatchObject({ code: "order.quote_expired" });
    expect(await orders.expireDue(book)).toEqual({ expired: 0, more: false });
    expect(await orders.pay(book, wallet("good", 10n))).toMatchObject({ status: "done" });
    expect(await shelf(book, "A")).toEqual([7n, 1n, 0n]);
    await expectVerified(book);
  },
);
