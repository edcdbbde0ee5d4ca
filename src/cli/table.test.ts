import { expect, test } from "vitest";
import { amountText } from "./amount-text.ts";
import { gatherPages } from "./gather-pages.ts";
import { cut, table } from "./table.ts";

const columns = [
  { title: "ACCOUNT", least: 16 },
  { title: "ASSET", least: 12 },
  { title: "AVAILABLE", align: "right" },
] as const;

test("a table is as wide as what stands in it", () => {
  expect(table(columns, [["bank", "GBP/2", "1,234.50"]])).toBe(
    "ACCOUNT  ASSET  AVAILABLE\nbank     GBP/2   1,234.50",
  );
});

test("whatever the names, a table fits 80 columns and no amount is cut", () => {
  const path = `customer/${"x".repeat(180)}/wallet`;
  const asset = `SKU:${"A".repeat(59)}/18`;
  const amount = amountText("GBP/2", -(2n ** 63n));
  const lines = table(columns, [
    [path, asset, amount],
    ["bank", "GBP/2", "0.00"],
  ]).split("\n");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[1]).toContain(amount);
  expect(lines[1]).toMatch(/^customer\/x+…x+\/wallet {2}SKU:A+…A+\/18 /);
});

test("what is cut keeps both its ends", () => {
  expect(cut("shop/stock", 10)).toBe("shop/stock");
  expect(cut("shop/stock", 7)).toBe("sho…ock");
  expect(cut("shop/stock", 1)).toBe("…");
});

test("a Chinese sign takes two columns, in tables and where a text is cut", () => {
  const goods = [{ title: "code" }, { title: "name", least: 8 }, { title: "SKUs" }];
  const rows = [
    ["oolong", "Oolong 乌龙茶", "TIN"],
    ["mug", "Mug", "MUG"],
  ];
  expect(table(goods, rows).split("\n")).toEqual([
    "code    name           SKUs",
    "oolong  Oolong 乌龙茶  TIN",
    "mug     Mug            MUG",
  ]);
  expect(table(goods, rows, 24).split("\n")[1]).toBe("oolong  Oolon…龙茶  TIN");
  expect(cut("乌龙茶", 5)).toBe("乌…茶");
  expect(cut("乌龙茶", 4)).toBe("乌…");
});

test("thousands are marked before the point only", () => {
  expect(amountText("XAU/6", 1_000_123_456n)).toBe("1,000.123456");
  expect(amountText("GBP/2", -123n)).toBe("-1.23");
  expect(amountText("SKU:X/0", 1_000n)).toBe("1,000");
});

test("pages are gathered up to the rows asked for, empty ones on the way too", async () => {
  const pages = [[1, 2], [], [3], [4, 5]];
  const asked: unknown[] = [];
  const read = (page: { readonly limit: number; readonly cursor: string | undefined }) => {
    asked.push(page);
    const at = Number(page.cursor ?? 0);
    const items = (pages[at] ?? []).slice(0, page.limit);
    return Promise.resolve({ items, cursor: at < 3 ? String(at + 1) : undefined });
  };
  const gathered = async (rows: number, after?: string) => {
    const all = [];
    let end: string | undefined;
    for await (const { items, cursor } of gatherPages({ rows, after }, read)) {
      all.push(...items);
      end = cursor;
    }
    return { all, end };
  };
  expect(await gathered(3)).toEqual({ all: [1, 2, 3], end: "3" });
  expect(asked).toEqual([
    { limit: 3, cursor: undefined },
    { limit: 1, cursor: "1" },
    { limit: 1, cursor: "2" },
  ]);
  expect(await gathered(100)).toEqual({ all: [1, 2, 3, 4, 5], end: undefined });
  expect(await gathered(2, "3")).toEqual({ all: [4, 5], end: undefined });
});
