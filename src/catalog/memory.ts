/**
 * What this node believes of catalogues, and for how long. In prose: a book's version is believed for
 * BELIEF_MS from the moment its read was sent; while the book is in use it is read again ahead of time, all
 * books in one read. Under a version the node keeps what it has read of products, plans and types; when the
 * version has grown it forgets what was changed since, and only that. An idle node reads nothing.
 *
 *   believed   young enough: answered from memory
 *   doubted    too old, or told by a commit that it is: a read that begins now decides
 *
 * What is kept is at least as new as the version that it is kept under: what was read while the version moved
 * is read again.
 */
import { fail, type Instant } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import {
  changedSince,
  liveVersions,
  ownersOfSkus,
  readBooks,
  versionsByNumber,
} from "./catalog.sql.ts";
import { KINDS, kindOf, type StoredVersion, stateOf } from "./items.ts";
import { type Product, readProduct } from "./product.ts";
import { type ProductType, readProductType } from "./product-type.ts";
import { type PricePlan, readPricePlan } from "./scheme.ts";
import { type BookSettings, readSettings } from "./settings.ts";
import type { CatalogTime } from "./time.ts";

/** Within this time what any node changed holds on all. */
export const BELIEF_MS = 1_000;
const REFRESH_MS = 500;
/** More changes than this at once: all of the book is forgotten. */
const CHANGES_MAX = 5_000;
const KEPT_MAX = 50_000;
/** Over all books: past it what belongs to the books that were asked for longest ago is forgotten. */
const KEPT_IN_ALL_MAX = 200_000;
const BOOKS_MAX = 1_000;
/** A clock that is set back by less than this finds what held then still in memory. */
const BACK_MS = 60_000;
const RELOADS_MAX = 20;

export type Known<Body> = Omit<StoredVersion, "body"> & { readonly body: Body };

/** A book as of one version. */
export interface BookMemory {
  readonly book: string;
  readonly number: number;
  readonly settings: BookSettings;
  readonly revision: number;
  version: bigint;
  /** On the clock of ages. */
  readAt: number;
  used: boolean;
  /** Whose a SKU is; undefined: nobody's, as of this version. */
  readonly owners: Map<string, string | undefined>;
  readonly products: Map<string, readonly Known<Product>[]>;
  readonly plans: Map<string, readonly Known<PricePlan>[]>;
  /** By `code/version`: those never change. */
  readonly types: Map<string, ProductType>;
}

interface Gathering {
  readonly keys: Set<string>;
  readonly done: Promise<void>;
}

export interface MemoryLimits {
  readonly books: number;
  /** Products, plans, types and owners of SKUs together. */
  readonly kept: number;
  /** Of each of these of one book: the newest. */
  readonly each?: number;
}

export class CatalogMemory {
  private readonly database: Pick<Database, "run">;
  private readonly time: CatalogTime;
  private readonly books = new Map<string, BookMemory>();
  private reading: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private readonly asked = new Set<string>();
  private readonly limits: MemoryLimits;
  /** The latest instant that anything was read as of. */
  private latest = -Infinity;
  /** By the map that is filled: keys for the next read, and the read in flight. */
  private readonly waiting = new WeakMap<object, Gathering>();
  private readonly flying = new WeakMap<object, Promise<void>>();

  constructor(
    database: Pick<Database, "run">,
    time: CatalogTime,
    limits: MemoryLimits = { books: BOOKS_MAX, kept: KEPT_IN_ALL_MAX },
  ) {
    this.database = database;
    this.time = time;
    this.limits = limits;
  }

  /** The book as it is believed to be. Refuses: catalog.book_unknown. */
  async current(book: string): Promise<BookMemory> {
    const known = this.books.get(book);
    const ageMs = known === undefined ? Infinity : this.time.age() - known.readAt;
    if (known === undefined || ageMs >= BELIEF_MS) return this.refreshed(book);
    known.used = true;
    if (ageMs >= REFRESH_MS && this.reading === undefined && this.next === undefined) {
      // Nobody waits for it: if it fails, whoever asks after the belief's end is told.
      this.refreshed(book).catch(() => undefined);
    }
    return known;
  }

  /** The book as a read has it that begins after this call. Refuses: catalog.book_unknown. */
  async refreshed(book: string): Promise<BookMemory> {
    const isName = typeof book === "string" && book.isWellFormed() && !book.includes("\0");
    if (!isName) throw fail(catalogErrors, "book_unknown", { book });
    this.asked.add(book);
    await this.nextRead();
    const known = this.books.get(book);
    if (known === undefined) throw fail(catalogErrors, "book_unknown", { book });
    return known;
  }

