/** The room's door: what is sold, at which price, promised until when. */
import type { Clock, Instant } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import type { BuyPage } from "./buy-page.ts";
import {
  checkQuote,
  type Echo,
  type QuoteCheck,
  requote,
  type Requote,
  withdrawnOf,
} from "./check-quote.ts";
import { exportCsv, type ExportOptions } from "./export-csv.ts";
import { importCsv } from "./import-csv.ts";
import type { ImportOptions, ImportReport } from "./import-pass.ts";
import type { Actor, Kind } from "./items.ts";
import { type KeepQuotes, OldQuotes } from "./old-quotes.ts";
import { KeptQuotes } from "./kept-quotes.ts";
import { CatalogMemory } from "./memory.ts";
import { findQuote, makeQuote, type QuoteAnswer } from "./make-quote.ts";
import { openBook } from "./open-book.ts";
import type { Quote } from "./quote.ts";
import type { QuoteRequest } from "./quote-request.ts";
import type { CatalogLane, CatalogRoom } from "./room.ts";
import type { PriceRule } from "./rule.ts";
import type { EditOptions, Saved } from "./save-item.ts";
import { publish, savePlan, saveProduct, saveType, withdraw } from "./save-product.ts";
import { type HitPage, search, type Search } from "./search.ts";
import type { BookSettings } from "./settings.ts";
import { catalogTime } from "./time.ts";
import {
  buyPage,
  itemAt,
  type ItemPage,
  type ItemView,
  itemVersions,
  type ListedKind,
  listItems,
  type VersionView,
} from "./views.ts";

