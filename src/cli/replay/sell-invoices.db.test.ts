import { describe, expect, test } from "vitest";
import type { Book } from "../../ledger/index.ts";
import { type ApiNode, apiNode } from "../testing/api-node.ts";
import { csv, fileOf, type RowWish } from "../testing/invoice-files.ts";
import { readyFile, RETAIL_BOOK, sellFile } from "./replay.ts";
import { agrees, type BookedFile, isComplete } from "./report.ts";

const quiet = { stage: () => undefined, selling: () => undefined, verifying: () => undefined };
const month = new Date().toISOString().slice(0, 7);

async function sellText({ longmen }: ApiNode, text: string): Promise<BookedFile> {
  const readied = await readyFile(fileOf(text));
  const sold = await sellFile({ longmen, readied, file: "invoices.csv", watcher: quiet });
  const verify = await longmen.book(RETAIL_BOOK).verify();
  expect(verify.findings).toEqual([]);
  return sold;
}

async function balanceOf(book: Book, path: string, asset = "GBP/2"): Promise<bigint | undefined> {
  return (await book.account(path, asset))?.available;
}

/** What moved on every account of the book: what must be the same after a repeat. */
async function balancesOf(book: Book): Promise<readonly string[]> {
  const { items, cursor } = await book.accounts({}, { limit: 1_000 });
  expect(cursor).toBeUndefined();
  const moved = items.map(({ path, asset, balance }) => {
    return [path, asset, balance.creditsPosted - balance.debitsPosted] as const;
  });
  return moved.filter(([, , net]) => net !== 0n).map((one) => one.join(" "));
}

/** One of a file's lines in the books, or none. */
const orderOf = ({ longmen }: ApiNode, key: string) =>
  longmen.book(RETAIL_BOOK).shop.orders.get(key);

