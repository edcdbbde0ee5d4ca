/** The columns of a catalogue as CSV, their names in English and Chinese, and prices as people write them. */
import { asset, fail } from "../base/index.ts";
import type { Attribute, Value } from "./attribute.ts";
import { canonical } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { isValueOf } from "./check-value.ts";
import type { ProductState } from "./product.ts";
import type { Flat, Scheme } from "./scheme.ts";

const titles = {
  code: "产品编码",
  type: "类型",
  name: "名称",
  name_zh: "中文名称",
  description: "描述",
  description_zh: "中文描述",
  state: "状态",
  product_plan: "产品价格方案",
  min_quantity: "最小数量",
  max_quantity: "最大数量",
  sku: "SKU编码",
  plan: "价格方案",
  price: "价格",
  currency: "币种",
  rounding: "舍入",
} as const;

export type ColumnName = keyof typeof titles;
export const columnNames = Object.keys(titles) as readonly ColumnName[];
/** The same in all rows of a product. */
export const productColumns: readonly ColumnName[] = [
  ...(["code", "type", "name", "name_zh", "description", "description_zh"] as const),
  ...(["state", "product_plan", "min_quantity", "max_quantity"] as const),
];
const ATTRIBUTE = /^(?:attr|属性)[.:：](.+)$/;
export const attributeColumn = (key: string): string => `attr.${key}`;

/** Where each column stands. */
export interface Header {
  readonly places: ReadonlyMap<ColumnName, number>;
  /** By attribute key. */
  readonly attributes: ReadonlyMap<string, number>;
  readonly width: number;
}

/** Refuses: catalog.csv_header, with all that is wrong. */
export function readHeader(cells: readonly string[]): Header {
  const places = new Map<ColumnName, number>();
  const attributes = new Map<string, number>();
  const problems: string[] = [];
  cells.forEach((cell, place) => {
    const title = cell.trim();
    const name = columnNames.find((one) => one === title.toLowerCase() || titles[one] === title);
    const key = ATTRIBUTE.exec(title)?.[1]?.trim();
    if (name === undefined && key === undefined) {
      problems.push(`${title === "" ? `column ${place + 1}` : title} is no column of a catalogue`);
    } else if (name !== undefined && !places.has(name)) places.set(name, place);
    else if (key !== undefined && !attributes.has(key)) attributes.set(key, place);
    else problems.push(`${title} is there twice`);
  });
  for (const name of ["code", "type", "name"] as const) {
    if (!places.has(name)) problems.push(`${name} (${titles[name]}) is missing`);
  }
  if (problems.length > 0) throw fail(catalogErrors, "csv_header", { problems });
  return { places, attributes, width: cells.length };
}

/** What one cell says of an attribute; undefined: it is none of its values. */
export function cellValue(attribute: Attribute, cell: string): Value | undefined {
  const value = spelt(attribute, cell);
  return isValueOf(attribute, value) ? value : undefined;
}

const yes = ["true", "yes", "1", "是"];
const no = ["false", "no", "0", "否"];

function spelt(attribute: Attribute, cell: string): unknown {
  switch (attribute.kind) {
    case "integer":
      return /^-?[0-9]{1,16}$/.test(cell) ? Number(cell) : undefined;
    case "decimal":
      return padded(cell, attribute.scale);
    case "boolean": {
      const word = cell.toLowerCase();
      return yes.includes(word) ? true : no.includes(word) ? false : undefined;
    }
    case "choice": {
      const { choices } = attribute;
      const exact = choices.find(({ value }) => value === cell);
      return (exact ?? choices.find(({ label }) => label.en === cell || label.zh === cell))?.value;
    }
    default:
      return cell;
  }
}

/** `1.5` is `1.50` where two decimals are asked. */
function padded(cell: string, scale: number): string {
  const [whole = "", decimals = ""] = cell.split(".");
  if (decimals.length > scale || cell.endsWith(".")) return cell;
  return scale === 0 ? cell : `${whole}.${decimals.padEnd(scale, "0")}`;
}

const stateWords: Readonly<Record<ProductState, string>> = {
  draft: "草稿",
  published: "已发布",
  withdrawn: "已下架",
};

export function readState(cell: string): ProductState | undefined {
  const states = Object.keys(stateWords) as ProductState[];
  return states.find((state) => state === cell.toLowerCase() || stateWords[state] === cell);
}

const PRICE = /^(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,9}))?$/;

/**
 * A price as people write it, in the currency's own unit, exactly: `0.125` of GBP/2 is 125 for 10 units.
 * Or a whole scheme as JSON. Undefined: neither.
 */
export function readPriceCell(cell: string, currency: string): unknown {
  if (cell.startsWith("{")) {
    try {
      return JSON.parse(cell) as unknown;
    } catch {
      return undefined;
    }
  }
  const parts = PRICE.exec(cell);
  if (parts === null) return undefined;
  const { scale } = asset(currency);
  const decimals = (parts[2] ?? "").replace(/0+$/, "");
  const amount = BigInt(`${parts[1] ?? "0"}${decimals.padEnd(scale, "0")}`);
  return { kind: "flat", amount, per: 10n ** BigInt(Math.max(0, decimals.length - scale)) };
}

/** What readPriceCell reads back as the same. */
export function writePriceCell(scheme: Scheme, currency: string): string {
  const text = scheme.kind === "flat" ? writeFlat(scheme, asset(currency).scale) : undefined;
  const isSame =
    text !== undefined && canonical(readPriceCell(text, currency)) === canonical(scheme);
  return isSame ? text : canonical(scheme);
}

function writeFlat({ amount, per }: Flat, scale: number): string | undefined {
  if (!/^10*$/.test(per.toString())) return undefined;
  const decimals = scale + per.toString().length - 1;
  const digits = amount.toString().padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
