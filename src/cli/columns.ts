/** How many columns of a terminal a text takes: a Chinese sign or an emoji two, a mark upon a letter none. */
const PLAIN = /^[\x20-\x7e]*$/;
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const NONE = /[\p{M}\u200b-\u200d\u2060]/u;

export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const sign of text) columns += columnsOfSign(sign);
  return columns;
}

function columnsOfSign(sign: string): number {
  if (NONE.test(sign)) return 0;
  return WIDE.test(sign) ? 2 : 1;
}

/** Filled up with blanks: behind the text, or before it. */
export function filled(text: string, columns: number, at: "start" | "end"): string {
  const blanks = " ".repeat(Math.max(0, columns - columnsOf(text)));
  return at === "start" ? blanks + text : text + blanks;
}

/** As many of the signs as have room in so many columns. */
export function fitting(signs: readonly string[], columns: number): readonly string[] {
  let left = columns;
  const end = signs.findIndex((sign) => (left -= columnsOfSign(sign)) < 0);
  return end < 0 ? signs : signs.slice(0, end);
}
