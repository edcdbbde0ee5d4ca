import { expect, test } from "vitest";
import {
  expectVerified,
  GBP,
  left,
  openShop,
  shelf,
  stateIn,
  wallet,
  WALLET,
} from "./testing/shop.ts";
import { creditStatement, monthOf, openCreditLine } from "../payment/index.ts";
import { refusalWords } from "./index.ts";

test("P2: an order is placed once under its key, and its repeat is answered the same", async () => {
  const { orders, book, command, clock } = await openShop({ stock: { A: 10n, B: 10n } });
  const asked = command("o1", [
    ["A", 3n, 300n],
    ["B", 1n, 50n],
  ]);
  const answer = await orders.place(book, asked, { context: { by: "till", request: "r1" } });
  expect(answer).toMatchObject({ status: "done", order: { state: "placed", total: 350n } });
  expect(await shelf(book, "A")).toEqual([7n, 0n, 0n]);
  clock.advance(4_000_000); // the quote is no good any more: the order is the order
  expect(stateIn(await orders.place(book, asked))).toBe("exists placed");
  const other = { ...asked, buyer: "bob" };
  expect(stateIn(await orders.place(book, other))).toBe("order.key_conflict");
  await expectVerified(book);
});

test("P2: another node answers a repeat alike, and so do ten at once", async () => {
  const { orders, book, command, node } = await openShop({ stock: { A: 10n } });
  const asked = command("o1", [["A", 2n, 200n]]);
  const at = await node();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      i % 2 === 0 ? orders.place(book, asked) : at.orders.place(at.book, asked),
    ),
  );
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(1);
  expect(answers.filter(({ status }) => status === "exists")).toHaveLength(9);
  expect(stateIn(await at.orders.place(at.book, { ...asked, buyer: "bob" }))).toBe(
    "order.key_conflict",
  );
  expect(await left(book, "shop/stock", "SKU:A/0")).toBe(8n);
});

test("a repeat says how the order stands now, whichever node has done what since", async () => {
  const { orders, book, command, node } = await openShop({ stock: { A: 10n } });
  const other = await node();
  const first = command("o1", [["A", 1n, 100n]]);
  expect(stateIn(await orders.place(book, first))).toBe("done placed");
  expect(stateIn(await other.orders.pay(other.book, wallet("o1", 100n)))).toBe("done paid");
  expect(stateIn(await orders.place(book, first))).toBe("exists paid");
  const changed = { ...first, buyer: "bob" };
  expect(stateIn(await orders.place(book, changed))).toBe("order.key_conflict");
});

test("P3: of 1,000 buyers of 100 pieces exactly 100 get one; the rest hear what is left", async () => {
  const { orders, book, command } = await openShop({ stock: { HOT: 100n } });
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) =>
      orders.place(book, command(`rush-${i}`, [["HOT", 1n, 1n]])),
    ),
  );
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(100);
  const refused = answers.filter((answer) => answer.status === "refused");
  expect(refused).toHaveLength(900);
  for (const answer of refused) {
    expect(answer).toMatchObject({
      code: "order.sold_out",
      details: { line: 0, sku: "HOT", asked: "1", left: "0" },
    });
  }
  expect(await left(book, "shop/stock", "SKU:HOT/0")).toBe(0n);
  await expectVerified(book);
});

test("an order is held whole or not at all: one line that is sold out holds nothing of the others", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n, B: 1n } });
  const answer = await orders.place(
    book,
    command("o1", [
      ["A", 3n, 300n],
      ["B", 2n, 50n],
    ]),
  );
  expect(answer).toMatchObject({
    code: "order.sold_out",
    details: { line: 1, sku: "B", left: "1" },
  });
  expect(await shelf(book, "A")).toEqual([10n, 0n, 0n]);
  expect(await orders.find(book, "o1")).toBeUndefined();
});

test("paying turns what is held into sold, and money into money for what is still due", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 3n, 300n]]));
  const answer = await orders.pay(book, wallet("o1", 300n), { context: { by: "ann" } });
  expect(answer).toMatchObject({
    status: "done",
    order: { state: "paid", paid: 300n, version: 2 },
  });
  expect(await shelf(book, "A")).toEqual([7n, 3n, 0n]);
  expect(await left(book, "shop/unearned")).toBe(300n);
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 300n);
  expect(stateIn(await orders.pay(book, wallet("o1", 300n)))).toBe("exists paid");
  expect(stateIn(await orders.pay(book, wallet("o1", 300n, "again")))).toBe("order.already_paid");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 300n);
  await expectVerified(book);
});

