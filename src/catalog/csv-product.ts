/** What a group of rows says: a product and the price plans of its variants, or what is wrong with it. */
import { asset, fail, hasCode, isAssetCode, type LongmenError } from "../base/index.ts";
import { attributesOf, type ProductType } from "./product-type.ts";
import { catalogErrors } from "./catalog.errors.ts";
import {
  cellValue,
  type ColumnName,
  type Header,
  productColumns,
  readPriceCell,
  readState,
} from "./csv-columns.ts";
import { isCode, type Product, type ProductState, readProduct } from "./product.ts";
import type { Role, Value } from "./attribute.ts";
import type { CsvGroup, CsvRow } from "./read-csv.ts";
import { type PricePlan, readPricePlan } from "./scheme.ts";

export interface RowError {
  readonly line: number;
  readonly column?: string | undefined;
  readonly code: string;
  readonly message: string;
  readonly error: LongmenError;
}

export const rowError = (
  line: number,
  column: string | undefined,
  error: LongmenError,
): RowError => ({
  ...{ line, column, error, code: error.code, message: error.message },
});

export interface CsvProduct {
  readonly code: string;
  readonly line: number;
  /** As `readProduct` takes it, for one version of the type. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly state: ProductState | undefined;
  readonly plans: ReadonlyMap<string, PricePlan>;
}

/** Why it can't be imported, or what it is. All cells are looked at. */
export function readCsvProduct(
  group: CsvGroup,
  header: Header,
  type: ProductType,
): CsvProduct | readonly RowError[] {
  const reading = new RowReading(header);
  const [first] = group.rows;
  if (first === undefined) return [];
  for (const row of group.rows) reading.checkAlike(group.code, first, row);
  if (!isCode(group.code)) reading.bad(first, "code", group.code, "a product code");
  const cell = (name: ColumnName): string | undefined => reading.cell(first, name);
  const words = (name: "name" | "description") => {
    const [en, zh] = [cell(name), cell(`${name}_zh`)];
    return en === undefined ? undefined : zh === undefined ? { en } : { en, zh };
  };
  const stateCell = cell("state");
  const state = stateCell === undefined ? undefined : readState(stateCell);
  if (stateCell !== undefined && state === undefined) {
    reading.bad(first, "state", stateCell, "draft, published or withdrawn");
  }
  const plans = new Map<string, PricePlan>();
  const productPlan = cell("product_plan");
  const isVariant = (row: CsvRow): boolean => reading.cell(row, "sku") !== undefined;
  const variants = group.rows.filter(isVariant).map((row) => {
    const sku = reading.cell(row, "sku") ?? "";
    const plan = reading.readPlan(row, { sku, productPlan }, plans);
    const values = reading.attributes(row, type, "variant");
    return { sku, values, ...(plan === undefined ? {} : { plan }) };
  });
  const given = {
    ...{
      type: cell("type"),
      name: words("name"),
      values: reading.attributes(first, type, "product"),
    },
    ...optional({ description: words("description"), plan: productPlan }),
    ...optional({
      minQuantity: reading.count(first, "min_quantity"),
      maxQuantity: reading.count(first, "max_quantity"),
    }),
    variants,
  };
  for (const row of group.rows) reading.checkRow(row, type, group.rows);
  if (reading.errors.length > 0) return reading.errors;
  return { code: group.code, line: first.line, given, state, plans };
}

const optional = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Reads it against one version of its type. */
export function readTyped(csv: CsvProduct, type: ProductType, version: number): Product | RowError {
  try {
    return readProduct(csv.given, type, version);
  } catch (error) {
    if (!hasCode(error, "catalog.definition_malformed")) throw error;
    return rowError(csv.line, undefined, error);
  }
}

class RowReading {
  readonly errors: RowError[] = [];
  private readonly header: Header;

  constructor(header: Header) {
    this.header = header;
  }

  /** Undefined: the column isn't there, or the cell is empty. */
  cell({ cells }: CsvRow, name: ColumnName): string | undefined {
    const place = this.header.places.get(name);
    const text = place === undefined ? "" : (cells[place] ?? "");
    return text === "" ? undefined : text;
  }

  bad({ line }: CsvRow, column: string, value: string, expected: string): undefined {
    const error = fail(catalogErrors, "csv_value", { value, expected });
    this.errors.push(rowError(line, column, error));
    return undefined;
  }

