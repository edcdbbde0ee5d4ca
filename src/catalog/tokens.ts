/**
 * What a product is found by. Words of letters and digits in lower case, without the s of a plural; of
 * Chinese, Japanese and Korean writing each character and each pair of neighbours, since it has no blanks
 * to cut at; codes and SKUs whole; attributes as `key=value`. A search asks for all tokens of its text.
 * Each token begins with the book's number, so that one index serves all books. The last word of a text that was
 * typed is perhaps the beginning of one; once a blank stands behind it, it is whole.
 */
import type { Product } from "./product.ts";

const WORD = /[\p{L}\p{N}]+/gu;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu;
const TOKEN_MAX_LENGTH = 60;
export const TOKENS_MAX = 300;
const QUERY_TOKENS_MAX = 30;

const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

/** `candles` and `candle` are one word; `glass` keeps its s. */
function singular(word: string): string {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

/** Never into the middle of a character: half of one can't be stored. */
const cut = (word: string): string => word.slice(0, TOKEN_MAX_LENGTH).toWellFormed();

function wordsIn(text: string): readonly string[] {
  const rest = folded(text).replaceAll(CJK, " ");
  return [...rest.matchAll(WORD)].map(([word]) => cut(singular(word)));
}

function runsIn(text: string): readonly string[][] {
  return [...folded(text).matchAll(CJK)].map(([run]) => Array.from(run));
}

const pairsOf = (run: readonly string[]): string[] =>
  run.slice(1).map((character, index) => `${run[index] ?? ""}${character}`);

/** What an index holds of a text. */
export function textTokens(text: string): readonly string[] {
  return [...wordsIn(text), ...runsIn(text).flatMap((run) => [...run, ...pairsOf(run)])];
}

export interface Asked {
  /** Of a run of several characters its pairs, which are rarer. */
  readonly tokens: readonly string[];
  readonly begun?: Begun | undefined;
}

/** What a word begins with that is being typed, and what it is if it is whole: of `candles` it is `candle`. */
export interface Begun {
  readonly beginning: string;
  readonly whole: string;
}

const LAST_WORD = /[\p{L}\p{N}]+$/u;

/** What a search asks for. */
export function queryTokens(text: string): Asked {
  // Put aside as it was typed, before its s is cut off.
  const typed = folded(text).replaceAll(CJK, " ");
  const last = LAST_WORD.exec(typed)?.[0];
  const rest = last === undefined ? typed : typed.replace(LAST_WORD, "");
  const runs = runsIn(text).flatMap((run) => (run.length === 1 ? run : pairsOf(run)));
  const tokens = [...new Set([...wordsIn(rest), ...runs])].slice(0, QUERY_TOKENS_MAX);
  if (last === undefined) return { tokens };
  return { tokens, begun: { beginning: cut(last), whole: cut(singular(last)) } };
}

export const attributeToken = (key: string, value: unknown): string =>
  cut(`${key}=${folded(String(value))}`);

/** As `catalog_found_by` writes a token. */
export const lexemeOf = (token: string): string => {
  const written = token.includes("=") ? `=${token}` : token;
  return `'${written.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
};

/** All of these, and a word that begins like that, as PostgreSQL asks for lexemes. */
export function lexemesOf({ tokens, begun }: Asked): string {
  const all = tokens.map(lexemeOf);
  if (begun !== undefined) {
    const { beginning, whole } = begun;
    const begins = `${lexemeOf(beginning)}:*`;
    all.push(whole === beginning ? begins : `(${begins} | ${lexemeOf(whole)})`);
  }
  return all.join(" & ");
}

export const inBook = (number: number, token: string): string => `${number}:${token}`;

/** All tokens of a product, the most telling first where there are too many. */
export function productTokens(number: number, code: string, product: Product): readonly string[] {
  const { name, description, values, variants, type } = product;
  const attributes = [values, ...variants.map((variant) => variant.values)].flatMap((own) =>
    Object.entries(own).map(([key, value]) => attributeToken(key, value)),
  );
  const codes = [code, ...variants.map(({ sku }) => sku)];
  const tokens = new Set([
    ...codes.map((one) => `#${folded(one)}`),
    ...textTokens(name.en),
    ...textTokens(name.zh ?? ""),
    ...codes.flatMap(wordsIn),
    `type=${folded(type)}`,
    ...attributes,
    ...textTokens(description?.en ?? ""),
    ...textTokens(description?.zh ?? ""),
  ]);
  // A line end parts them on their way into the table; no value holds one.
  return [...tokens].slice(0, TOKENS_MAX).map((token) => inBook(number, token));
}
