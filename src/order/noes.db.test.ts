/** A no says what is so: which purse, which key, what to do; in words for a buyer. */
import { expect, test, vi } from "vitest";
import type { OrderAnswer, Refused } from "./index.ts";
import { refusalWords } from "./index.ts";
import { Shelves } from "./room.ts";
import { GBP, openShop, stateIn, wallet, WALLET } from "./testing/shop.ts";

function wordsOf(answer: OrderAnswer) {
  if (answer.status !== "refused") throw new Error(stateIn(answer));
  const { message, advice } = refusalWords(answer);
  return { en: `${message.en} ${advice.en}`, zh: `${message.zh}${advice.zh}` };
}
const codeOf = (error: { code?: string; message: string }) => `${error.code}: ${error.message}`;

test("a money that the shop takes not is refused when the order is placed, not when it is paid", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const yen = command("o1", [["A", 1n, 10n]], { asset: "JPY/0" });
  const refused = await orders.place(book, yen);
  expect(stateIn(refused)).toBe("order.money_not_taken");
  expect(wordsOf(refused).en).toMatch("The shop takes no JPY so far.");
  expect(wordsOf(refused).zh).toMatch("商家尚不收取 JPY");
});

test("all who order at once share one look at the till, and it is not looked at again", async () => {
  const { command, node } = await openShop({ stock: { A: 100n } });
  const { orders, book } = await node();
  const looks = vi.spyOn(book, "account");
  const order = (n: number) => orders.place(book, command(`o${n}`, [["A", 1n, 10n]]));
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => order(n)));
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(50);
  expect(looks).toHaveBeenCalledTimes(1);
  expect(stateIn(await order(50))).toBe("done placed");
  expect(looks).toHaveBeenCalledTimes(1);
});

test("who asks after the till was opened is not told by a look that began before", async () => {
  const { node } = await openShop({ stock: { A: 1n } });
  const { book } = await node();
  const shelves = new Shelves();
  const early = Promise.withResolvers<undefined>();
  const looks = vi.spyOn(book, "account").mockReturnValueOnce(early.promise);
  const before = shelves.isTillOpen(book, GBP);
  // The first look stands still, and was taken before the till was there; now it is.
  const after = Array.from({ length: 3 }, () => shelves.isTillOpen(book, GBP));
  early.resolve(undefined);
  expect(await before).toBe(false);
  expect(await Promise.all(after)).toEqual([true, true, true]);
  expect(looks).toHaveBeenCalledTimes(2);
});

test("what is left is told by a look that began after the question, and many who ask share it", async () => {
  const { node } = await openShop({ stock: { A: 5n } });
  const { book } = await node();
  const shelves = new Shelves();
  const early = Promise.withResolvers<undefined>();
  const looks = vi.spyOn(book, "account").mockReturnValueOnce(early.promise);
  const before = shelves.left(book, "A");
  // The first look stands still, and was taken before the goods had come; now they have.
  const after = Array.from({ length: 30 }, () => shelves.left(book, "A"));
  early.resolve(undefined);
  expect(await before).toBe(0n);
  expect(new Set(await Promise.all(after))).toEqual(new Set([5n]));
  expect(looks).toHaveBeenCalledTimes(2);
  const broken = vi.spyOn(book, "account").mockRejectedValueOnce(new Error("no database"));
  const [fails, finds] = [shelves.left(book, "A"), shelves.left(book, "A")];
  await expect(fails).rejects.toThrow("no database");
  expect(await finds).toBe(5n);
  broken.mockRestore();
});

