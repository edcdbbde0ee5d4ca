/**
 * What others wrote (a buyer's reason, an owner's note) as a terminal may show it. Signs that would move the cursor,
 * clear the screen, name the window or turn the reading direction are written out as in JSON: `\u001b`.
 */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const written = (sign: string): string =>
  `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;

/** Text of several lines: line ends and tabs stay. In JSON it says the same as before. */
export function shown(text: string): string {
  return text.replace(CONTROLS, (sign, at: number) => {
    const isLineEnd = sign === "\n" || (sign === "\r" && text[at + 1] === "\n");
    return isLineEnd || sign === "\t" ? sign : written(sign);
  });
}

/** A line, or a cell of a table: nothing in it begins another. */
export function shownInLine(text: string): string {
  return text.replace(CONTROLS, written);
}
