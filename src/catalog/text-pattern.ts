/**
 * Patterns that authors give for texts: a small part of regular expressions whose worst case is known
 * before they run. A pattern is a row of pieces (a character, a class, `\d`, `\w`, `.`), each with a
 * count; no groups, alternatives, look-arounds or references. It means the whole text.
 */
const PIECE =
  /(?:\\[dw.\\+*?()[\]{}|^$/-]|\[\^?(?:\\[dw\\\]^-]|[^\]\\[])+\]|[^\\[\](){}|^$*+?])(?:([*+?])|\{(\d{1,3})(?:(,)(\d{1,3})?)?\})?/gu;
const PATTERN_MAX_LENGTH = 200;
/** Ways to cut a text into the pieces: some milliseconds at worst. */
const WAYS_MAX = 1_000_000;

/** Why it can't be used, or undefined. */
export function patternProblem(pattern: string, textMax: number): string | undefined {
  if (pattern.length > PATTERN_MAX_LENGTH) return `at most ${PATTERN_MAX_LENGTH} characters`;
  let ways = 1;
  let end = 0;
  for (const piece of pattern.matchAll(PIECE)) {
    if (piece.index !== end) break;
    end += piece[0].length;
    ways *= waysOf(piece, textMax);
  }
  if (end !== pattern.length) return "characters, classes and counts only, without groups or |";
  if (ways > WAYS_MAX) return "simpler: fewer open counts, or a shorter maxLength";
  try {
    void new RegExp(whole(pattern), "u");
  } catch {
    return "a regular expression";
  }
  return undefined;
}

function waysOf(piece: RegExpExecArray, textMax: number): number {
  const [, sign, low, comma, high] = piece;
  if (sign === "?") return 2;
  if (sign !== undefined) return textMax;
  if (low === undefined || comma === undefined) return 1;
  return Math.max(
    1,
    Math.min(textMax, high === undefined ? textMax : Number(high)) - Number(low) + 1,
  );
}

/** As a schema has it. */
export const whole = (pattern: string): string => `^(?:${pattern})$`;

const compiled = new Map<string, RegExp>();
const COMPILED_MAX = 1_000;

/** Does the whole text fit? */
export function fits(pattern: string, text: string): boolean {
  let found = compiled.get(pattern);
  if (found === undefined) {
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    found = new RegExp(whole(pattern), "u");
    compiled.set(pattern, found);
  }
  return found.test(text);
}
