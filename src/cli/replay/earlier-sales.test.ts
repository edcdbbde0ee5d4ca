import fc from "fast-check";
import { expect, test } from "vitest";
import { csv, fileOf, invoicesOf, type RowWish } from "../testing/invoice-files.ts";
import { invoicePlan } from "./invoice-plan.ts";

const LONG = "x".repeat(50);

/** What may be wrong with a row; all of it is mended by giving the row as it was. */
const breaks: readonly ((wish: RowWish) => RowWish | string)[] = [
  (wish) => ({ ...wish, at: "2010-12-07 11.48:00" }),
  (wish) => ({ ...wish, quantity: "six" }),
  (wish) => ({ ...wish, price: "2,55" }),
  (wish) => ({ ...wish, price: "x" }),
  (wish) => ({ ...wish, code: LONG }),
  (wish) => ({ ...wish, customer: LONG }),
  (wish) => ({ ...wish, customer: LONG, code: "", price: "x", at: "x", quantity: "" }),
  (wish) => ({ ...wish, description: '"LANTERN' }),
  (wish) => ({ ...wish, description: "LANTERN, RED" }),
  (wish) => ({ ...wish, invoice: "" }),
  (wish) => ({ ...wish, invoice: LONG }),
  ({ invoice = "" }) => invoice,
];

const quantity = fc.constantFrom(1, 2, -1, -2);
const line = fc.record({
  code: fc.constantFrom("A", "B"),
  customer: fc.constantFrom("", "1", "2"),
  price: fc.constantFrom("1", "2", "0"),
  quantity,
});
const wish = fc
  .tuple(fc.constantFrom("", "", "C", "C", "A"), fc.array(line, { minLength: 1, maxLength: 3 }))
  .map(([letter, lines]) => ({ letter, lines }));
const shop = fc.array(wish, { minLength: 1, maxLength: 9 });
const broken = fc.array(
  fc.record({ at: fc.nat({ max: 26 }), how: fc.nat({ max: breaks.length - 1 }) }),
  { minLength: 1, maxLength: 3 },
);

/** What each invoice becomes, as text. */
async function plansOf(text: string): Promise<ReadonlyMap<string, string>> {
  const plans = new Map<string, string>();
  for (const invoice of await invoicesOf(fileOf(text))) {
    if (invoice.waitsFor !== undefined) continue;
    const own = invoicePlan(invoice);
    plans.set(
      invoice.number,
      JSON.stringify(own, (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      ),
    );
  }
  return plans;
}

test("what is sold of a file with malformed rows is the same when they are mended", async () => {
  let waitingCount = 0;
  await fc.assert(
    fc.asyncProperty(shop, broken, async (invoices, faults) => {
      const rows: RowWish[] = invoices.flatMap(({ letter, lines }, at) =>
        lines.map((one) => ({ ...one, invoice: `${letter}${at + 1}` })),
      );
      const worse: (RowWish | string)[] = [...rows];
      for (const { at, how } of faults) {
        const place = at % rows.length;
        worse[place] = breaks[how]?.(rows[place] ?? {}) ?? "";
      }
      const sound = await plansOf(csv(...rows));
      const booked = await plansOf(csv(...worse));
      waitingCount += sound.size - booked.size;
      for (const [number, plan] of booked) expect(plan).toBe(sound.get(number));
    }),
    { numRuns: 150 },
  );
  expect(waitingCount).toBeGreaterThan(0);
});

/** `line of order × units for pence` of all that comes back. */
async function takenOf(...rows: readonly RowWish[]): Promise<readonly string[]> {
  const invoices = await invoicesOf(fileOf(csv(...rows)));
  return invoices
    .flatMap(({ lines }) => lines.flatMap(({ taken = [] }) => taken))
    .map(
      ({ order, line, quantity, amountMinor }) => `${order}[${line}] × ${quantity}: ${amountMinor}`,
    );
}

test("units come back from the sale that is meant, then from others, and none of them twice", async () => {
  const sales = [
    { invoice: "1", quantity: 3 },
    { invoice: "2", quantity: 2, price: "2.00" },
    { invoice: "3", quantity: 2 },
  ];
  expect(await takenOf(...sales, { invoice: "C4", quantity: -1 })).toEqual(["3[0] × 1: 255"]);
  const back = [
    { invoice: "C4", quantity: -3 },
    { invoice: "C5", quantity: -3 },
    { invoice: "C6", quantity: -9 },
  ];
  expect(await takenOf(...sales, ...back)).toEqual([
    "3[0] × 2: 510",
    "1[0] × 1: 255",
    "1[0] × 2: 510",
    "2[0] × 1: 200",
    "2[0] × 1: 200",
  ]);
});

test("what is paid for a unit of a line is rounded as orders round it, and sums to the line", async () => {
  const rows = [
    { invoice: "1", quantity: 3, price: "0.335" },
    { invoice: "C2", quantity: -1, price: "0.335" },
    { invoice: "C3", quantity: -1, price: "0.335" },
    { invoice: "C4", quantity: -1, price: "0.335" },
  ];
  expect(await takenOf(...rows)).toEqual(["1[0] × 1: 33", "1[0] × 1: 34", "1[0] × 1: 34"]);
});

test("a return waits for a malformed line that may bring back the same units", async () => {
  const rows = [
    { invoice: "1" },
    { invoice: "C2", quantity: "-x" },
    { invoice: "C3", quantity: -1 },
    { invoice: "C4", quantity: -1, code: "B" },
  ];
  const invoices = await invoicesOf(fileOf(csv(...rows)));
  expect(invoices.map(({ number, waitsFor }) => [number, waitsFor])).toEqual([
    ["1", undefined],
    ["C3", 3],
    ["C4", undefined],
  ]);
});