  count(row: CsvRow, name: ColumnName): number | undefined {
    const text = this.cell(row, name);
    if (text === undefined) return undefined;
    return /^[0-9]{1,10}$/.test(text) ? Number(text) : this.bad(row, name, text, "a whole number");
  }

  checkAlike(code: string, first: CsvRow, row: CsvRow): void {
    for (const name of productColumns) {
      if (this.cell(row, name) === this.cell(first, name)) continue;
      const error = fail(catalogErrors, "csv_split", { code });
      this.errors.push(rowError(row.line, name, error));
    }
  }

  /** No cell is passed over: who says what the type doesn't know, or a price of nothing, is told so. */
  checkRow(row: CsvRow, type: ProductType, rows: readonly CsvRow[]): void {
    const isVariant = this.cell(row, "sku") !== undefined;
    for (const [key, place] of this.header.attributes) {
      const text = row.cells[place] ?? "";
      const column = `attr.${key}`;
      const role = type.attributes.find((attribute) => attribute.key === key)?.role ?? "buyer";
      if (role === "product" && text !== (rows[0]?.cells[place] ?? "")) {
        this.bad(row, column, text, "the same in all rows of the product");
      } else if (text !== "" && role === "buyer") {
        this.bad(row, column, text, "empty: products of this type say nothing by that name");
      } else if (text !== "" && role === "variant" && !isVariant) {
        this.bad(row, column, text, "empty without a sku");
      }
    }
    if (isVariant) return;
    if (rows.length > 1) this.bad(row, "sku", "", "a SKU: the product has several rows");
    for (const name of ["plan", "price"] as const) {
      const text = this.cell(row, name);
      if (text !== undefined) this.bad(row, name, text, "empty without a sku");
    }
  }

  attributes(row: CsvRow, type: ProductType, role: Role): Readonly<Record<string, Value>> {
    const values: [string, Value][] = [];
    for (const attribute of attributesOf(type, role)) {
      const place = this.header.attributes.get(attribute.key);
      const text = place === undefined ? "" : (row.cells[place] ?? "");
      if (text === "") continue;
      const value = cellValue(attribute, text);
      if (value === undefined)
        this.bad(
          row,
          `attr.${attribute.key}`,
          text,
          `a value of ${attribute.key} (${attribute.kind})`,
        );
      else values.push([attribute.key, value]);
    }
    return Object.fromEntries(values);
  }

  /** The variant's own plan, and the price that the row gives it or its product's. */
  readPlan(
    row: CsvRow,
    { sku, productPlan }: { readonly sku: string; readonly productPlan: string | undefined },
    plans: Map<string, PricePlan>,
  ): string | undefined {
    const named = this.cell(row, "plan");
    const price = this.cell(row, "price");
    if (price === undefined) return named;
    const own = named ?? (productPlan === undefined ? sku : undefined);
    const plan = this.priceOf(row, price);
    const code = own ?? productPlan ?? sku;
    const before = plans.get(code);
    if (plan !== undefined && before !== undefined && !isSamePlan(plan, before)) {
      this.bad(row, "price", price, `the price of ${code} in the rows before`);
    }
    if (plan !== undefined) plans.set(code, plan);
    return own;
  }

  private priceOf(row: CsvRow, price: string): PricePlan | undefined {
    const currency = this.cell(row, "currency") ?? "";
    if (!isAssetCode(currency))
      return this.bad(row, "currency", currency, "an asset such as GBP/2");
    const rounding = this.cell(row, "rounding");
    const expected = `a price with at most ${asset(currency).scale + 9} decimals, or a scheme as JSON`;
    const scheme = readPriceCell(price, currency);
    if (scheme === undefined) return this.bad(row, "price", price, expected);
    try {
      return readPricePlan({ currency, scheme, ...(rounding === undefined ? {} : { rounding }) });
    } catch (error) {
      if (!hasCode(error, "catalog.definition_malformed")) throw error;
      this.errors.push(rowError(row.line, "price", error));
      return undefined;
    }
  }
}

const isSamePlan = (a: PricePlan, b: PricePlan): boolean => planText(a) === planText(b);
const planText = (plan: PricePlan): string =>
  JSON.stringify(plan, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