  /** Waits for the read in flight. */
  async close(): Promise<void> {
    await this.next?.catch(() => undefined);
    await this.reading?.catch(() => undefined);
  }

  /** What is known of SKUs, in one read for those that are not. */
  async owners(memory: BookMemory, skus: readonly string[]): Promise<Picked<string | undefined>> {
    return this.loaded(memory, memory.owners, skus, async (missing) => {
      const rows = await this.database.run(ownersOfSkus, { book: memory.book, skus: missing });
      const found = new Map(rows.map((row) => [row.sku, row.product]));
      return new Map(missing.map((sku) => [sku, found.get(sku)]));
    });
  }

  /** The versions of products that hold now or will; none for a code that isn't there. */
  async products(
    memory: BookMemory,
    codes: readonly string[],
  ): Promise<Picked<readonly Known<Product>[]>> {
    return this.loaded(memory, memory.products, codes, async (missing) => {
      const rows = await this.versions(memory, KINDS.product, missing);
      const types = await this.typesOf(
        memory,
        rows.map(({ body }) => pinned(body)),
      );
      return grouped(missing, rows, (body) => productOf(body, types));
    });
  }

  async plans(
    memory: BookMemory,
    codes: readonly string[],
  ): Promise<Picked<readonly Known<PricePlan>[]>> {
    return this.loaded(memory, memory.plans, codes, async (missing) => {
      const rows = await this.versions(memory, KINDS.plan, missing);
      return grouped(missing, rows, (body) => readPricePlan(JSON.parse(body)));
    });
  }

  /** Types by code and version. */
  async typesOf(
    memory: BookMemory,
    asked: readonly { readonly type: string; readonly typeVersion: number }[],
  ): Promise<BookMemory["types"]> {
    const { types, book } = memory;
    const missing = asked.map(typeKey).filter((key) => !types.has(key));
    if (missing.length === 0) return types;
    await this.gathered(types, missing, async (keys) => {
      const places = keys.map((key) => key.lastIndexOf("/"));
      const codes = keys.map((key, index) => key.slice(0, places[index]));
      const numbers = keys.map((key, index) => Number(key.slice((places[index] ?? 0) + 1)));
      const values = { book, kind: KINDS.type, codes, numbers };
      for (const row of await this.database.run(versionsByNumber, values)) {
        const key = typeKey({ type: row.code, typeVersion: row.version });
        types.set(key, readProductType(JSON.parse(row.body)));
      }
    });
    return types;
  }

  /** From a little before now on: else a step back of the clock would find that nothing held. */
  private async versions(memory: BookMemory, kind: number, codes: readonly string[]) {
    const at = this.time.now() - BACK_MS;
    this.latest = Math.max(this.latest, at);
    return this.database.run(liveVersions, { book: memory.book, kind, codes, at });
  }

  /**
   * What is known of these keys, taken out at once when all of them are there: what is kept may go again while the
   * caller waits for something else.
   */
  private async loaded<T>(
    memory: BookMemory,
    kept: Map<string, T>,
    keys: readonly string[],
    load: (missing: readonly string[]) => Promise<Map<string, T>>,
  ): Promise<Picked<T>> {
    const { each = KEPT_MAX } = this.limits;
    for (let turn = 0; turn < RELOADS_MAX; turn++) {
      const missing = [...new Set(keys)].filter((key) => !kept.has(key));
      if (missing.length === 0) return picked(kept, keys);
      await this.gathered(kept, missing, async (asked) => {
        const { version } = memory;
        const found = await load(asked);
        if (memory.version !== version) return;
        for (const [key, value] of found) kept.set(key, value);
        shrink(kept, Math.max(each, found.size));
      });
    }
    throw fail(catalogErrors, "changing", { book: memory.book });
  }

  /** One read at a time for each kind of thing; who asks meanwhile shares the next one. */
  private gathered(
    kept: object,
    missing: readonly string[],
    read: (asked: readonly string[]) => Promise<void>,
  ): Promise<void> {
    let next = this.waiting.get(kept);
    if (next === undefined) {
      const keys = new Set<string>();
      const before = this.flying.get(kept)?.catch(() => undefined);
      const done = Promise.resolve(before).then(() => {
        this.waiting.delete(kept);
        const flight = read([...keys]);
        this.flying.set(kept, flight);
        return flight;
      });
      next = { keys, done };
      this.waiting.set(kept, next);
    }
    for (const key of missing) next.keys.add(key);
    return next.done;
  }

  /** A read under way may have begun before: the next one counts, and all who ask meanwhile share it. */
  private nextRead(): Promise<void> {
    this.next ??= Promise.resolve(this.reading?.catch(() => undefined)).then(() => {
      this.next = undefined;
      this.reading = this.readAsked().finally(() => {
        this.reading = undefined;
      });
      return this.reading;
    });
    return this.next;
  }