test("a purse that is not there is not one with too little in it; and buyers read whose it is, and no path", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 1n, 10n]]));
  const parts = [{ means: "company", company: "acme", amount: 10n } as const];
  const none = await orders.pay(book, { orderId: "o1", paymentId: "p1", parts });
  expect(stateIn(none)).toBe("order.purse_missing");
  expect(wordsOf(none).en).toMatch(
    /^Nothing can be paid from the credit of acme in \d{4}-\d\d: it is not open/,
  );
  await orders.place(book, command("o2", [["A", 1n, WALLET + 1n]]));
  const short = await orders.pay(book, wallet("o2", WALLET + 1n));
  expect(wordsOf(short).en).toBe(
    "There is not enough in the wallet of ann. Top it up or pay in another way, with a new key for the payment.",
  );
  expect(wordsOf(short).zh).toMatch(
    "ann 的钱包余额不足。请充值或换一种支付方式，并使用新的支付号。",
  );
  const hold = [{ means: "wallet", amount: WALLET + 1n } as const];
  const held = await orders.place(book, { ...command("o3", [["A", 1n, WALLET + 1n]]), hold });
  expect(wordsOf(held).en).toMatch("with a new key for the order.");
  expect(wordsOf(held).zh).toMatch("并使用新的订单号");
});

test("a refused key with another body is a conflict, and not the old no about the new purse", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 1n, WALLET + 1n]]));
  const total = WALLET + 1n;
  expect(stateIn(await orders.pay(book, wallet("o1", total, "p1")))).toBe("order.funds_short");
  expect(stateIn(await orders.pay(book, wallet("o1", total, "p1")))).toBe("order.funds_short");
  const cash = {
    orderId: "o1",
    paymentId: "p1",
    parts: [{ means: "cash", amount: total } as const],
  };
  expect(stateIn(await orders.pay(book, cash))).toBe("order.key_conflict");
  await orders.place(book, command("o2", [["A", 1n, total]]));
  expect(stateIn(await orders.pay(book, wallet("o2", total, "p1")))).toBe("order.key_conflict");
  expect(stateIn(await orders.pay(book, { ...cash, paymentId: "p2" }))).toBe("done paid");
});

test("what was said and can't be done is refused by its field, not dropped", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 2n, 20n]]));
  const named = [{ means: "wallet", company: "acme", amount: 20n } as const];
  const inside = [{ means: "company", company: "a/b", amount: 20n } as const];
  const paid = (parts: typeof named | typeof inside) =>
    orders.pay(book, { orderId: "o1", paymentId: "p1", parts }).then(stateIn, codeOf);
  expect(await paid(named)).toMatch(/^payment.part_malformed: .*only company names a company/);
  expect(await paid(inside)).toMatch(/^payment.part_malformed: .*no segment of a path/);
  await orders.pay(book, wallet("o1", 20n));
  const back = (line: object) =>
    orders
      .refund(book, { orderId: "o1", refundId: "r1", lines: [{ line: 0, ...line } as never] })
      .then(stateIn, codeOf);
  const due = { goods: "due", quantity: 1n };
  expect(await back({ ...due, restock: false })).toMatch(
    /lines\[0\].restock is wrong: goods that are/,
  );
  expect(await back({ ...due, restock: "no" })).toMatch(
    /lines\[0\].restock is wrong: it takes true/,
  );
  expect(await back({ ...due, amount: 5n })).toMatch(/lines\[0\].amount is wrong/);
  expect(await back({ amount: 5n, quantity: 1n })).toMatch(/lines\[0\].quantity is wrong/);
  expect(await back({ ...due, restock: true })).toBe("done paid");
});

test("words say how an order stands and until when as people do", () => {
  const of = (code: Refused["code"], details: Refused["details"]) =>
    refusalWords({ status: "refused", code, details }).message;
  expect(of("order.not_possible", { state: "paid", act: "close" })).toEqual({
    en: "An order that is paid can't be closed.",
    zh: "订单已付款，不能关闭。",
  });
  const until = "2026-11-22T10:15:42.123Z";
  expect(of("order.quote_expired", { until }).en).toBe(
    "The price was good until 2026-11-22 10:15 UTC.",
  );
});

test("what the books refuse is told by its account where it has no id", async () => {
  const { orders, book } = await openShop({ stock: {} });
  const asset = "SKU:B/0";
  await book.batch([
    { kind: "asset", asset, refusals: "window" },
    { kind: "open", path: "shop/stock", asset, side: "debit", bound: 7n },
  ]);
  const put = orders.putStock(book, { id: "d1", items: [{ sku: "B", quantity: 1n }] });
  await expect(put.catch(codeOf)).resolves.toMatch(
    /^order.books_refused: The book refused shop\/stock of SKU:B\/0: ledger\./,
  );
});