export interface OpenCatalogOptions {
  /** From openDatabase, migrated with `catalogMigrations` behind `postgresMigrations`. */
  readonly database: Database;
  /** A lane without an engine. Stays open when the catalogue is closed. */
  readonly lane: CatalogLane;
  /** Decides prices and discounts that are left to rules. */
  readonly rules?: PriceRule | undefined;
  /** How long quotes are kept that nobody bought by; for ever when left out. */
  readonly keepQuotes?: KeepQuotes | undefined;
  /** The database's time when left out, as of the last read. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** All of it may refuse with catalog.book_unknown, too. */
export interface Catalog {
  /**
   * Gives a book a catalogue, or its catalogue other settings: those that are named, the others stay. Safe to
   * repeat. Changing them makes other nodes' quotes wait for the news. Refuses: catalog.definition_malformed.
   */
  openBook(book: string, settings?: Partial<BookSettings>): Promise<BookSettings>;
  /** The settings that hold, read after this call began. */
  settings(book: string): Promise<BookSettings>;
  /**
   * The next version of a product type. Products keep the version that they were saved by.
   * Safe to repeat: the same edit on the same version answers what it made.
   * Refuses: catalog.definition_malformed (all mistakes at once), catalog.version_conflict, catalog.backdated.
   */
  saveType(book: string, code: string, type: unknown, edit: EditOptions, by: Actor): Promise<Saved>;
  /** The next version of a price plan; refuses and repeats as saveType. */
  savePlan(book: string, code: string, plan: unknown, edit: EditOptions, by: Actor): Promise<Saved>;
  /**
   * The next version of a product: a draft stays one, what is published is sold like this from `effectiveFrom` on.
   * Whoever saves last decides: versions that were planned before and have a lower number never come into effect
   * after it. Refuses: as saveType; catalog.missing (its type), catalog.sku_taken, catalog.wrong_state (withdrawn),
   * catalog.not_publishable (a published one that would have no price).
   */
  saveProduct(
    book: string,
    code: string,
    product: unknown,
    edit: EditOptions,
    by: Actor,
  ): Promise<Saved>;
  /** Puts it on sale as it was last saved. Refuses: catalog.missing, catalog.not_publishable, catalog.version_conflict, catalog.backdated. */
  publish(book: string, code: string, edit: EditOptions, by: Actor): Promise<Saved>;
  /**
   * Takes it off sale: on this node at once, on others within a second. Quotes of it that hold are told apart by
   * checkQuote. Refuses: catalog.missing, catalog.wrong_state (a draft), catalog.version_conflict, catalog.backdated.
   */
  withdraw(book: string, code: string, edit: EditOptions, by: Actor): Promise<Saved>;
  /** What is in effect at an instant; now when left out. Refuses: catalog.missing. */
  at<K extends Kind>(book: string, kind: K, code: string, at?: Instant): Promise<ItemView<K>>;
  /** Versions, newest first, with who made them. */
  versions<K extends Kind>(
    book: string,
    kind: K,
    code: string,
    page?: { before?: number | undefined; limit?: number | undefined },
  ): Promise<readonly VersionView<K>[]>;
  /**
   * Types or plans as they were last saved, in the order in which they were first; what is planned is among them.
   * Refuses: catalog.filter_malformed.
   */
  list<K extends ListedKind>(
    book: string,
    kind: K,
    page?: { cursor?: string | undefined; limit?: number | undefined },
  ): Promise<ItemPage<K>>;
  /** Refuses: catalog.filter_malformed. */
  search(book: string, asked: Search): Promise<HitPage>;
  /** A form's schema and hints for a product on sale. Refuses: catalog.missing. */
  buyPage(book: string, code: string): Promise<BuyPage>;
  /**
   * Freezes prices until `expiresAt`. Safe to repeat: the same key and request answer the same quote, for ever.
   * No price in it had been replaced when it was committed. Lines with an `agreed` price take `by`, who agreed:
   * the caller answers for it that they may. Refuses: catalog.request_malformed,
   * catalog.quote_key_conflict, catalog.sku_unknown, catalog.options_refused (all mistakes at once),
   * catalog.quantity_refused, catalog.price_missing, catalog.amount_too_large, catalog.currencies_mixed,
   * catalog.rule_failed, catalog.rule_answer_malformed, catalog.rule_not_connected, catalog.changing.
   */
  quote(book: string, request: QuoteRequest, by?: Actor): Promise<QuoteAnswer>;
  /** A quote as it was made; undefined: there is none. */
  readQuote(book: string, id: string): Promise<Quote | undefined>;
  /** Does it hold, and is it what the buyer saw? Answers both sides where not. Refuses: catalog.request_malformed. */
  checkQuote(book: string, id: string, echoed: Echo): Promise<QuoteCheck>;
  /** SKUs of a quote that are not on sale now, as far as this node knows (a second at most); none of one that has expired. */
  withdrawnOf(quote: Quote): Promise<readonly string[]>;
  /** The same request priced anew under a new key, with what changed; what was agreed on held for the first alone. Refuses: catalog.quote_missing, and as quote. */
  requote(book: string, id: string, key: string, by?: Actor): Promise<Requote>;
  /**
   * Products, variants and prices from CSV; all rows are checked, the file is read once or twice and never held.
   * Safe to repeat: a file that says what stands changes nothing. Refuses: catalog.csv_header; rows that are wrong
   * are in the report.
   */
  importCsv(book: string, options: ImportOptions, by: Actor): Promise<ImportReport>;
  /** What importCsv reads, piece by piece. */
  exportCsv(book: string, options?: ExportOptions): AsyncGenerator<string>;
  /**
   * Takes away quotes that ended `keepQuotes.days` ago and that nothing was sold by, and answers how many. Done by
   * itself, every six hours while quotes are made.
   */
  clearQuotes(): Promise<number>;
  /** Waits for a read under way. */
  close(): Promise<void>;
}

/** Opens the room on a migrated database. Reads and writes nothing by itself. */
export function openCatalog(options: OpenCatalogOptions): Catalog {
  const { database, lane, rules, clock, keepQuotes } = options;
  const old = keepQuotes && new OldQuotes(keepQuotes);
  const time = catalogTime(clock);
  const memory = new CatalogMemory(database, time);
  const room: CatalogRoom = { database, lane, rules, time, memory, old, quotes: new KeptQuotes() };
  return {
    openBook: (book, settings = {}) => openBook(room, book, settings),
    settings: async (book) => (await memory.refreshed(book)).settings,
    saveType: (book, code, type, edit, by) => saveType(room, book, { code, given: type, edit }, by),
    savePlan: (book, code, plan, edit, by) => savePlan(room, book, { code, given: plan, edit }, by),
    saveProduct: (book, code, product, edit, by) =>
      saveProduct(room, book, { code, given: product, edit }, by),
    publish: (book, code, edit, by) => publish(room, book, code, edit, by),
    withdraw: (book, code, edit, by) => withdraw(room, book, code, edit, by),
    at: (book, kind, code, at) => itemAt(room, book, { kind, code, at }),
    versions: (book, kind, code, page = {}) => itemVersions(room, book, { kind, code, ...page }),
    list: (book, kind, page = {}) => listItems(room, book, { kind, ...page }),
    search: (book, asked) => search(room, book, asked),
    buyPage: (book, code) => buyPage(room, book, code),
    quote: (book, request, by) => makeQuote(room, book, request, by),
    readQuote: (book, id) => findQuote(room, book, id),
    checkQuote: (book, id, echoed) => checkQuote(room, book, id, echoed),
    withdrawnOf: (quote) => withdrawnOf(room, quote),
    requote: (book, id, key, by) => requote(room, book, id, key, by),
    importCsv: (book, options, by) => importCsv(room, book, options, by),
    exportCsv: (book, options = {}) => exportCsv(room, book, options),
    clearQuotes: async () => (await old?.clear(room)) ?? 0,
    async close() {
      await old?.close();
      await memory.close();
    },
  };
}
