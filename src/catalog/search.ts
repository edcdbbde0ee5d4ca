/** Products by words, attributes and state, a page at a time, newest first. */
import { fail, type Instant } from "../base/index.ts";
import {
  findByLexemes,
  listInState,
  listProducts,
  lookAtNewest,
  lookAtNewestInState,
} from "./catalog.sql.ts";
import { catalogErrors } from "./catalog.errors.ts";
import type { Values } from "./attribute.ts";
import { effectiveAt, shelfOf, STATES } from "./items.ts";
import { type BookMemory, productOf } from "./memory.ts";
import type { Product, ProductState } from "./product.ts";
import { type CatalogRoom, cursorAt, pageLimit, placeIn } from "./room.ts";
import { headsOf } from "./save-item.ts";
import { type Asked, attributeToken, inBook, lexemesOf, queryTokens } from "./tokens.ts";

export interface Search {
  /**
   * English words (whole, without the plural's s; the last one may be the beginning of one) and Chinese; all of them
   * must be there.
   */
  readonly text?: string | undefined;
  readonly type?: string | undefined;
  /** A product code or SKU, exactly, in any case. */
  readonly code?: string | undefined;
  /** Of the product or one of its variants. */
  readonly attributes?: Values | undefined;
  /**
   * `onSale` (default): what a buyer can have now. Else by the newest version's state, for who keeps the
   * catalogue: `draft`, `published`, `withdrawn`, `any`.
   */
  readonly state?: ProductState | "onSale" | "any" | undefined;
  /** 1 to 100; 20 when left out. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Hit {
  readonly code: string;
  /** As it is sold now, or as it was last saved. */
  readonly version: number;
  readonly state: ProductState;
  readonly product: Product;
}

export interface HitPage {
  readonly items: readonly Hit[];
  /** There may be more behind it. */
  readonly cursor?: string | undefined;
}

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;
const TEXT_MAX = 200;
const FILTERS_MAX = 20;
/** Looks for a page of what is on sale, where much of what was found is not. */
const LOOKS_MAX = 5;
const FIRST = 2n ** 62n;
const states = ["onSale", "any", "draft", "published", "withdrawn"];

/** See `Catalog.search`. */
export async function search(room: CatalogRoom, book: string, asked: Search): Promise<HitPage> {
  const { state = "onSale", cursor } = asked;
  if (!states.includes(state)) {
    throw fail(catalogErrors, "filter_malformed", { field: "state", expected: states.join(", ") });
  }
  const limit = pageLimit(asked.limit ?? LIMIT_DEFAULT, LIMIT_MAX);
  let before = placeIn("products", cursor, FIRST);
  const memory = await room.memory.current(book);
  const words = wordsOf(memory, asked);
  const at = room.time.now();
  const items: Hit[] = [];
  for (let look = 1; look <= LOOKS_MAX; look++) {
    const rows = await found(room, { memory, words, state, at, before, limit });
    const hits = await hitsOf(room, memory, rows, state === "onSale" ? at : undefined);
    for (const row of rows) {
      const hit = hits.get(row.code);
      if (hit !== undefined) items.push(hit);
      before = row.number;
      if (items.length === limit) return { items, cursor: cursorAt("products", before) };
    }
    if (rows.length < limit) return { items };
  }
  return { items, cursor: cursorAt("products", before) };
}

interface Look {
  readonly memory: BookMemory;
  readonly words: Asked;
  readonly state: NonNullable<Search["state"]>;
  readonly at: Instant;
  readonly before: bigint;
  readonly limit: number;
}

/** Among so many of the newest it is looked for words before the index is asked. */
const WINDOW = 1_000;

/**
 * What is frequent is on the page before the window is looked through; of what is rare the index knows quickly all there
 * is. So it takes no longer, whatever the planner believes.
 */
