/** Both routes read every odd cell alike: sound for both, or malformed for both. */
import { describe, expect, test } from "vitest";
import { addUpFile } from "./file-totals.ts";
import { isFault } from "./read-rows.ts";
import { csv, fileOf, rowsOf, type RowWish } from "../testing/invoice-files.ts";

const CELLS = ["invoice", "code", "description", "quantity", "at", "price", "customer"] as const;
type Cell = (typeof CELLS)[number];

const BLANKS = {
  "a space": " ",
  NEL: "\u0085",
  NBSP: "\u00a0",
  "an ogham space": "\u1680",
  "an en quad": "\u2000",
  "a hair space": "\u200a",
  "a zero-width space": "\u200b",
  "a zero-width non-joiner": "\u200c",
  "a zero-width joiner": "\u200d",
  "a line separator": "\u2028",
  "a paragraph separator": "\u2029",
  "a narrow NBSP": "\u202f",
  "a mathematical space": "\u205f",
  "a word joiner": "\u2060",
  "an ideographic space": "\u3000",
  "a byte-order mark": "\ufeff",
};
const CONTROLS = { NUL: "\u0000", "a tab": "\t", "an escape": "\u001b", DEL: "\u007f" };

const sound: Readonly<Record<Cell, string>> = {
  invoice: "7",
  code: "85123A",
  description: "LANTERN",
  quantity: "6",
  at: "2010-12-01 08:26:00",
  price: "2.55",
  customer: "17850",
};

/** The code of the row's fault, or "sound"; both routes must say so, in plain lines and in quotes. */
async function judged(cell: Cell, text: string): Promise<string> {
  const verdicts = new Set<string>();
  for (const quote of ["", '"']) {
    const wish: RowWish = { ...sound, [cell]: `${quote}${text}${quote}` };
    // Quotes elsewhere in the line send it another way.
    for (const line of [
      wish,
      { ...wish, [cell === "description" ? "code" : "description"]: '"Q"' },
    ]) {
      const path = fileOf(csv({ invoice: "1" }, line, { invoice: "3" }));
      const faults = (await rowsOf(path)).filter(isFault);
      const { invoices } = await addUpFile(path);
      expect(invoices, `the second route on ${JSON.stringify(wish)}`).toBe(3 - faults.length);
      verdicts.add(faults[0]?.error.code ?? "sound");
    }
  }
  expect([...verdicts]).toHaveLength(1);
  return [...verdicts][0] ?? "";
}

const NAMES = [
  ["invoice", "cli.invoice_number_malformed"],
  ["code", "cli.stock_code_malformed"],
  ["customer", "cli.customer_malformed"],
] as const;

describe.each(NAMES)("a name, here the %s,", (cell, code) => {
  test.each(Object.entries(BLANKS))("is none of nothing but %s", async (_, blank) => {
    expect(await judged(cell, blank)).toBe(code);
    expect(await judged(cell, blank + blank)).toBe(code);
    expect(await judged(cell, ` ${blank}`)).toBe(code);
  });

  test.each(Object.entries(BLANKS))("may have %s in it, and keeps it", async (_, blank) => {
    expect(await judged(cell, `x${blank}`)).toBe("sound");
    expect(await judged(cell, `${blank}x`)).toBe("sound");
  });

  test.each(Object.entries(CONTROLS))("has no %s", async (_, control) => {
    expect(await judged(cell, `x${control}x`)).toBe(code);
    expect(await judged(cell, control)).toBe(code);
  });

  test.each(["茶", "🫖", "é", "\ufffd", "a\u0301", "x".repeat(40), "é".repeat(6)])(
    "is any text that can be seen: %j",
    async (text) => expect(await judged(cell, text)).toBe("sound"),
  );

  test.each(["x".repeat(41), "é".repeat(7), "🫖".repeat(4)])(
    "is no longer than the books take: %j",
    async (text) => expect(await judged(cell, text)).toBe(code),
  );
});

const FIGURES = [
  ["quantity", "cli.quantity_malformed"],
  ["at", "cli.date_malformed"],
  ["price", "cli.price_malformed"],
] as const;

describe.each(FIGURES)("figures, here the %s,", (cell, code) => {
  test.each(Object.entries({ ...BLANKS, ...CONTROLS }))(
    "stand alone, without %s",
    async (_, odd) => {
      const text = sound[cell];
      for (const cellText of [odd, text + odd, odd + text, text[0] + odd + text.slice(1)]) {
        expect(await judged(cell, cellText)).toBe(code);
      }
    },
  );

  test.each(["\uff16", "\u0666", "\u22126", "6\u0308"])("are ASCII: not %j", async (text) => {
    expect(await judged(cell, text)).toBe(code);
  });
});

test.each(Object.entries({ ...BLANKS, ...CONTROLS }))(
  "a column that is not needed may hold %s",
  async (_, odd) => {
    expect(await judged("description", odd)).toBe("sound");
    expect(await judged("description", `A${odd}B`)).toBe("sound");
  },
);

test("one customer of nothing but NBSP costs its invoice in both sums", async () => {
  const path = fileOf(
    csv({ invoice: "1" }, { invoice: "2", customer: "\u00a0" }, { invoice: "3", quantity: 2 }),
  );
  expect((await rowsOf(path)).filter(isFault)).toHaveLength(1);
  expect(await addUpFile(path)).toMatchObject({ invoices: 2, lines: 2, netMinor: 2040n });
});
