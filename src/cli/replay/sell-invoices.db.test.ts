import { beforeAll, describe, expect, test } from "vitest";
import type { Book } from "../../ledger/index.ts";
import { type ApiNode, apiNode } from "../testing/api-node.ts";
import { csv, fileOf, type RowWish } from "../testing/invoice-files.ts";
import { bookFile, proveBook, readyFile, RETAIL_BOOK } from "./replay.ts";
import { agrees, type BookedFile, isComplete, replayJson } from "./report.ts";

const quiet = {
  stage: () => undefined,
  booking: () => undefined,
  verifying: () => undefined,
};

async function bookText({ longmen }: ApiNode, text: string): Promise<BookedFile> {
  const readied = await readyFile(fileOf(text));
  const book = longmen.book(RETAIL_BOOK);
  const input = { book, readied, file: "invoices.csv", watcher: quiet };
  const booked = await bookFile(input);
  const verify = await proveBook(input);
  expect(verify.findings).toEqual([]);
  return booked;
}

async function balanceOf(book: Book, path: string, asset = "GBP/2"): Promise<bigint | undefined> {
  return (await book.account(path, asset))?.available;
}

/** Every balance of the book: what must be the same after a repeat. */
async function balancesOf(book: Book): Promise<readonly string[]> {
  const { items, cursor } = await book.accounts({}, { limit: 1_000 });
  expect(cursor).toBeUndefined();
  return items.map(({ path, asset, available }) => `${path} ${asset} ${available}`);
}