test("wallet, company credit and cash pay together, and the company's month has its statement", async () => {
  const { orders, book, command, clock } = await openShop({ stock: { A: 10n } });
  const month = monthOf(clock.now());
  const line = { company: "acme", month, asset: GBP, line: 500n };
  expect(await openCreditLine(book, line)).toMatchObject({ status: "created" });
  await orders.place(book, command("o1", [["A", 1n, 900n]]));
  const parts = [
    { means: "wallet", amount: 100n },
    { means: "company", company: "acme", amount: 450n },
    { means: "cash", amount: 350n },
  ] as const;
  expect(stateIn(await orders.pay(book, { orderId: "o1", paymentId: "p1", parts }))).toBe(
    "done paid",
  );
  const statement = await creditStatement(book, line);
  // The opening moved nothing, and is no line of the bill.
  expect(
    statement?.lines.map(({ entry, owed }) => [entry.kind, entry.amount, owed, entry.reference]),
  ).toEqual([["transfer", 450n, 450n, "o1"]]);
  await orders.place(book, command("o2", [["A", 1n, 51n]]));
  const over = [{ means: "company", company: "acme", amount: 51n } as const];
  const refused = await orders.pay(book, { orderId: "o2", paymentId: "p2", parts: over });
  expect(refused).toMatchObject({
    code: "order.funds_short",
    details: { account: `company/acme/credit/${month}` },
  });
  expect(stateIn(await orders.pay(book, wallet("o2", 51n)))).toBe("done paid");
  await expectVerified(book);
});

test("money and tokens are held with the stock, all or none, and are free again when it is cancelled", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const coupon = "COUPON:SPRING/0";
  await book.batch([
    { kind: "asset", asset: coupon },
    { kind: "open", path: "issued", asset: coupon, side: "debit", bound: "none" },
    { kind: "open", path: "user/ann/tokens", asset: coupon, side: "credit" },
    { kind: "open", path: "shop/redeemed", asset: coupon, side: "credit" },
    { id: "issue", asset: coupon, debit: "issued", credit: "user/ann/tokens", amount: 1n },
  ]);
  const tokens = [{ asset: coupon, amount: 1n }];
  const hold = [{ means: "wallet", amount: 200n } as const];
  const o1 = { ...command("o1", [["A", 1n, 250n]], { tokens }), hold };
  expect(stateIn(await orders.place(book, o1))).toBe("done placed");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 200n);
  const o2 = { ...command("o2", [["A", 1n, 250n]], { tokens }), hold };
  expect(stateIn(await orders.place(book, o2))).toBe("order.token_missing");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 200n);
  expect(stateIn(await orders.cancel(book, { orderId: "o1", reason: "too late" }))).toBe(
    "done cancelled",
  );
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
  const o3 = { ...command("o3", [["A", 1n, 250n]], { tokens }), hold };
  expect(stateIn(await orders.place(book, o3))).toBe("done placed");
  expect(stateIn(await orders.pay(book, wallet("o3", 50n)))).toBe("done paid");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 250n);
  expect(await left(book, "shop/redeemed", coupon)).toBe(1n);
  await expectVerified(book);
});

test("a payment that was refused stays refused, and the order can be paid with another key", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 1n, WALLET + 1n]]));
  const short = await orders.pay(book, wallet("o1", WALLET + 1n));
  expect(short).toMatchObject({ code: "order.funds_short" });
  await book.submit({
    id: "more",
    asset: GBP,
    debit: "bank",
    credit: "user/ann/wallet",
    amount: 1n,
  });
  expect(stateIn(await orders.pay(book, wallet("o1", WALLET + 1n)))).toBe("order.key_refused");
  expect(stateIn(await orders.pay(book, wallet("o1", WALLET + 1n, "new")))).toBe("done paid");
});

test("a payment that finds the held wallet closed leaves the order to another, when that is open again", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const hold = [{ means: "wallet", amount: 40n } as const];
  await orders.place(book, { ...command("o1", [["A", 1n, 100n]]), hold });
  const shut = { kind: "close", path: "user/ann/wallet", asset: GBP } as const;
  await book.submit({ ...shut, id: "shut" });
  // As versions before paid.
  const burnt = { kind: "post", id: "o/o1/m0/p", pendingId: "o/o1/m0" } as const;
  expect(await book.submit(burnt)).toMatchObject({ code: "ledger.debit_account_closed" });
  const cash = { orderId: "o1", parts: [{ means: "cash", amount: 60n } as const] };
  const pay = async (paymentId: string) => orders.pay(book, { ...cash, paymentId });
  const closed = { code: "order.purse_missing", details: { account: "user/ann/wallet" } };
  expect(await pay("p1")).toMatchObject(closed);
  expect(await pay("p1")).toMatchObject(closed);
  await book.submit({ ...shut, kind: "reopen", id: "open" });
  expect(stateIn(await pay("p1"))).toBe("order.key_refused");
  expect(stateIn(await pay("p2"))).toBe("done paid");
  expect(stateIn(await pay("p2"))).toBe("exists paid");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 40n);
  const paid = (await orders.find(book, "o1"))?.steps[1];
  const ids = paid?.postings.map(({ id }) => id.replace(/[0-9a-f]{8}$/, "HASH"));
  expect(ids).toEqual(["o/o1/s0/p/HASH", "o/o1/m0/p/HASH", "p/p2/0"]);
  await expectVerified(book);
});