async function found({ database }: CatalogRoom, look: Look) {
  const { memory, words, state, at, before, limit } = look;
  const { tokens, begun } = words;
  const number = state === "onSale" || state === "any" ? 0 : STATES[state];
  const page = { shelf: shelfOf("product", memory.book), before, limit };
  const soldAt = state === "onSale" ? at : null;
  if (tokens.length === 0 && begun === undefined) {
    return number > 0
      ? database.run(listInState, { ...page, state: number })
      : database.run(listProducts, { ...page, at: soldAt });
  }
  const beginning = begun === undefined ? null : `${begun.beginning}%`;
  const whole = begun === undefined || begun.whole === begun.beginning ? [] : [begun.whole];
  const looked = { ...page, tokens, beginning, whole, window: WINDOW };
  const newest = isCode(tokens)
    ? []
    : number > 0
      ? await database.run(lookAtNewestInState, { ...looked, state: number })
      : await database.run(lookAtNewest, { ...looked, at: soldAt });
  if (newest.length === limit) return newest;
  const lexemes = lexemesOf(words);
  return database.run(findByLexemes, { ...page, lexemes, state: number, at: soldAt });
}

/** At most one product has it. */
const isCode = (tokens: readonly string[]): boolean => tokens.some((token) => /^\d+:#/.test(token));

/** Refuses: catalog.filter_malformed. */
function wordsOf({ number }: BookMemory, { text, type, code, attributes = {} }: Search): Asked {
  const must = (holds: boolean, field: string, expected: string): void => {
    if (!holds) throw fail(catalogErrors, "filter_malformed", { field, expected });
  };
  const isWord = (word: unknown): boolean =>
    word === undefined ||
    (typeof word === "string" &&
      word.length <= TEXT_MAX &&
      word.isWellFormed() &&
      !word.includes("\0"));
  must(isWord(text), "text", `a text of at most ${TEXT_MAX} characters`);
  must(isWord(code), "code", "a code");
  must(isWord(type), "type", "a code of a type");
  const pairs = Object.entries(attributes);
  const isPlain = pairs.every(
    ([key, value]) => isWord(key) && (typeof value !== "string" || isWord(value)),
  );
  must(
    isPlain && pairs.length <= FILTERS_MAX,
    "attributes",
    `at most ${FILTERS_MAX} of keys and values`,
  );
  const typed = queryTokens(text ?? "");
  const tokens = [
    ...(code === undefined ? [] : [`#${code.normalize("NFKC").toLowerCase()}`]),
    ...(type === undefined ? [] : [attributeToken("type", type)]),
    ...pairs.map(([key, value]) => attributeToken(key, value)),
    ...typed.tokens,
  ];
  // A text of signs alone finds nothing rather than everything.
  const isEmpty = typed.tokens.length === 0 && typed.begun === undefined;
  if (text !== undefined && text.trim() !== "" && isEmpty) tokens.push("∅");
  const own = (token: string) => inBook(number, token);
  const { begun } = typed;
  return {
    tokens: tokens.map(own),
    ...(begun === undefined
      ? {}
      : { begun: { beginning: own(begun.beginning), whole: own(begun.whole) } }),
  };
}

async function hitsOf(
  room: CatalogRoom,
  memory: BookMemory,
  rows: readonly { readonly code: string }[],
  at: Instant | undefined,
): Promise<ReadonlyMap<string, Hit>> {
  const codes = rows.map(({ code }) => code);
  if (at === undefined) return newestOf(room, memory, codes);
  const products = await room.memory.products(memory, codes);
  const hits = new Map<string, Hit>();
  for (const code of codes) {
    const product = effectiveAt(products.get(code) ?? [], at);
    if (product?.state !== "published") continue;
    hits.set(code, { code, version: product.version, state: product.state, product: product.body });
  }
  return hits;
}

/** Items as they were last saved. */
export async function newestOf(
  room: CatalogRoom,
  memory: BookMemory,
  codes: readonly string[],
): Promise<ReadonlyMap<string, Hit>> {
  const heads = await headsOf(room, memory.book, "product", codes);
  const types = await room.memory.typesOf(
    memory,
    [...heads.values()].map(({ body }) => JSON.parse(body) as Product),
  );
  const hits = new Map<string, Hit>();
  for (const [code, { version, state, body }] of heads) {
    hits.set(code, { code, version, state, product: productOf(body, types) });
  }
  return hits;
}