  private async readAsked(): Promise<void> {
    for (const memory of [...this.books.values()]) {
      if (!memory.used) continue;
      this.asked.add(memory.book);
      memory.used = false;
      // In the order of their use.
      this.books.delete(memory.book);
      this.books.set(memory.book, memory);
    }
    const books = [...this.asked];
    this.asked.clear();
    this.shrinkBooks();
    const readAt = this.time.age();
    const rows = await this.database.run(readBooks, { books });
    const knownAt = this.time.age();
    const found = new Map(rows.map((row) => [row.book, row]));
    const [first] = rows;
    if (first !== undefined) this.time.told(first.now, readAt, knownAt);
    if (this.time.now() < this.latest) {
      // The clock was set back by more: what held then is not in memory.
      this.books.clear();
      this.latest = -Infinity;
    }
    for (const book of books) {
      const row = found.get(book);
      if (row === undefined) {
        this.books.delete(book);
        continue;
      }
      const known = this.books.get(book);
      if (known === undefined || known.revision !== row.revision)
        this.books.set(book, fresh(row, readAt));
      else await this.catchUp(known, row.version, readAt);
    }
  }

  private shrinkBooks(): void {
    let kept = 0;
    for (const memory of this.books.values()) kept += keptOf(memory);
    for (const [book, memory] of this.books) {
      if (this.books.size <= this.limits.books && kept <= this.limits.kept) return;
      this.books.delete(book);
      kept -= keptOf(memory);
    }
  }

  private async catchUp(known: BookMemory, version: bigint, readAt: number): Promise<void> {
    if (known.version !== version) {
      const asked = { book: known.book, since: known.version, limit: CHANGES_MAX };
      const changes = await this.database.run(changedSince, asked);
      forget(known, changes);
      known.version = version;
    }
    known.readAt = readAt;
  }
}

function fresh(
  row: { book: string; number: number; version: bigint; settings: string; revision: number },
  readAt: number,
): BookMemory {
  const { book, number, version, revision } = row;
  return {
    ...{ book, number, version, revision, readAt, used: true },
    settings: readSettings(JSON.parse(row.settings)),
    owners: new Map(),
    products: new Map(),
    plans: new Map(),
    types: new Map(),
  };
}

const keptOf = ({ owners, products, plans, types }: BookMemory): number =>
  owners.size + products.size + plans.size + types.size;

function forget(known: BookMemory, changes: readonly { kind: number; code: string }[]): void {
  // Who is nobody's may be somebody's now.
  for (const [sku, owner] of known.owners) if (owner === undefined) known.owners.delete(sku);
  if (changes.length >= CHANGES_MAX) {
    known.products.clear();
    known.plans.clear();
    return;
  }
  for (const { kind, code } of changes) {
    (kindOf(kind) === "plan" ? known.plans : known.products).delete(code);
  }
}

/** Of the keys that were asked for. */
type Picked<T> = ReadonlyMap<string, T>;

/** All of them are kept. */
function picked<T>(kept: ReadonlyMap<string, T>, keys: readonly string[]): Picked<T> {
  const found = new Map<string, T>();
  // Undefined only where that is what is known of it.
  for (const key of keys) found.set(key, kept.get(key) as T);
  return found;
}

function shrink(kept: Map<string, unknown>, max: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= max) return;
    kept.delete(key);
  }
}

export const typeKey = (one: { readonly type: string; readonly typeVersion: number }): string =>
  `${one.type}/${one.typeVersion}`;

function pinned(body: string): { readonly type: string; readonly typeVersion: number } {
  return JSON.parse(body) as Product;
}

export function productOf(body: string, types: ReadonlyMap<string, ProductType>): Product {
  const given = JSON.parse(body) as Product;
  const type = types.get(typeKey(given));
  if (type === undefined) throw new Error(`the type ${typeKey(given)} of a product is gone`);
  return readProduct(given, type, given.typeVersion);
}

interface VersionRow {
  readonly code: string;
  readonly version: number;
  readonly effectiveFrom: Instant;
  readonly state: number;
  readonly body: string;
}

function grouped<Body>(
  codes: readonly string[],
  rows: readonly VersionRow[],
  read: (body: string) => Body,
): Map<string, readonly Known<Body>[]> {
  const found = new Map<string, Known<Body>[]>(codes.map((code) => [code, []]));
  for (const { code, version, effectiveFrom, state, body } of rows) {
    found.get(code)?.push({ version, effectiveFrom, state: stateOf(state), body: read(body) });
  }
  return found;
}
