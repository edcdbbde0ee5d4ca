import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isId } from "../../base/index.ts";
import type { PostedTransfer } from "../../ledger/index.ts";
import { lineOf } from "../testing/invoice-files.ts";
import { invoiceChains, undoChain } from "./invoice-chain.ts";
import { type Invoice, type InvoiceLine, kindOfInvoice } from "./invoice.ts";
import { openings } from "./openings.ts";

function invoiceOf(number: string, ...wishes: readonly Partial<InvoiceLine>[]): Invoice {
  const lines = wishes.map((wish, index) => lineOf({ ordinal: index + 1, ...wish }));
  const total = lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  return { number, kind: kindOfInvoice(number, total), lines };
}

function transfersOf(invoice: Invoice): readonly PostedTransfer[] {
  return invoiceChains(invoice).chains.flatMap(({ requests }) => requests);
}

function shown({ id, asset, debit, credit, amount }: PostedTransfer): string {
  return `${id}: ${amount} ${asset} ${debit} < ${credit}`;
}

describe("an invoice", () => {
  test("is a chain of deliveries, goods, money and its payment", () => {
    const invoice = invoiceOf("536365", {}, { code: "POST", quantity: 1n, unitPrice: "18" });
    expect(invoiceChains(invoice).chains.map(({ chain }) => chain)).toEqual(["536365"]);
    expect(transfersOf(invoice).map(shown)).toEqual([
      "536365/1/delivery: 6 SKU:85123A/0 shop/stock < supplier",
      "536365/1/goods: 6 SKU:85123A/0 shop/sold < shop/stock",
      "536365/1: 1530 GBP/2 customer/17850 < revenue",
      "536365/2: 1800 GBP/2 customer/17850 < revenue",
      "536365/payment: 3330 GBP/2 bank < customer/17850",
    ]);
  });

  test("that cancels names the sale, takes no delivery and is paid back", () => {
    const invoice = invoiceOf("C536379", { quantity: -2n, reverses: "536365/1" });
    expect(transfersOf(invoice).map(shown)).toEqual([
      "C536379/1/goods: 2 SKU:85123A/0 shop/stock < shop/sold",
      "C536379/1: 510 GBP/2 revenue < customer/17850",
      "C536379/payment: 510 GBP/2 customer/17850 < bank",
    ]);
    const references = transfersOf(invoice).map(({ reference }) => reference);
    expect(references).toEqual(["536365/1", "536365/1", undefined]);
  });

  test("that adjusts a bad debt moves no money through the bank", () => {
    const adjustment = { code: "B", quantity: 1n, unitPrice: "-11062.06", customer: "" };
    expect(transfersOf(invoiceOf("A563186", adjustment)).map(shown)).toEqual([
      "A563186/1: 1106206 GBP/2 bad-debt < walk-in",
    ]);
  });

  test("keeps every line, even one that moves nothing", () => {
    const invoice = invoiceOf("1", { code: "M", unitPrice: "0" });
    expect(transfersOf(invoice).map(shown)).toEqual(
      ["1/1: 0 GBP/2 walk-in < revenue"].map((line) => line.replace("walk-in", "customer/17850")),
    );
  });

  test("is paid by each of its customers", () => {
    const invoice = invoiceOf("1", {}, { customer: "" }, { customer: "", quantity: -6n });
    const payments = transfersOf(invoice).filter(({ id }) => id.includes("payment"));
    expect(payments.map(shown)).toEqual(["1/payment: 1530 GBP/2 bank < customer/17850"]);
    const both = invoiceOf("1", {}, { customer: "" });
    expect(transfersOf(both).slice(-2).map(shown)).toEqual([
      "1/payment: 1530 GBP/2 bank < customer/17850",
      "1/payment/2: 1530 GBP/2 bank < walk-in",
    ]);
  });

  test("carries its own time on each line", () => {
    const invoice = invoiceOf("1", { at: 1_000 }, { at: 2_000 });
    expect(transfersOf(invoice).map(({ effectiveAt }) => effectiveAt)).toEqual([
      1_000, 1_000, 1_000, 2_000, 2_000, 2_000, 2_000,
    ]);
  });

  test("leaves customers at zero and gives the bank what its lines add up to", () => {
    const line = fc.record({
      quantity: fc.bigInt(-50n, 50n),
      unitPrice: fc.constantFrom("0", "2.55", "0.005", "-1.5"),
      code: fc.constantFrom("A", "a", "POST"),
      customer: fc.constantFrom("", "1", "2"),
    });
    const number = fc.constantFrom("1", "C1");
    fc.assert(
      fc.property(number, fc.array(line, { minLength: 1, maxLength: 20 }), (number, wishes) => {
        const invoice = invoiceOf(number, ...wishes);
        const net = new Map<string, bigint>();
        for (const { asset, debit, credit, amount, id } of transfersOf(invoice)) {
          expect(isId(id)).toBe(true);
          expect(amount).toBeGreaterThanOrEqual(0n);
          for (const [path, sign] of [
            [debit, 1n],
            [credit, -1n],
          ] as const) {
            const key = path === "bank" || asset === "GBP/2" ? path : `${path} ${asset}`;
            net.set(key, (net.get(key) ?? 0n) + sign * amount);
          }
        }
        const total = invoice.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
        expect(net.get("bank") ?? 0n).toBe(total);
        for (const customer of ["walk-in", "customer/1", "customer/2"]) {
          expect(net.get(customer) ?? 0n).toBe(0n);
        }
      }),
    );
  });
});

