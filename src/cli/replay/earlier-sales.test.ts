import fc from "fast-check";
import { expect, test } from "vitest";
import { csv, fileOf, invoicesOf, type RowWish } from "../testing/invoice-files.ts";
import { invoiceChains } from "./invoice-chain.ts";

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

/** Each invoice's chains, as text. */
async function chainsOf(text: string): Promise<ReadonlyMap<string, string>> {
  const chains = new Map<string, string>();
  for (const invoice of await invoicesOf(fileOf(text))) {
    if (invoice.waitsFor !== undefined) continue;
    const { chains: own } = invoiceChains(invoice);
    chains.set(
      invoice.number,
      JSON.stringify(own, (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      ),
    );
  }
  return chains;
}

test("what is booked of a file with malformed rows is the same when they are mended", async () => {
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
      const sound = await chainsOf(csv(...rows));
      const booked = await chainsOf(csv(...worse));
      waitingCount += sound.size - booked.size;
      for (const [number, chains] of booked) expect(chains).toBe(sound.get(number));
    }),
    { numRuns: 150 },
  );
  expect(waitingCount).toBeGreaterThan(0);
});
