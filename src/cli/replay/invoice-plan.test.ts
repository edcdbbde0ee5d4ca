import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isId } from "../../base/index.ts";
import type { PostedTransfer } from "../../ledger/index.ts";
import { csv, fileOf, invoicesOf, lineOf, type RowWish } from "../testing/invoice-files.ts";
import { invoicePlan, type InvoicePlan, undoChain } from "./invoice-plan.ts";
import { kindOfInvoice } from "./invoice.ts";
import { openings } from "./openings.ts";
import { orderPlaces } from "./order-places.ts";

/** What the invoices of a file become. */
async function plansOf(...rows: readonly RowWish[]): Promise<readonly InvoicePlan[]> {
  const invoices = await invoicesOf(fileOf(csv(...rows)));
  return invoices.map((invoice) => invoicePlan(invoice));
}

function transfersOf({ chains }: InvoicePlan): readonly PostedTransfer[] {
  return chains.flatMap(({ requests }) => requests);
}

function shown({ id, asset, debit, credit, amount }: PostedTransfer): string {
  return `${id}: ${amount} ${asset} ${debit} > ${credit}`;
}

describe("an invoice", () => {
  test("is an order at its own prices, paid by the company's credit", async () => {
    const [plan] = await plansOf({}, { code: "POST", quantity: 1, price: "18" });
    expect(plan?.chains).toEqual([]);
    const reason = "invoice 536365 of 2010-12-01 08:26";
    expect(plan?.orders).toEqual([
      {
        ...{ order: "536365", buyer: "17850", company: "17850", totalMinor: 3330n },
        quote: expect.stringMatching(/^536365:[0-9a-f]{16}$/) as string,
        lines: [
          { sku: "85123A", quantity: 6n, agreed: { amount: 255n, per: 1n, reason } },
          { sku: "POST", quantity: 1n, agreed: { amount: 1_800n, per: 1n, reason } },
        ],
        // One hold; that and the payment; goods and revenue.
        transferCount: 5,
      },
    ]);
  });

  test("of a walk-in is paid in cash, and another content has another quote", async () => {
    const [plan] = await plansOf({ customer: "" });
    expect(plan?.orders[0]).toMatchObject({ buyer: "walk-in", company: undefined });
    const quotes = new Set<string | undefined>([plan?.orders[0]?.quote]);
    for (const wish of [{ quantity: 7 }, { price: "2.56" }, { at: "2010-12-01 08:27:00" }]) {
      const [other] = await plansOf({ customer: "", ...wish });
      quotes.add(other?.orders[0]?.quote);
    }
    expect(quotes.size).toBe(4);
  });

  test("that cancels refunds its sale, and a posting names it, so that it can't come back twice", async () => {
    const [, plan] = await plansOf({ quantity: 6 }, { invoice: "C536379", quantity: -2 });
    expect(plan?.orders).toEqual([]);
    expect(plan?.refunds).toEqual([
      {
        ...{ refund: "C536379:536365", order: "536365", amountMinor: 510n, transferCount: 2 },
        ...{ lines: [{ line: 0, quantity: 2n }], reason: "invoice C536379" },
      },
    ]);
    const [posting, ...others] = plan === undefined ? [] : transfersOf(plan);
    expect(others).toEqual([]);
    expect(posting).toMatchObject({
      ...{ id: "C536379/1", amount: 0n, reference: "536365/1", code: 2 },
      metadata: '{"refunds":[["536365",0,2]]}',
    });
  });

  test("that cancels what stands on two orders, or twice on one, refunds each once", async () => {
    const [, , plan] = await plansOf(
      { invoice: "1", quantity: 3 },
      { invoice: "2", quantity: 2 },
      { invoice: "C3", quantity: -1 },
      { invoice: "C3", quantity: -3 },
    );
    expect(plan?.refunds.map(({ refund, lines }) => [refund, lines])).toEqual([
      ["C3:2", [{ line: 0, quantity: 2n }]],
      ["C3:1", [{ line: 0, quantity: 2n }]],
    ]);
  });

  test("that adjusts a bad debt is a posting, and moves neither goods nor cash", async () => {
    const debt = { code: "B", quantity: 1, price: "-11062.06", customer: "" };
    const [plan] = await plansOf({ ...debt, invoice: "A563186" });
    expect(plan && transfersOf(plan).map(shown)).toEqual([
      "A563186/1: 1106206 GBP/2 bad-debt > walk-in/corrections",
    ]);
    expect(plan).toMatchObject({ orders: [], refunds: [], lineKinds: ["adjustment"] });
  });

  test("of several customers is an order for each, and one longer than an order is several", async () => {
    const [plan] = await plansOf({}, { customer: "" }, { quantity: 1 });
    const orders = plan?.orders.map(({ order, buyer, lines }) => [order, buyer, lines.length]);
    expect(orders).toEqual([
      ["536365", "17850", 2],
      ["536365+2", "walk-in", 1],
    ]);
    const places = orderPlaces("7", 2);
    const next = () => Object.values(places.next("1")).join(" ");
    expect([next(), next(), next()]).toEqual(["7 0", "7 1", "7+2 0"]);
  });

  test("has a place for each of its lines: in one order, or in one posting by its own name", async () => {
    const wish = fc.record({
      invoice: fc.constantFrom("1", "C2", "A3", "4", "C5"),
      quantity: fc.integer({ min: -9, max: 9 }),
      price: fc.constantFrom("0", "2.55", "0.005", "-1.5", "2"),
      code: fc.constantFrom("A", "a", "POST"),
      customer: fc.constantFrom("", "1", "2"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 20 }), async (rows) => {
        for (const invoice of await invoicesOf(fileOf(csv(...rows)))) {
          const plan = invoicePlan(invoice);
          const inOrders = plan.orders.flatMap(({ lines }) => lines).length;
          const posted = new Set(transfersOf(plan).map(({ id }) => id.replace("/goods", "")));
          expect(inOrders + posted.size).toBe(invoice.lines.length);
          // Orders and refunds with the postings beside them come to what the rows say.
          const net = invoice.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
          expect(netOf(plan)).toBe(net);
          for (const { id, amount } of transfersOf(plan)) {
            expect([isId(id), amount >= 0n]).toEqual([true, true]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** What customers owe more for it. */
function netOf(plan: InvoicePlan): bigint {
  let net = plan.orders.reduce((sum, { totalMinor }) => sum + totalMinor, 0n);
  for (const { amountMinor } of plan.refunds) net -= amountMinor;
  for (const { asset, debit, amount } of transfersOf(plan)) {
    if (asset !== "GBP/2") continue;
    net += /^(company|walk-in|shop\/cash)/.test(debit) ? amount : -amount;
  }
  return net;
}

/** An invoice of nothing but postings: cancellations without a sale. */
function cancellation(...codes: readonly string[]) {
  const lines = codes.map((code, index) => lineOf({ code, quantity: -2n, ordinal: index + 1 }));
  return { number: "C7", kind: kindOfInvoice("C7", -1n), lines } as const;
}

describe("the postings of an invoice too long for one chain", () => {
  const invoice = cancellation("E", "F", "G", "H", "POST");

  test("are several, cut between its lines", () => {
    const { chains, transferCount } = invoicePlan(invoice, 4);
    expect(transferCount).toBe(9);
    expect(chains.map(({ chain, requests }) => [chain, requests.length])).toEqual([
      ["C7", 4],
      ["C7#2", 4],
      ["C7#3", 1],
    ]);
  });

  test("are taken back the other way round, each transfer by name", () => {
    const [first] = invoicePlan(invoice, 4).chains;
    const undo = first && undoChain(first);
    expect(undo?.chain).toBe("C7/undo");
    expect(undo?.requests[0]).toMatchObject({
      ...{ id: "C7/2/undo", reference: "C7/2" },
      ...{ debit: "company/17850/corrections", credit: "returns/before-sample" },
    });
    expect(undo?.requests.map(({ id }) => id)).toEqual(
      first?.requests.map(({ id }) => `${id}/undo`).toReversed(),
    );
  });
});

describe("openings", () => {
  const [chain] = invoicePlan(cancellation("85123A")).chains;
  const [again] = invoicePlan({ ...cancellation("85123A"), number: "C8" }).chains;

  test("stand in front of chains until one that needs them is answered", () => {
    const opener = openings();
    const opened = (chain && opener.before(chain)[0]?.requests) ?? [];
    const paths = opened.flatMap((one) =>
      one.kind === "open" ? [`${one.path} ${one.asset}`] : [],
    );
    expect(paths).toContain("company/17850/corrections GBP/2");
    expect(paths).toContain("returns/before-sample SKU:85123A/0");
    // The first may arrive later, or be refused: then its openings come to nothing.
    expect(again && opener.before(again)[0]?.requests).toHaveLength(opened.length);
    if (chain !== undefined) opener.carriedOut(chain);
    expect(again && opener.before(again)).toEqual([again]);
  });

  test("bound the shelf at zero, as orders do", () => {
    const opened = (chain && openings().before(chain)[0]?.requests) ?? [];
    expect(opened).toContainEqual({
      ...{ kind: "open", path: "shop/stock", asset: "SKU:85123A/0", side: "credit" },
    });
    expect(opened).toContainEqual({ kind: "asset", asset: "SKU:85123A/0", refusals: "window" });
  });

  test("go before, in chains of their own, where there is no room", () => {
    const chains = (chain && openings(9).before(chain)) ?? [];
    expect(chains.map((one) => one.chain)).toEqual(["C7/accounts", "C7/accounts", "C7"]);
    expect(chains.at(-1)).toBe(chain);
  });
});
