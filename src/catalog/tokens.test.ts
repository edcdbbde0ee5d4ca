import { expect, test } from "vitest";
import { lexemesOf, queryTokens, textTokens } from "./tokens.ts";

const finds = (text: string, query: string): boolean => {
  const held = new Set(textTokens(text));
  const { tokens, begun } = queryTokens(query);
  const begins = (token: string) =>
    begun === undefined || token.startsWith(begun.beginning) || token === begun.whole;
  return tokens.every((token) => held.has(token)) && [...held].some(begins);
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
  ["LUNCH BAG RED", "lun"],
  ["LUNCH BAG RED", "red lunch b"],
  ["glass", "glas"],
  ["candlestick", "candle"],
  ["scented candles", "candles"],
  ["红色 lunch 袋", "袋 lun"],
])("%s is found by %s", (text, query) => {
  expect(finds(text, query)).toBe(true);
});

test.each([
  ["WHITE HANGING HEART", "white lamp"],
  ["红色陶瓷茶杯", "红瓷"],
  ["红色陶瓷茶杯", "杯子"],
  ["glass", "glas "],
  ["candlestick", "candle "],
  ["LUNCH BAG RED", "unch"],
  ["LUNCH BAG RED", "lun red"],
  ["红色 lunch 袋", "lun 袋"],
])("%s is not found by %s", (text, query) => {
  expect(finds(text, query)).toBe(false);
});

test("a long text asks for a bounded number of tokens", () => {
  expect(queryTokens("词语".repeat(1_000)).tokens.length).toBeLessThanOrEqual(30);
});

test("a long word of rare letters is cut between them", () => {
  const word = "a" + "\u{10330}".repeat(40);
  expect(queryTokens(word).begun?.beginning.isWellFormed()).toBe(true);
  expect(textTokens(word).every((token) => token.isWellFormed())).toBe(true);
});

test("lexemes are quoted, and attributes are no words", () => {
  const { begun } = queryTokens("lun");
  const tokens = ["1:it=o'neil", "1:a=b\\c"];
  expect(lexemesOf({ tokens, begun })).toBe("'=1:it=o''neil' & '=1:a=b\\\\c' & 'lun':*");
});