describe("an invoice too long for one chain", () => {
  const invoice = invoiceOf("7", {}, {}, {}, {});

  test("is cut between its lines", () => {
    const { chains, transferCount } = invoiceChains(invoice, 7);
    expect(transferCount).toBe(13);
    expect(chains.map(({ chain, requests }) => [chain, requests.length])).toEqual([
      ["7", 6],
      ["7#2", 7],
    ]);
    expect(chains.flatMap(({ requests }) => requests)).toEqual(transfersOf(invoice));
  });

  test("is taken back the other way round, each transfer by name", () => {
    const [first] = invoiceChains(invoice, 7).chains;
    const undo = first && undoChain(first);
    expect(undo?.chain).toBe("7/undo");
    expect(undo?.requests[0]).toMatchObject({
      id: "7/2/undo",
      reference: "7/2",
      debit: "revenue",
      credit: "customer/17850",
    });
    expect(undo?.requests.map(({ id }) => id)).toEqual(
      first?.requests.map(({ id }) => `${id}/undo`).toReversed(),
    );
  });
});

describe("openings", () => {
  test("stand in front of chains until one that needs them is answered", () => {
    const opener = openings();
    const [chain] = invoiceChains(invoiceOf("1", { code: "POST" })).chains;
    const [again] = invoiceChains(invoiceOf("2", { code: "POST" })).chains;
    expect(chain && opener.before(chain)[0]?.requests.slice(0, 4)).toEqual([
      { kind: "asset", asset: "GBP/2" },
      { kind: "open", path: "customer/17850", asset: "GBP/2", side: "debit", bound: "none" },
      { kind: "open", path: "revenue", asset: "GBP/2", side: "credit", bound: "none" },
      { kind: "open", path: "bank", asset: "GBP/2", side: "debit", bound: "none" },
    ]);
    // The first may arrive later, or be refused: then its openings come to nothing.
    expect(again && opener.before(again)[0]?.requests).toHaveLength(4 + 2);
    if (chain !== undefined) opener.carriedOut(chain);
    expect(again && opener.before(again)).toEqual([again]);
  });

  test("bound the shelf at zero and nothing else", () => {
    const [chain] = invoiceChains(invoiceOf("1", {})).chains;
    const opened = (chain && openings().before(chain)[0]?.requests) ?? [];
    const bounded = opened.filter((one) => one.kind === "open" && one.bound !== "none");
    expect(bounded).toEqual([
      { kind: "open", path: "shop/stock", asset: "SKU:85123A/0", side: "debit", bound: 0n },
    ]);
  });

  test("go before, in chains of their own, where there is no room", () => {
    const [chain] = invoiceChains(invoiceOf("1", {})).chains;
    const chains = (chain && openings(5).before(chain)) ?? [];
    expect(chains.map((one) => [one.chain, one.requests.length])).toEqual([
      ["1/accounts", 5],
      ["1/accounts", 3],
      ["1", 4],
    ]);
  });
});