describe("selling a file", () => {
  test("moves goods, money and credit, and agrees with the file", async () => {
    const node = await apiNode();
    const sold = await sellText(
      node,
      csv(
        { invoice: "1", quantity: 6 },
        { invoice: "1", code: "POST", quantity: 1, price: "18" },
        { invoice: "2", code: "85123a", quantity: 3, customer: "" },
        { invoice: "C3", quantity: -2 },
        { invoice: "C4", code: "22222", quantity: -1, price: "4" },
        { invoice: "5", quantity: -1, price: "0", customer: "" },
        { invoice: "6", quantity: 1, code: "D", price: "-5" },
      ),
    );
    expect(agrees(sold)).toBe(true);
    expect(sold).toMatchObject({ cashMinor: 765n, owedMinor: 1530n + 1800n - 510n - 400n - 500n });
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await balancesOf(book)).toEqual([
      "allowances GBP/2 -500",
      "company/17850/corrections GBP/2 900",
      `company/17850/credit/${month} GBP/2 ${510 - 1530 - 1800}`,
      "returns/before-sample GBP/2 -400",
      "returns/before-sample SKU:22222/0 -1",
      "shop/cash GBP/2 -765",
      "shop/delivered SKU:85123A/0 4",
      "shop/delivered SKU:85123a/0 3",
      `shop/revenue GBP/2 ${1530 + 1800 + 765 - 510}`,
      "shop/stock SKU:85123A/0 2",
      "shop/stock SKU:22222/0 1",
      "shop/stock-take SKU:85123A/0 1",
      "shop/supplier SKU:85123A/0 -7",
      "shop/supplier SKU:85123a/0 -3",
    ]);
    const returned = await book.history({ reference: "1/1" });
    expect(returned.items.map(({ id }) => id)).toEqual(["C3/1"]);
    expect(await orderOf(node, "1")).toMatchObject({
      order: { state: "fulfilled", buyer: "17850", total: 3330n, refunded: 510n },
      lines: [{ sku: "85123A", returned: { quantity: 2n } }, { sku: "POST" }],
    });
    expect(sold.booking.orders).toMatchObject({ placed: 2, paid: 2, refunded: 1, unended: 0 });
  });

  test("counts the transfers that stand in the journal", async () => {
    const node = await apiNode();
    const { booking } = await sellText(
      node,
      csv(
        { invoice: "1" },
        { invoice: "1", code: "POST", price: "0" },
        { invoice: "2", code: "M", quantity: 1 },
        { invoice: "C3", quantity: -1 },
        { invoice: "C4", quantity: -7, price: "2.00" },
        { invoice: "5", price: "0" },
      ),
    );
    const book = await node.ledger.book(RETAIL_BOOK);
    const { items, cursor } = await book.history({}, { limit: 1_000 });
    expect(cursor).toBeUndefined();
    const isTransfer = (kind: string) => ["transfer", "pending", "post"].includes(kind);
    const ofSales = items.filter(({ kind, id }) => isTransfer(kind) && !id.startsWith("k/"));
    expect(booking.transfers).toBe(ofSales.length);
  });

  test("posts adjustments of bad debts against bad-debt, without the till", async () => {
    const node = await apiNode();
    const debt = { code: "B", quantity: 1, customer: "", description: "Adjust bad debt" };
    const sold = await sellText(
      node,
      csv(
        { ...debt, invoice: "A563185", at: "2011-08-12 14:50:00", price: "11062.06" },
        { ...debt, invoice: "A563186", at: "2011-08-12 14:51:00", price: "-11062.06" },
        { ...debt, invoice: "A563187", at: "2011-08-12 14:52:00", price: "-11062.06" },
      ),
    );
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await balancesOf(book)).toEqual([
      "bad-debt GBP/2 -1106206",
      "walk-in/corrections GBP/2 1106206",
    ]);
    expect(sold).toMatchObject({ owedMinor: -1106206n, adjustedMinor: -1106206n });
    expect(sold.booked).toEqual({
      grossMinor: 1106206n,
      refundsMinor: 2212412n,
      netMinor: -1106206n,
      othersThere: false,
    });
    expect(agrees(sold)).toBe(true);
    expect(sold.booking.invoices.adjustment).toBe(3);
  });

  test("gives back at another price, and more than was sold, to the penny", async () => {
    const node = await apiNode();
    const sold = await sellText(
      node,
      csv(
        { invoice: "1", quantity: 3, price: "0.335" },
        { invoice: "2", quantity: 2, price: "2.00" },
        { invoice: "C3", quantity: -1, price: "0.335" },
        { invoice: "C4", quantity: -1, price: "1.50" },
        { invoice: "C5", quantity: -9, price: "2.10" },
      ),
    );
    expect([agrees(sold), isComplete(sold)]).toEqual([true, true]);
    expect(sold.booking.lineKinds).toMatchObject({ return: 3, return_before_sample: 0 });
    const book = await node.ledger.book(RETAIL_BOOK);
    // All five came back from orders, and six more that nobody had sold.
    expect(await balanceOf(book, "shop/delivered", "SKU:85123A/0")).toBe(0n);
    expect(await balanceOf(book, "shop/stock", "SKU:85123A/0")).toBe(11n);
  });

  test("P2 a second time changes nothing, not even the head of the chain", async () => {
    const node = await apiNode();
    const text = csv(
      { invoice: "1" },
      { invoice: "C2", quantity: -1 },
      { invoice: "3", code: "M" },
    );
    const first = await sellText(node, text);
    const book = await node.ledger.book(RETAIL_BOOK);
    const before = { head: await book.head(), balances: await balancesOf(book) };
    const second = await sellText(node, text);
    expect({ head: await book.head(), balances: await balancesOf(book) }).toEqual(before);
    expect(second.booking).toEqual({ ...first.booking, invoicesThereBefore: 3 });
    expect(agrees(second)).toBe(true);
  });

  test("sells nothing of an invoice with a malformed row, and all of it once it is mended", async () => {
    const node = await apiNode();
    const rows = (quantity: string): RowWish[] => [
      { invoice: "1" },
      { invoice: "2", quantity: 4 },
      { invoice: "2", quantity },
      { invoice: "3", quantity: 2 },
    ];
    const broken = await sellText(node, csv(...rows("4 pieces")));
    const book = await node.ledger.book(RETAIL_BOOK);
    expect(await orderOf(node, "2")).toBeUndefined();
    expect(await balanceOf(book, "shop/revenue")).toBe(1530n + 510n);
    expect(broken.faults.first.map(({ lineNumber }) => lineNumber)).toEqual([4]);
    expect(agrees(broken)).toBe(true);
    const mended = await sellText(node, csv(...rows("4")));
    expect(mended.booking.refused.count).toBe(0);
    expect(mended.booking.invoicesThereBefore).toBe(2);
    expect(agrees(mended)).toBe(true);
    expect(await balanceOf(book, "shop/stock", "SKU:85123A/0")).toBe(0n);
  });

  test("takes nothing back that a malformed line may change, and has the same books once it is mended", async () => {
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
    await sellText(undisturbed, sound);
    const node = await apiNode();
    const part = await sellText(node, broken);
    // C7 waits for C3, which may bring back the same units.
    expect(part.booking.waiting).toEqual({
      count: 3,
      first: [
        { invoice: "C3", line: 3 },
        { invoice: "C4", line: 3 },
        { invoice: "C7", line: 3 },
      ],
    });
    expect(part.booking.leftOut).toMatchObject({ invoices: 3, lines: 3, grossMinor: 0n });
    expect(agrees(part)).toBe(true);
    expect(isComplete(part)).toBe(false);
    expect(agrees(await sellText(node, broken))).toBe(true);
    const whole = await sellText(node, sound);
    expect(whole.booking).toMatchObject({ invoicesThereBefore: 3, refused: { count: 0 } });
    expect([agrees(whole), isComplete(whole)]).toEqual([true, true]);
    const books = await Promise.all(
      [node, undisturbed].map(async ({ ledger }) =>
        (await balancesOf(await ledger.book(RETAIL_BOOK))).toSorted(),
      ),
    );
    expect(books[0]).toEqual(books[1]);
    // Broken again, what was sold meanwhile waits without being touched.
    expect(agrees(await sellText(node, broken))).toBe(true);
  });

  test("finds all of a shorter file in a longer one that begins with it, and sells what is new", async () => {
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
    await sellText(node, csv(...month));
    const year = await sellText(node, csv(...month, ...later));
    expect(year.booking).toMatchObject({ invoicesThereBefore: 3, refused: { count: 0 } });
    expect([agrees(year), isComplete(year)]).toEqual([true, true]);
    const again = await sellText(node, csv(...month));
    expect(again.booking).toMatchObject({ invoicesThereBefore: 3, refused: { count: 0 } });
    expect([agrees(again), isComplete(again)]).toEqual([true, true]);
  });

  test("P2 names a cancellation whose sale was not in the file that it was sold from, and takes nothing back twice", async () => {
    const later = [{ invoice: "C2", quantity: -1 }, { invoice: "3" }];
    const node = await apiNode();
    expect(agrees(await sellText(node, csv(...later)))).toBe(true);
    const whole = await sellText(node, csv({ invoice: "1" }, ...later));
    expect(whole.booking).toMatchObject({
      invoicesThereBefore: 1,
      refused: { count: 1, first: [{ invoice: "C2" }] },
      leftOut: { invoices: 1, lines: 1, refundsMinor: 255n },
    });
    expect(agrees(whole)).toBe(true);
    expect(isComplete(whole)).toBe(false);
    // Its goods had to be brought: the shelves had opened with what the first file sells.
    expect(await orderOf(node, "1@2")).toMatchObject({ order: { refunded: 0n } });
    expect((await sellText(node, csv({ invoice: "1" }, ...later))).booking.orders.placed).toBe(2);
  });

  test("refuses an invoice that the shop knows otherwise, names it, and goes on", async () => {
    const node = await apiNode();
    await sellText(node, csv({ invoice: "1" }, { invoice: "2" }));
    const changed = await sellText(
      node,
      csv({ invoice: "1", price: "2.56" }, { invoice: "2" }, { invoice: "3" }),
    );
    expect(changed.booking.refused).toEqual({
      count: 1,
      first: [{ invoice: "1", code: "order.key_conflict", id: "1" }],
    });
    expect(changed.booking.lines).toBe(2);
    expect(changed.booking.leftOut).toMatchObject({ invoices: 1, lines: 1, grossMinor: 1536n });
    expect([agrees(changed), isComplete(changed)]).toEqual([true, false]);
    const moved = await sellText(node, csv({ invoice: "1", at: "2010-12-01 09:00:00" }));
    expect(moved.booking.refused.count).toBe(1);
    expect(agrees(moved)).toBe(true);
  });

  test("agrees for its own invoices when those of other files are sold, and brings what is short", async () => {
    const node = await apiNode();
    const january = csv({ invoice: "1" }, { invoice: "2" });
    await sellText(node, january);
    const february = await sellText(node, csv({ invoice: "3", quantity: 1 }));
    expect(february.booked).toMatchObject({ netMinor: 255n, othersThere: true });
    expect([agrees(february), isComplete(february)]).toEqual([true, true]);
    expect(agrees(await sellText(node, january))).toBe(true);
  });
});