test("a part from a closed wallet is refused as such as long as it is closed", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 1n, 100n]]));
  const shut = { kind: "close", path: "user/ann/wallet", asset: GBP } as const;
  await book.submit({ ...shut, id: "shut" });
  for (let i = 0; i < 2; i++)
    expect(stateIn(await orders.pay(book, wallet("o1", 100n)))).toBe("order.purse_missing");
  await book.submit({ ...shut, kind: "reopen", id: "open" });
  expect(stateIn(await orders.pay(book, wallet("o1", 100n)))).toBe("order.key_refused");
});

test("what was seen must be what is quoted: missing, changed, expired, too little", async () => {
  const { orders, book, command, clock } = await openShop({ stock: { A: 10n } });
  const good = command("o1", [["A", 1n, 100n]]);
  const seen = (quote: object) => ({ ...good, quote: { ...good.quote, ...quote } });
  expect(stateIn(await orders.place(book, seen({ id: "no" })))).toBe("order.quote_missing");
  const changed = await orders.place(book, seen({ total: 99n }));
  expect(changed).toMatchObject({
    code: "order.quote_changed",
    details: { total: "100", seen: "99" },
  });
  expect(stateIn(await orders.place(book, seen({ hash: "no" })))).toBe("order.quote_changed");
  const much = { ...good, hold: [{ means: "wallet", amount: 101n } as const] };
  expect(stateIn(await orders.place(book, much))).toBe("order.amount_differs");
  expect(stateIn(await orders.place(book, good))).toBe("done placed");
  expect(stateIn(await orders.pay(book, wallet("o1", 99n)))).toBe("order.amount_differs");
  clock.advance(3_600_000);
  expect(stateIn(await orders.place(book, { ...good, id: "o2" }))).toBe("order.quote_expired");
  expect(stateIn(await orders.place(book, command("o3", [["NO", 1n, 1n]])))).toBe(
    "order.not_sold_here",
  );
  expect(stateIn(await orders.pay(book, wallet("none", 1n)))).toBe("order.missing");
  expect(stateIn(await orders.cancel(book, { orderId: "none" }))).toBe("order.missing");
});

test("refusals have words and advice in English and Chinese", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 1n } });
  const answer = await orders.place(book, command("o1", [["A", 2n, 1n]]));
  if (answer.status !== "refused") throw new Error("it was not refused");
  const { message, advice } = refusalWords(answer);
  expect(message).toEqual({
    en: "A: 2 are wanted and 1 are left.",
    zh: "A：需要 2，仅剩 1。",
  });
  expect(advice.zh).toContain("新的号");
  // Amounts as people write them, states and acts in the language that is read.
  expect(stateIn(await orders.place(book, command("o2", [["A", 1n, 1800n]])))).toBe("done placed");
  const little = await orders.pay(book, wallet("o2", 1700n));
  const early = await orders.fulfil(book, { orderId: "o2", fulfilmentId: "f1" });
  if (little.status !== "refused" || early.status !== "refused") throw new Error("not refused");
  expect(refusalWords(little).message).toEqual({
    en: "The order costs 18.00 GBP; 17.00 GBP were given.",
    zh: "订单金额为 18.00 GBP，实付 17.00 GBP。",
  });
  expect(refusalWords(early).message.zh).toBe("订单待付款，不能交付。");
});

test.each([
  ["id", { id: "a/b" }],
  ["id", { id: "x".repeat(41) }],
  ["buyer", { buyer: "" }],
  ["quote", { quote: null }],
  ["quote", { quote: { id: 1, hash: "", total: 1n } }],
  ["quote.total", { quote: { id: "q", hash: "h", total: -1n } }],
  ["quote.total", { quote: { id: "q", hash: "h", total: 1 } }],
  ["quote.total", { quote: { id: "q", hash: "h", total: 10n ** 30n } }],
])("a command with a bad %s is refused by name", async (field, bad) => {
  const { orders, book, command } = await openShop({ stock: { A: 1n } });
  const asked = { ...command("o1", [["A", 1n, 1n]]), ...bad } as ReturnType<typeof command>;
  await expect(orders.place(book, asked)).rejects.toMatchObject({
    code: "order.command_malformed",
    details: { field },
  });
});

test("nothing that is handed in ends in a TypeError", async () => {
  const { orders, book } = await openShop({ stock: {} });
  for (const bad of [undefined, null, 1, "x", [], {}] as never[]) {
    for (const verb of ["place", "pay", "cancel", "fulfil", "refund", "close"] as const) {
      await expect(orders[verb](book, bad)).rejects.toMatchObject({
        code: "order.command_malformed",
      });
    }
  }
  for (const parts of [null, [null], [{}], [{ means: "gold", amount: 1n }]] as never[]) {
    await expect(orders.pay(book, { orderId: "o", paymentId: "p", parts })).rejects.toMatchObject({
      code: "payment.part_malformed",
    });
  }
});
