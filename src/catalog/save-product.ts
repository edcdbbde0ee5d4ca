/** Types, plans, products: saved by an author, published, withdrawn. */
import { fail, type Instant } from "../base/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { type Actor, effectiveAt, type Kind } from "./items.ts";
import { type BookMemory, productOf } from "./memory.ts";
import { checkCode, type Product, type ProductState, readProduct } from "./product.ts";
import { readProductType } from "./product-type.ts";
import { isFields, Reading } from "./reading.ts";
import type { CatalogRoom } from "./room.ts";
import {
  type Draft,
  type EditOptions,
  type Head,
  headsOf,
  type Saved,
  saveItem,
} from "./save-item.ts";
import { readPricePlan } from "./scheme.ts";
import { productTokens } from "./tokens.ts";

/** Refuses: catalog.definition_malformed. */
export function readEdit(code: unknown, given: unknown): EditOptions & { readonly code: string } {
  const reading = new Reading();
  const { version, effectiveFrom } = reading.fields("", given, ["version", "effectiveFrom"]);
  const read = {
    code: checkCode(reading, "/code", code),
    version: reading.integer("/version", version, 0, 2 ** 31 - 2),
    effectiveFrom: effectiveFrom as Instant | undefined,
  };
  const isInstant = effectiveFrom === undefined || typeof effectiveFrom === "number";
  reading.must(isInstant, "/effectiveFrom", "an instant in milliseconds");
  reading.done("the edit");
  return read;
}

/** What an author gives. */
interface Asked {
  readonly code: string;
  readonly given: unknown;
  readonly edit: EditOptions;
}

export async function saveType(
  room: CatalogRoom,
  book: string,
  asked: Asked,
  by: Actor,
): Promise<Saved> {
  const draft = { ...readEdit(asked.code, asked.edit), kind: "type", state: "published" } as const;
  return saveItem(room, book, { ...draft, body: readProductType(asked.given), isWhole: true }, by);
}

export async function savePlan(
  room: CatalogRoom,
  book: string,
  asked: Asked,
  by: Actor,
): Promise<Saved> {
  const draft = { ...readEdit(asked.code, asked.edit), kind: "plan", state: "published" } as const;
  return saveItem(room, book, { ...draft, body: readPricePlan(asked.given), isWhole: true }, by);
}

/** A draft stays one, what is published is published as it is now. Refuses: catalog.wrong_state for a withdrawn one, too. */
export async function saveProduct(
  room: CatalogRoom,
  book: string,
  asked: Asked,
  by: Actor,
): Promise<Saved> {
  const edit = readEdit(asked.code, asked.edit);
  const { code } = edit;
  const memory = await room.memory.current(book);
  const product = await typedProduct(room, memory, asked.given);
  const head = (await headsOf(room, book, "product", [code])).get(code);
  const state = head?.state ?? "draft";
  if (state === "withdrawn") throw fail(catalogErrors, "wrong_state", { code, state });
  if (state === "published") await checkSellable(room, memory, code, product, edit.effectiveFrom);
  return saveItem(room, book, { ...draftOf(memory, edit, product, state), isWhole: true }, by);
}

/** What a version of a product is saved as. */
export function draftOf(
  { number }: BookMemory,
  edit: EditOptions & { readonly code: string },
  product: Product,
  state: ProductState,
): Draft {
  const { variants } = product;
  return {
    ...{ ...edit, kind: "product", state, body: product },
    tokens: productTokens(number, edit.code, product),
    skus: variants.map(({ sku }) => sku),
  };
}

