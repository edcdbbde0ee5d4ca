import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addUpFile } from "./file-totals.ts";
import { csv, fileOf, HEADER, invoicesOf, rowText } from "../testing/invoice-files.ts";

/** What the booking's own route makes of the same file. */
async function byTheOtherRoute(path: string): Promise<object> {
  const invoices = await invoicesOf(path);
  const lines = invoices.flatMap((invoice) => invoice.lines);
  const sum = (amounts: readonly bigint[]) => amounts.reduce((one, other) => one + other, 0n);
  const amounts = lines.map(({ amountMinor }) => amountMinor);
  const grossMinor = sum(amounts.filter((amount) => amount > 0n));
  const netMinor = sum(amounts);
  const refundsMinor = grossMinor - netMinor;
  return {
    lines: lines.length,
    invoices: invoices.length,
    grossMinor,
    refundsMinor,
    netMinor,
  };
}

const digits = fc.integer({ min: -9_999_999, max: 9_999_999 }).map(String);
const price = fc
  .tuple(fc.integer({ min: -99, max: 9_999 }), fc.integer({ min: 0, max: 9_999 }))
  .map(([whole, behind]) => `${whole}.${behind}`);
const oddText = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "a", " ", ".", "é", "0", "-") }),
  fc.string({ maxLength: 50 }),
);
const quoted = oddText.map((text) => `"${text.replaceAll('"', '""')}"`);
const invoice = fc.constantFrom("1", "2", "C3", "A4", "C", "n.5", "茶", "-6", "x".repeat(41));
const day = fc.constantFrom(
  "2010-12-01 08:26:00",
  "2012-02-29 23:59:59",
  "1900-02-29 00:00:00",
  "2000-02-29 00:00:00",
  "2011-04-31 00:00:00",
);
const wish = fc.record({
  invoice: fc.oneof({ weight: 8, arbitrary: invoice }, oddText),
  code: fc.oneof({ weight: 8, arbitrary: fc.constantFrom("A", "a", "M") }, quoted),
  description: fc.oneof({ weight: 4, arbitrary: quoted }, oddText),
  quantity: fc.oneof({ weight: 8, arbitrary: digits }, oddText),
  at: fc.oneof({ weight: 8, arbitrary: day }, oddText),
  price: fc.oneof({ weight: 8, arbitrary: price }, digits, oddText),
  customer: fc.oneof({ weight: 8, arbitrary: fc.constantFrom("", "17850.0", "x") }, oddText),
});
const row = fc.oneof({ weight: 9, arbitrary: wish.map(rowText) }, oddText);

describe("the file's own sum", () => {
  test("is what the booking's route finds, whatever is in the file", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.boolean(), async (rows, gzip) => {
        const path = fileOf([HEADER, rowText({}), ...rows].join("\n"), { gzip });
        expect(await addUpFile(path)).toEqual(await byTheOtherRoute(path));
      }),
      { numRuns: 300 },
    );
  });

  test("leaves out whole invoices with a malformed row", async () => {
    const path = fileOf(csv({ invoice: "1" }, { invoice: "1", price: "x" }, { invoice: "2" }));
    expect(await addUpFile(path)).toMatchObject({ lines: 1, invoices: 1, netMinor: 1530n });
  });

  test("rounds each line by itself, a half away from zero", async () => {
    const half = { quantity: 1, price: "0.005" };
    const path = fileOf(csv(half, half, { ...half, quantity: -1 }));
    expect(await addUpFile(path)).toMatchObject({
      grossMinor: 2n,
      refundsMinor: 1n,
      netMinor: 1n,
    });
  });

  test("is the same over chunks of any size: a file of a hundred thousand lines", async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => rowText({ invoice: `${index}` }));
    const path = fileOf(`${HEADER}\n${lines.join("\n")}\n`);
    expect(await addUpFile(path)).toMatchObject({ invoices: 100_000, netMinor: 153_000_000n });
  });
});
