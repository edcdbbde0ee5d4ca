/** Types, plans and products looked at: now, at an instant, and through their history. */
import { fail, type Instant } from "../base/index.ts";
import { buyPageOf, type BuyPage } from "./buy-page.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { itemsInOrder, liveVersions, versionsOf } from "./catalog.sql.ts";
import { effectiveAt, type Kind, KINDS, shelfOf, stateOf } from "./items.ts";
import { type BookMemory, productOf, typeKey } from "./memory.ts";
import { isCode, type Product, type ProductState } from "./product.ts";
import { type ProductType, readProductType } from "./product-type.ts";
import { type CatalogRoom, cursorAt, pageLimit, placeIn } from "./room.ts";
import { INSTANT_MAX, type PricePlan, readPricePlan } from "./scheme.ts";

interface Bodies {
  readonly type: ProductType;
  readonly plan: PricePlan;
  readonly product: Product;
}

export interface ItemView<K extends Kind = Kind> {
  readonly kind: K;
  readonly code: string;
  readonly version: number;
  readonly state: ProductState;
  readonly effectiveFrom: Instant;
  readonly body: Bodies[K];
}

/** What is found by its code alone; products are searched for. */
export type ListedKind = "type" | "plan";

export interface ItemPage<K extends ListedKind = ListedKind> {
  readonly items: readonly ItemView<K>[];
  /** Where the next page begins; none: this was the last one. */
  readonly cursor?: string;
}

export interface VersionView<K extends Kind = Kind> extends ItemView<K> {
  readonly by: string;
  readonly request: string;
  readonly madeAt: Instant;
}

interface Row {
  readonly code: string;
  readonly version: number;
  readonly state: number;
  readonly effectiveFrom: Instant;
  readonly body: string;
}

async function bodyOf<K extends Kind>(
  room: CatalogRoom,
  memory: BookMemory,
  kind: K,
  body: string,
): Promise<Bodies[K]> {
  const given = JSON.parse(body) as Product;
  const read = {
    type: () => readProductType(given),
    plan: () => readPricePlan(given),
    product: async () => productOf(body, await room.memory.typesOf(memory, [given])),
  };
  return (await read[kind]()) as Bodies[K];
}

async function viewOf<K extends Kind>(
  room: CatalogRoom,
  memory: BookMemory,
  kind: K,
  row: Row,
): Promise<ItemView<K>> {
  const { code, version, state, effectiveFrom } = row;
  const body = await bodyOf(room, memory, kind, row.body);
  return { kind, code, version, state: stateOf(state), effectiveFrom, body };
}

/** What is no code is not there. Refuses: catalog.missing. */
function demandCode(kind: Kind, code: string, book: string): void {
  if (!isCode(code)) throw fail(catalogErrors, "missing", { kind, code: String(code), book });
}

/** See `Catalog.at`. */
export async function itemAt<K extends Kind>(
  room: CatalogRoom,
  book: string,
  asked: { readonly kind: K; readonly code: string; readonly at?: Instant | undefined },
): Promise<ItemView<K>> {
  const { kind, code } = asked;
  const memory = await room.memory.current(book);
  const at = asked.at ?? room.time.now();
  if (!Number.isInteger(at) || Math.abs(at) > INSTANT_MAX) {
    throw fail(catalogErrors, "filter_malformed", { field: "at", expected: "an instant" });
  }
  demandCode(kind, code, book);
  const rows = await room.database.run(liveVersions, {
    book,
    kind: KINDS[kind],
    codes: [code],
    at,
  });
  const row = effectiveAt(rows, at);
  if (row === undefined) throw fail(catalogErrors, "missing", { kind, code, book });
  return viewOf(room, memory, kind, row);
}

/** See `Catalog.versions`. */
export async function itemVersions<K extends Kind>(
  room: CatalogRoom,
  book: string,
  asked: {
    readonly kind: K;
    readonly code: string;
    readonly before?: number | undefined;
    readonly limit?: number | undefined;
  },
): Promise<readonly VersionView<K>[]> {
  const { kind, code, before = 2 ** 31 - 1 } = asked;
  const memory = await room.memory.current(book);
  const limit = pageLimit(asked.limit);
  demandCode(kind, code, book);
  if (!Number.isInteger(before) || before < 1 || before >= 2 ** 31) {
    throw fail(catalogErrors, "filter_malformed", { field: "before", expected: "a version" });
  }
  const rows = await room.database.run(versionsOf, {
    book,
    kind: KINDS[kind],
    code,
    before,
    limit,
  });
  return Promise.all(
    rows.map(async (row) => {
      const { byWhom: by, request, madeAt } = row;
      return { ...(await viewOf(room, memory, kind, row)), by, request, madeAt };
    }),
  );
}

const listNames = { type: "types", plan: "plans" } as const;

/** See `Catalog.list`. */
export async function listItems<K extends ListedKind>(
  room: CatalogRoom,
  book: string,
  asked: {
    readonly kind: K;
    readonly cursor?: string | undefined;
    readonly limit?: number | undefined;
  },
): Promise<ItemPage<K>> {
  const { kind, cursor } = asked;
  const limit = pageLimit(asked.limit);
  const after = placeIn(listNames[kind], cursor, 0n);
  const memory = await room.memory.current(book);
  const shelf = shelfOf(kind, book);
  const rows = await room.database.run(itemsInOrder, { shelf, after, limit });
  const items = await Promise.all(rows.map((row) => viewOf(room, memory, kind, row)));
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit) return { items };
  return { items, cursor: cursorAt(listNames[kind], last.number) };
}

/** See `Catalog.buyPage`. */
export async function buyPage(room: CatalogRoom, book: string, code: string): Promise<BuyPage> {
  const memory = await room.memory.current(book);
  demandCode("product", code, book);
  const products = await room.memory.products(memory, [code]);
  const found = effectiveAt(products.get(code) ?? [], room.time.now());
  if (found?.state !== "published")
    throw fail(catalogErrors, "missing", { kind: "product", code, book });
  const types = await room.memory.typesOf(memory, [found.body]);
  const type = types.get(typeKey(found.body));
  if (type === undefined)
    throw fail(catalogErrors, "missing", { kind: "type", code: found.body.type, book });
  return buyPageOf(type, found.body, { code, version: found.version });
}