/** Reads a product against the newest version of its type, or the one that it names. */
async function typedProduct(
  room: CatalogRoom,
  memory: BookMemory,
  given: unknown,
): Promise<Product> {
  const { type, typeVersion } = isFields(given) ? given : {};
  const code = typeof type === "string" ? type : "";
  const newest = (await headsOf(room, memory.book, "type", [code])).get(code);
  if (newest === undefined)
    throw fail(catalogErrors, "missing", { kind: "type", code, book: memory.book });
  if (typeVersion === undefined || typeVersion === newest.version) {
    return readProduct(given, readProductType(JSON.parse(newest.body)), newest.version);
  }
  const asked = { type: code, typeVersion: Number(typeVersion) };
  const isVersion =
    Number.isInteger(typeVersion) && asked.typeVersion >= 1 && asked.typeVersion < newest.version;
  const types = isVersion ? await room.memory.typesOf(memory, [asked]) : undefined;
  const found = types?.get(`${asked.type}/${asked.typeVersion}`);
  if (found !== undefined) return readProduct(given, found, asked.typeVersion);
  throw fail(catalogErrors, "missing", {
    kind: "type",
    code: `${code}/${asked.typeVersion}`,
    book: memory.book,
  });
}

/** Has it variants, and each a price from that instant on? Refuses: catalog.not_publishable, with all that is missing. */
async function checkSellable(
  room: CatalogRoom,
  memory: BookMemory,
  code: string,
  product: Product,
  effectiveFrom: Instant | undefined,
): Promise<void> {
  const codes = product.variants.flatMap(({ plan }) => plan ?? product.plan ?? []);
  const plans = await room.memory.plans(memory, codes);
  const at = effectiveFrom ?? room.time.now();
  const hasPrice = (plan: string): boolean => effectiveAt(plans.get(plan) ?? [], at) !== undefined;
  const problems = sellingProblems(product, hasPrice);
  if (problems.length > 0) throw fail(catalogErrors, "not_publishable", { code, problems });
}

export function sellingProblems(
  product: Product,
  hasPrice: (plan: string) => boolean,
): readonly string[] {
  const { variants, plan: own } = product;
  if (variants.length === 0) return ["it has no variants"];
  return variants.flatMap(({ sku, plan = own }) => {
    if (plan === undefined) return [`${sku} has no price plan`];
    return hasPrice(plan) ? [] : [`${sku}: the price plan ${plan} is not there by then`];
  });
}

/** See `Catalog.publish`. */
export async function publish(
  room: CatalogRoom,
  book: string,
  code: string,
  given: EditOptions,
  by: Actor,
) {
  const edit = readEdit(code, given);
  const { head, memory, product } = await readCurrent(room, book, edit.code);
  const isAgain = head.version === edit.version || head.version === edit.version + 1;
  if (head.state !== "published" || !isAgain) {
    await checkSellable(room, memory, edit.code, product, edit.effectiveFrom);
  }
  return saveItem(room, book, draftOf(memory, edit, product, "published"), by);
}

/** See `Catalog.withdraw`. */
export async function withdraw(
  room: CatalogRoom,
  book: string,
  code: string,
  given: EditOptions,
  by: Actor,
) {
  const edit = readEdit(code, given);
  const { head, memory, product } = await readCurrent(room, book, edit.code);
  if (head.state === "draft")
    throw fail(catalogErrors, "wrong_state", { code: edit.code, state: head.state });
  return saveItem(room, book, draftOf(memory, edit, product, "withdrawn"), by);
}

/** Refuses: catalog.missing. */
async function readCurrent(room: CatalogRoom, book: string, code: string) {
  const memory = await room.memory.current(book);
  const head = await demandHead(room, book, "product", code);
  const pinned = JSON.parse(head.body) as Product;
  const types = await room.memory.typesOf(memory, [pinned]);
  return { head, memory, product: productOf(head.body, types) };
}

/** Refuses: catalog.missing. */
export async function demandHead(
  room: CatalogRoom,
  book: string,
  kind: Kind,
  code: string,
): Promise<Head> {
  const head = (await headsOf(room, book, kind, [code])).get(code);
  if (head === undefined) throw fail(catalogErrors, "missing", { kind, code, book });
  return head;
}