describe("booking a file", () => {
  test("moves goods, money and payments, and agrees with the file", async () => {
    const node = await apiNode();
    const booked = await bookText(
      node,
      csv(
        { invoice: "1", quantity: 6 },
        { invoice: "1", code: "POST", quantity: 1, price: "18" },
        { invoice: "2", code: "85123a", quantity: 3, customer: "" },
        { invoice: "C3", quantity: -2 },
        { invoice: "C4", code: "22222", quantity: -1, price: "4" },
        { invoice: "5", quantity: -1, price: "0", customer: "" },
      ),
    );
    expect(agrees(booked)).toBe(true);
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await balancesOf(book)).toEqual([
      `bank GBP/2 ${1530 + 1800 + 765 - 510 - 400}`,
      "customer/17850 GBP/2 0",
      "returns/before-sample GBP/2 -400",
      "returns/before-sample SKU:22222/0 1",
      `revenue GBP/2 ${1530 + 1800 + 765 - 510}`,
      "shop/sold SKU:85123A/0 4",
      "shop/sold SKU:85123a/0 3",
      "shop/stock SKU:85123A/0 2",
      "shop/stock SKU:85123a/0 0",
      "shop/stock SKU:22222/0 1",
      "shop/stock-take SKU:85123A/0 -1",
      "supplier SKU:85123A/0 7",
      "supplier SKU:85123a/0 3",
      "walk-in GBP/2 0",
    ]);
    const returned = await book.history({ reference: "1/1" });
    expect(returned.items.map(({ id }) => id)).toEqual(["C3/1", "C3/1/goods"]);
  });

  test("books adjustments of bad debts against bad-debt, without the bank", async () => {
    const node = await apiNode();
    const debt = { code: "B", quantity: 1, customer: "", description: "Adjust bad debt" };
    const booked = await bookText(
      node,
      csv(
        { ...debt, invoice: "A563185", at: "2011-08-12 14:50:00", price: "11062.06" },
        { ...debt, invoice: "A563186", at: "2011-08-12 14:51:00", price: "-11062.06" },
        { ...debt, invoice: "A563187", at: "2011-08-12 14:52:00", price: "-11062.06" },
      ),
    );
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await balancesOf(book)).toEqual(["bad-debt GBP/2 -1106206", "walk-in GBP/2 -1106206"]);
    expect(booked.booked).toEqual({
      grossMinor: 1106206n,
      refundsMinor: 2212412n,
      netMinor: -1106206n,
      othersThere: false,
    });
    expect(agrees(booked)).toBe(true);
    expect(booked.booking.invoices.adjustment).toBe(3);
  });

  test("P2 a second time changes nothing, not even the head of the chain", async () => {
    const node = await apiNode();
    const text = csv(
      { invoice: "1" },
      { invoice: "C2", quantity: -1 },
      { invoice: "3", code: "M" },
    );
    const first = await bookText(node, text);
    const book = await node.ledger.book(RETAIL_BOOK);
    const before = { head: await book.head(), balances: await balancesOf(book) };
    const second = await bookText(node, text);
    expect({ head: await book.head(), balances: await balancesOf(book) }).toEqual(before);
    expect(second.booking).toEqual({ ...first.booking, invoicesThereBefore: 3 });
    expect(agrees(second)).toBe(true);
  });

  test("nothing of an invoice with a malformed row, and all of it once it is mended", async () => {
    const node = await apiNode();
    const rows = (quantity: string): RowWish[] => [
      { invoice: "1" },
      { invoice: "2", quantity: 4 },
      { invoice: "2", quantity },
      { invoice: "3", quantity: 2 },
    ];
    const broken = await bookText(node, csv(...rows("4 pieces")));
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await book.find("2/1")).toBeUndefined();
    expect(await balanceOf(book, "revenue")).toBe(1530n + 510n);
    expect(broken.faults.first.map(({ lineNumber }) => lineNumber)).toEqual([4]);
    expect(agrees(broken)).toBe(true);
    const mended = await bookText(node, csv(...rows("4")));
    expect(mended.booking.refused.count).toBe(0);
    expect(mended.booking.invoicesThereBefore).toBe(2);
    expect(agrees(mended)).toBe(true);
    expect(await balanceOf(book, "shop/stock", "SKU:85123A/0")).toBe(0n);
  });

  test("books no cancellation that a malformed line may change, and the same books once it is mended", async () => {
    const rows = (at: string): RowWish[] => [
      { invoice: "1", price: "2.00" },
      { invoice: "2", code: "B", at },
      { invoice: "2" },
      { invoice: "C3", quantity: -2 },
      { invoice: "C4", code: "B", quantity: -1 },
      { invoice: "C5", code: "22222", quantity: -1 },
      { invoice: "6" },
      { invoice: "C7", quantity: -1 },
    ];
    const [broken, sound] = ["2010-12-07 11.48:00", "2010-12-07 11:48:00"].map((at) =>
      csv(...rows(at)),
    ) as [string, string];
    const undisturbed = await apiNode();
    await bookText(undisturbed, sound);
    const node = await apiNode();
    const part = await bookText(node, broken);
    expect(part.booking.waiting).toEqual({
      count: 2,
      first: [
        { invoice: "C3", line: 3 },
        { invoice: "C4", line: 3 },
      ],
    });
    expect(part.booking.leftOut).toEqual({
      invoices: 2,
      lines: 2,
      grossMinor: 0n,
      refundsMinor: 765n,
    });
    expect(agrees(part)).toBe(true);
    expect(isComplete(part)).toBe(false);
    expect(agrees(await bookText(node, broken))).toBe(true);
    const whole = await bookText(node, sound);
    expect(whole.booking).toMatchObject({ invoicesThereBefore: 4, refused: { count: 0 } });
    expect([agrees(whole), isComplete(whole)]).toEqual([true, true]);
    const books = await Promise.all(
      [node, undisturbed].map(async ({ ledger }) =>
        (await balancesOf(await ledger.book(RETAIL_BOOK))).toSorted(),
      ),
    );
    expect(books[0]).toEqual(books[1]);
    // Broken again, what was booked meanwhile waits without being touched.
    expect(agrees(await bookText(node, broken))).toBe(true);
  });

  test("finds all of a shorter file in a longer one that begins with it, and books what is new", async () => {
    const month = [
      { invoice: "1" },
      { invoice: "C2", quantity: -1 },
      { invoice: "C3", code: "22222", quantity: -1 },
    ];
    const later = [
      { invoice: "4", code: "22222" },
      { invoice: "C5", quantity: -1 },
      { invoice: "C6", code: "22222", quantity: -2 },
    ];
    const node = await apiNode();
    await bookText(node, csv(...month));
    const year = await bookText(node, csv(...month, ...later));
    expect(year.booking).toMatchObject({ invoicesThereBefore: 3, refused: { count: 0 } });
    expect([agrees(year), isComplete(year)]).toEqual([true, true]);
    const again = await bookText(node, csv(...month));
    expect(again.booking).toMatchObject({ invoicesThereBefore: 3, refused: { count: 0 } });
    expect([agrees(again), isComplete(again)]).toEqual([true, true]);
  });

  test("names a cancellation whose sale was not in the file that it was booked from", async () => {
    const later = [{ invoice: "C2", quantity: -1 }, { invoice: "3" }];
    const node = await apiNode();
    expect(agrees(await bookText(node, csv(...later)))).toBe(true);
    const whole = await bookText(node, csv({ invoice: "1" }, ...later));
    expect(whole.booking).toMatchObject({
      invoicesThereBefore: 1,
      refused: { count: 1, first: [{ invoice: "C2" }] },
      leftOut: { invoices: 1, lines: 1, refundsMinor: 255n },
    });
    expect(agrees(whole)).toBe(true);
    expect(isComplete(whole)).toBe(false);
  });

  test("refuses an invoice that the books know otherwise, names it, and goes on", async () => {
    const node = await apiNode();
    await bookText(node, csv({ invoice: "1" }, { invoice: "2" }));
    const changed = await bookText(
      node,
      csv({ invoice: "1", price: "2.56" }, { invoice: "2" }, { invoice: "3" }),
    );
    expect(changed.booking.refused).toEqual({
      count: 1,
      first: [{ invoice: "1", code: "ledger.id_exists_with_different_amount", id: "1" }],
    });
    expect(changed.booking.lines).toBe(2);
    expect(changed.booking.leftOut).toMatchObject({ invoices: 1, lines: 1, grossMinor: 1536n });
    expect([agrees(changed), isComplete(changed)]).toEqual([true, false]);
    const moved = await bookText(node, csv({ invoice: "1", at: "2010-12-01 09:00:00" }));
    expect(moved.booking.refused.count).toBe(1);
    expect(agrees(moved)).toBe(true);
  });

  test("agrees for its own invoices when the book holds those of other files", async () => {
    const node = await apiNode();
    const january = csv({ invoice: "1" }, { invoice: "2" });
    await bookText(node, january);
    const february = await bookText(node, csv({ invoice: "3", quantity: 1 }));
    expect(february.booked).toMatchObject({ netMinor: 255n, othersThere: true });
    expect(agrees(february)).toBe(true);
    expect(agrees(await bookText(node, january))).toBe(true);
  });
});

