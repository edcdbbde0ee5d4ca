import { expect, test } from "vitest";
import { queryTokens, textTokens } from "./tokens.ts";

const finds = (text: string, query: string): boolean => {
  const held = new Set(textTokens(text));
  return queryTokens(query).every((token) => held.has(token));
};

test.each([
  ["WHITE HANGING HEART T-LIGHT HOLDER", "hanging hearts"],
  ["Scented candles", "CANDLE"],
  ["红色陶瓷茶杯", "茶杯"],
  ["红色陶瓷茶杯", "红"],
  ["红色陶瓷茶杯", "陶瓷 红色"],
  ["iPhone15手机壳", "iphone15 手机"],
  ["ＡＢＣ全角", "abc"],
  ["大きいカップ", "カップ"],
  ["Café crème", "café"],
])("%s is found by %s", (text, query) => {
  expect(finds(text, query)).toBe(true);
});

test.each([
  ["WHITE HANGING HEART", "white lamp"],
  ["红色陶瓷茶杯", "红瓷"],
  ["红色陶瓷茶杯", "杯子"],
  ["glass", "glas"],
  ["candlestick", "candle"],
])("%s is not found by %s", (text, query) => {
  expect(finds(text, query)).toBe(false);
});

test("a long text asks for a bounded number of tokens", () => {
  expect(queryTokens("词语".repeat(1_000)).length).toBeLessThanOrEqual(30);
});