describe("a job that was killed for so long", () => {
  const text = csv({ invoice: "1" }, { invoice: "C2", quantity: -1 });

  test("that an order of its ended unpaid places it again, and gives back of that one", async () => {
    const node = await apiNode();
    await sellText(node, csv({ invoice: "0" }));
    const { shop } = node.longmen.book(RETAIL_BOOK);
    const lines = [{ sku: "85123A", quantity: 1n }];
    const made = await shop.quotes.make({ key: "other", lines });
    if (made.status === "refused") throw new Error(made.code);
    await shop.stock.put({ id: "more", items: [{ sku: "85123A", quantity: 9n }] });
    await shop.orders.place({ id: "1", buyer: "17850", quote: made.quote });
    await shop.orders.cancel("1");
    const refused = await sellText(node, text);
    // It was another order: that is for people to look at.
    expect(refused.booking.refused.first).toMatchObject([
      { invoice: "1", code: "order.key_conflict" },
      { invoice: "C2", code: "order.missing" },
    ]);
    expect(agrees(refused)).toBe(true);
  });

  test("that its own order was ended goes on under the next key", async () => {
    const node = await apiNode();
    const killed = await apiNode();
    await sellText(node, text);
    const order = await orderOf(node, "1");
    expect(order?.order.state).toBe("fulfilled");
    // The same quote on another node, whose order nobody paid.
    const { shop } = killed.longmen.book(RETAIL_BOOK);
    await sellText(killed, csv({ invoice: "0", code: "X" }, { invoice: "9" }));
    const quote = await node.longmen.book(RETAIL_BOOK).shop.quotes.get(order?.quote ?? "");
    const [line] = quote?.lines ?? [];
    const { amount = "", per = "", reason = "" } = line?.proof.agreed ?? {};
    const agreed = { amount: BigInt(amount), per: BigInt(per), reason };
    const lines = [{ sku: "85123A", quantity: 6n, agreed }];
    const made = await shop.quotes.make({ key: quote?.key ?? "", lines });
    if (made.status === "refused") throw new Error(made.code);
    await shop.stock.put({ id: "more", items: [{ sku: "85123A", quantity: 6n }] });
    await shop.orders.place({ id: "1", buyer: "17850", quote: made.quote });
    await shop.orders.cancel("1");
    const sold = await sellText(killed, text);
    expect([agrees(sold), isComplete(sold)]).toEqual([true, true]);
    expect(await orderOf(killed, "1@2")).toMatchObject({ order: { refunded: 255n } });
    expect((await sellText(killed, text)).booking.invoicesThereBefore).toBe(2);
  });
});

test("an invoice longer than an order is several, all of them delivered, and recognised", async () => {
  const node = await apiNode();
  const rows = Array.from({ length: 2_100 }, (_, at) => ({ invoice: "7", code: `c${at % 50}` }));
  const sold = await sellText(node, csv(...rows));
  expect(sold.booking).toMatchObject({ lines: 2_100, orders: { placed: 2, unended: 0 } });
  expect(agrees(sold)).toBe(true);
  expect((await orderOf(node, "7+2"))?.lines).toHaveLength(100);
  const again = await sellText(node, csv(...rows));
  expect(again.booking.invoicesThereBefore).toBe(1);
});