describe("an invoice longer than a chain", () => {
  const LINES = 3_000; // three transfers each, and a chain holds 8,000
  let text = "";
  beforeAll(() => {
    text = csv(
      ...Array.from({ length: LINES }, (_, at) => ({ invoice: "7", code: `c${at % 50}` })),
    );
  });

  test("is booked in several, and recognised", async () => {
    const node = await apiNode();
    const booked = await bookText(node, text);
    expect(booked.booking).toMatchObject({ lines: LINES, transfers: 3 * LINES + 1 });
    expect(agrees(booked)).toBe(true);
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await book.chainEntries("7#2")).not.toHaveLength(0);
    const again = await bookText(node, text);
    expect(again.booking.invoicesThereBefore).toBe(1);
  });

  test("is taken back whole when its second part is refused, once and for all", async () => {
    const node = await apiNode();
    const book = await node.ledger.createBook(RETAIL_BOOK);
    await book.chain({
      chain: "foreign",
      requests: [
        { kind: "asset", asset: "GBP/2" },
        { kind: "open", path: "x", asset: "GBP/2", side: "debit", bound: "none" },
        { kind: "open", path: "y", asset: "GBP/2", side: "credit", bound: "none" },
        { id: `7/${LINES}`, asset: "GBP/2", debit: "x", credit: "y", amount: 1n },
      ],
    });
    const booked = await bookText(node, text);
    expect(booked.booking.refused.count).toBe(1);
    expect(replayJson({ ...booked, verify: await book.verify(), seconds: 1 })).toMatchObject({
      lines: 0,
      invoices: 0,
      refusals: 1,
    });
    expect(await balanceOf(book, "revenue")).toBe(0n);
    expect(await balanceOf(book, "customer/17850")).toBe(0n);
    expect(await balanceOf(book, "shop/sold", "SKU:c7/0")).toBe(0n);
    const head = await book.head();
    await bookText(node, text);
    expect(await book.head()).toEqual(head);
  });
});
