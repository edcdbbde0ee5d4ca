/** A catalogue as CSV: what `importCsv` reads, so that importing an export changes nothing. */
import { itemsInOrder } from "./catalog.sql.ts";
import { attributesOf, type ProductType } from "./product-type.ts";
import { attributeColumn, columnNames, writePriceCell } from "./csv-columns.ts";
import { withGuard } from "./csv-guard.ts";
import { shelfOf, stateOf } from "./items.ts";
import { type BookMemory, productOf, typeKey } from "./memory.ts";
import type { Product, ProductState, Variant } from "./product.ts";
import type { CatalogRoom } from "./room.ts";
import { type Head, headsOf } from "./save-item.ts";
import { type PricePlan, readPricePlan } from "./scheme.ts";

export interface ExportOptions {
  /** Of these types only. */
  readonly types?: readonly string[] | undefined;
  readonly onProgress?: ((products: number) => void) | undefined;
}

const PAGE = 500;
const KEYS_PAGE = 1_000;

/** See `Catalog.exportCsv`. */
export async function* exportCsv(
  room: CatalogRoom,
  book: string,
  { types, onProgress }: ExportOptions,
): AsyncGenerator<string> {
  const memory = await room.memory.current(book);
  const keys = await attributeKeys(room, memory);
  yield lineOf([...columnNames, ...keys.map(attributeColumn)]);
  let after = 0n;
  let products = 0;
  for (;;) {
    const values = { shelf: shelfOf("product", book), after, limit: PAGE };
    const rows = await room.database.run(itemsInOrder, values);
    const bodies = rows.map(({ body }) => JSON.parse(body) as Product);
    const known = await room.memory.typesOf(memory, bodies);
    const read = rows.map(({ code, state, body }) => ({
      ...{ code, state: stateOf(state), product: productOf(body, known) },
    }));
    const wanted = read.filter(({ product }) => types?.includes(product.type) ?? true);
    const plans = await headsOf(
      room,
      book,
      "plan",
      wanted.flatMap(({ product }) => plansOf(product)),
    );
    const text = wanted.flatMap((one) => rowsOf(one, plans, known, keys).map(lineOf)).join("");
    if (text !== "") yield text;
    products += wanted.length;
    onProgress?.(products);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.number;
  }
}

/** Keys that any version of any type has; a column for each. */
async function attributeKeys(room: CatalogRoom, memory: BookMemory): Promise<readonly string[]> {
  const keys = new Set<string>();
  let after = 0n;
  for (;;) {
    const values = { shelf: shelfOf("type", memory.book), after, limit: KEYS_PAGE };
    const rows = await room.database.run(itemsInOrder, values);
    for (const { body } of rows) {
      const { attributes } = JSON.parse(body) as ProductType;
      for (const { key, role } of attributes) if (role !== "buyer") keys.add(key);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < KEYS_PAGE) return [...keys].sort();
    after = last.number;
  }
}

const plansOf = ({ plan, variants }: Product): readonly string[] =>
  [plan, ...variants.map((variant) => variant.plan)].filter((code) => code !== undefined);

interface Exported {
  readonly code: string;
  readonly state: ProductState;
  readonly product: Product;
}

function rowsOf(
  { code, state, product }: Exported,
  plans: ReadonlyMap<string, Head>,
  types: ReadonlyMap<string, ProductType>,
  keys: readonly string[],
): readonly (readonly string[])[] {
  const type = types.get(typeKey(product));
  const roles = new Map(type === undefined ? [] : ownKeys(type));
  const { name, description, values } = product;
  const own = [
    ...[code, product.type, name.en, name.zh ?? "", description?.en ?? "", description?.zh ?? ""],
    ...[state, product.plan ?? "", `${product.minQuantity}`, `${product.maxQuantity}`],
  ];
  const row = (variant: Variant | undefined): readonly string[] => [
    ...own,
    ...priceCells(product, variant, plans),
    ...keys.map((key) => {
      const from = roles.get(key) === "variant" ? variant?.values : values;
      return String(from?.[key] ?? "");
    }),
  ];
  return product.variants.length === 0 ? [row(undefined)] : product.variants.map(row);
}

const ownKeys = (type: ProductType): readonly (readonly [string, string])[] =>
  (["product", "variant"] as const).flatMap((role) =>
    attributesOf(type, role).map(({ key }) => [key, role] as const),
  );

/** sku, plan, price, currency, rounding. A plan named like its SKU is what a price without a plan makes. */
function priceCells(
  product: Product,
  variant: Variant | undefined,
  plans: ReadonlyMap<string, Head>,
): readonly string[] {
  if (variant === undefined) return ["", "", "", "", ""];
  const { sku, plan: own } = variant;
  const head = plans.get(own ?? product.plan ?? "");
  if (head === undefined) return [sku, own ?? "", "", "", ""];
  const { currency, rounding, scheme }: PricePlan = readPricePlan(JSON.parse(head.body));
  const isDefault = own === sku && product.plan === undefined;
  return [sku, isDefault ? "" : (own ?? ""), writePriceCell(scheme, currency), currency, rounding];
}

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

function lineOf(cells: readonly string[]): string {
  const quoted = cells
    .map(withGuard)
    .map((cell) => (NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(",")}\r\n`;
}
