/** What is in the catalogue of the cases, and what is looked for and quoted of it. */
import type { QuoteRequest, Search } from "../../src/catalog/index.ts";
import { newId } from "../../src/base/index.ts";

export const PRODUCTS = 100_000;
export const PRODUCTS_QUICK = 10_000;
export const LINES = 3;
const SERIES = 1_000;
/** Has no divisor in common with the number of products: it comes by all of them, in no order. */
const STRIDE = 7_919;

const colours = ["red", "blue", "green", "white", "black", "pink", "silver", "gold"];
const things: readonly (readonly [string, string])[] = [
  ["heart holder", "心形烛台"],
  ["metal lantern", "金属灯笼"],
  ["tea cup", "陶瓷茶杯"],
  ["woolly bottle", "毛绒热水袋"],
  ["photo frame", "相框"],
  ["paper chain", "纸链"],
  ["lunch bag", "午餐袋"],
  ["cake stand", "蛋糕架"],
];
const colourOf = (n: number): string => colours[n % colours.length] ?? "";
const thingOf = (n: number): readonly [string, string] => things[n % things.length] ?? ["", ""];

export const thingType = {
  name: { en: "Thing" },
  attributes: [
    {
      key: "colour",
      kind: "choice",
      label: { en: "Colour" },
      role: "variant",
      required: true,
      choices: colours.map((value) => ({ value, label: { en: value } })),
    },
    {
      key: "series",
      kind: "integer",
      label: { en: "Series" },
      role: "product",
      min: 0,
      max: 1_000_000,
    },
  ],
};

/** The lines of a CSV. */
export function* productLines(count: number): Generator<string> {
  yield "code,type,name,name_zh,state,sku,price,currency,attr.colour,attr.series\n";
  for (let n = 0; n < count; n++) {
    const [en, zh] = thingOf(n);
    const colour = colourOf(Math.floor(n / things.length));
    const price = `${1 + (n % 90)}.${(n % 100).toString().padStart(2, "0")}`;
    yield `P${n},thing,${colour} ${en} model${n},${zh}${n},published,P${n}-S,${price},GBP/2,${colour},${n % SERIES}\n`;
  }
}

export interface Looked {
  readonly name: string;
  readonly search: (nth: number) => Search;
  /** How many are on the first page: some, or none. */
  readonly finds: boolean;
}

/** Each kind of question; that of 99 in 100 of the slowest kind is held to the floor. */
export function questions(products: number): readonly Looked[] {
  const lantern = (nth: number) => ({ colour: colourOf(nth), series: nth % SERIES });
  return [
    {
      name: "one product's word",
      search: (nth) => ({ text: `model${(nth * STRIDE) % products} ` }),
      finds: true,
    },
    {
      name: "two words",
      search: (nth) => ({ text: `${colourOf(nth)} ${thingOf(nth)[0]}` }),
      finds: true,
    },
    { name: "one frequent word", search: () => ({ text: "heart " }), finds: true },
    { name: "a frequent beginning", search: () => ({ text: "lun" }), finds: true },
    {
      name: "a word and a beginning",
      search: (nth) => ({ text: `${colourOf(nth)} ${thingOf(nth)[0].slice(0, -2)}` }),
      finds: true,
    },
    {
      name: "the beginning of ten",
      search: (nth) => ({ text: `model${Math.floor(((nth * STRIDE) % products) / 10) || 1}` }),
      finds: true,
    },
    { name: "Chinese", search: (nth) => ({ text: thingOf(nth)[1] }), finds: true },
    {
      name: "an attribute",
      search: (nth) => ({ attributes: { series: nth % SERIES } }),
      finds: true,
    },
    {
      name: "word and attributes",
      search: (nth) => ({ text: "lantern", attributes: lantern(nth) }),
      finds: false,
    },
    { name: "no word", search: () => ({}), finds: true },
    { name: "few withdrawn", search: () => ({ state: "withdrawn" }), finds: false },
    { name: "nothing found", search: (nth) => ({ text: `red nothing${nth}` }), finds: false },
  ];
}

/**
 * Three lines of two pieces each. Any product is asked for, some far more often than others, as in any
 * shop: half of all lines are of an eighth of the products.
 */
export function asksFor(products: number): () => QuoteRequest {
  const sku = (): string => `P${Math.floor(products * Math.random() ** 3)}-S`;
  return () => ({
    key: newId(),
    lines: Array.from({ length: LINES }, () => ({ sku: sku(), quantity: 2n })),
  });
}
