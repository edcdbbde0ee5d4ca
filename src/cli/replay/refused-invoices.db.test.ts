import { expect, test } from "vitest";
import { type ApiNode, apiNode } from "../testing/api-node.ts";
import { csv, fileOf } from "../testing/invoice-files.ts";
import { CREDIT_LINE_MINOR } from "./sell-order.ts";
import { readyFile, RETAIL_BOOK, sellFile } from "./replay.ts";
import { agrees, type BookedFile, isComplete } from "./report.ts";

const quiet = { stage: () => undefined, selling: () => undefined, verifying: () => undefined };

async function sellText({ longmen }: ApiNode, text: string): Promise<BookedFile> {
  const readied = await readyFile(fileOf(text));
  return sellFile({ longmen, readied, file: "invoices.csv", watcher: quiet });
}

async function allow({ longmen }: ApiNode, line: bigint): Promise<void> {
  const month = new Date().toISOString().slice(0, 7);
  const asked = { company: "17850", month, asset: "GBP/2", line };
  await longmen.book(RETAIL_BOOK).shop.credit.open(asked);
}

const walkIn = { invoice: "1", customer: "" } as const;
const discounted = [
  { invoice: "2", quantity: 6 },
  { invoice: "2", code: "D", quantity: -1, price: "5" },
] as const;

test("an invoice whose postings were taken back is named, not taken for sold, once its company may buy", async () => {
  const node = await apiNode();
  await sellText(node, csv(walkIn));
  await allow(node, 1n);
  const refused = await sellText(node, csv(walkIn, ...discounted));
  expect(refused.booking.refused.first).toMatchObject([
    { invoice: "2", code: "order.funds_short" },
  ]);
  expect([agrees(refused), isComplete(refused)]).toEqual([true, false]);

  await allow(node, CREDIT_LINE_MINOR);
  const again = await sellText(node, csv(walkIn, ...discounted));
  expect(again.booking.refused.first).toEqual([
    { invoice: "2", code: "cli.invoice_taken_back", id: "2" },
  ]);
  expect([agrees(again), isComplete(again), again.owedMinor]).toEqual([true, false, 0n]);
  expect(again.booking.orders.unended).toBe(0);
});

test("a cancellation between the lines of the invoice that it takes from is sold behind it", async () => {
  const node = await apiNode();
  const sold = await sellText(
    node,
    csv(
      { invoice: "1", quantity: 6 },
      { invoice: "C2", quantity: -2 },
      { invoice: "1", code: "B" },
    ),
  );
  expect(sold.booking.refused.first).toEqual([]);
  expect([agrees(sold), isComplete(sold), sold.booking.orders.refunded]).toEqual([true, true, 1]);
});
