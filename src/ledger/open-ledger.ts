/** The ledger's door: books by name, on a database of one's own or Longmen's. */
import { type Clock, fail, type Faults, isPath, type Logger, silentLogger } from "../base/index.ts";
import {
  type Database,
  demandCurrent,
  Lane,
  type LaneLimits,
  type Lease,
} from "../postgres/index.ts";
import type { Book, Page, PageRequest } from "./book.ts";
import type { BookLane } from "./book-lane.ts";
import { addBook, findBook, findBookName, listDueBooks } from "./book.sql.ts";
import { checkContext } from "./check-context.ts";
import { genesisHash } from "./hash.ts";
import { LedgerEngine } from "./engine.ts";
import { ledgerErrors } from "./ledger.errors.ts";
import { listBooks } from "./list-books.ts";
import type { MemoryLimits } from "./memory.ts";
import { writtenRooms } from "./migrations.ts";
import { mayBe, mustBe } from "./must-be.ts";
import { openBook } from "./open-book.ts";
import type { Context } from "./transfer.ts";

export interface OpenLedgerOptions {
  /** From openDatabase, migrated by `migrate(database, [postgresMigrations, ledgerMigrations])`. */
  readonly database: Database;
  /** The node's clock; book time is the database's as this clock measures it. The database's clock when left out. */
  readonly clock?: Clock | undefined;
  /** "clock": the given clock is book time itself, for tests and simulations. */
  readonly bookTime?: "database" | "clock" | undefined;
  readonly limits?: Partial<LaneLimits> | undefined;
  /** How much of a book is remembered: bounds memory, costs reads. */
  readonly memory?: Partial<MemoryLimits> | undefined;
  /** Checked in every commit where given: a node that lost it can write nothing. */
  readonly lease?: Lease | undefined;
  /** Whether this node frees holds of books that nobody uses. True when left out. */
  readonly sweep?: boolean | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
}

export interface Ledger {
  readonly database: Database;
  /**
   * Makes a book; who and in which request is kept with it. Safe to repeat: by its name.
   * Refuses: ledger.book_name_malformed, ledger.context_malformed.
   */
  createBook(name: string, options?: { readonly context?: Context | undefined }): Promise<Book>;
  /** The same, telling whether it was this call that made the book. */
  ensureBook(
    name: string,
    options?: { readonly context?: Context | undefined },
  ): Promise<{ readonly book: Book; readonly created: boolean }>;
  /** Opens a book. Refuses: ledger.book_missing. */
  book(name: string): Promise<Book>;
  /** The same by its number, as rows of other rooms name it. Refuses: ledger.book_missing. */
  bookById(id: number): Promise<Book>;
  /**
   * The names of all books, or of those among the given names that there are.
   * Refuses: ledger.cursor_malformed, ledger.limit_out_of_range.
   */
  books(page?: PageRequest, among?: readonly string[]): Promise<Page<string>>;
  /**
   * Asks the database whether this node may work on it. Refuses: postgres.schema_newer once the tables
   * are ahead of this node, schema_older, unreachable.
   */
  check(): Promise<void>;
  /** Answers what was accepted, then lets go of the connections. */
  close(): Promise<void>;
}

/** How often a node looks for overdue holds of books that have no lane here; jittered by half. */
const SWEEP_MS = 60_000;

/** Refuses: ledger.argument_malformed. */
export function openLedger(options: OpenLedgerOptions): Ledger {
  checkLedgerOptions(options);
  const { database } = options;
  const books = new Map<string, Promise<Book>>();
  const lanes: BookLane[] = [];
  let closed = false;
  const open = async (name: string): Promise<Book> => {
    // A look under way began before this question: its yes stands, its no may be over by now.
    const before = books.get(name);
    if (before !== undefined) await isFound(before);
    if (closed) throw fail(ledgerErrors, "closed", { name });
    const known = books.get(name);
    if (known !== undefined) return known;
    const opening = find(database, name).then((id) => {
      const { lane, engine } = laneOf(options, name, id);
      lanes.push(lane);
      return openBook({ database, name, id, lane, engine });
    });
    books.set(name, opening);
    opening.catch(() => books.delete(name));
    return opening;
  };
  const ensure = async (name: string, asked: { readonly context?: Context | undefined } = {}) => {
    const context = checkContext(asked.context);
    if (closed) throw fail(ledgerErrors, "closed", { name });
    const isOpen = await isFound(books.get(name));
    const created = !isOpen && (await create(options, name, context));
    return { book: await open(name), created };
  };
  const sweep = options.sweep === false ? undefined : startSweep(options, open, lanes);
  return {
    database,
    createBook: async (name, asked) => (await ensure(name, asked)).book,
    ensureBook: ensure,
    book: open,
    bookById: async (id) => open(await nameOf(database, id)),
    books: (page, among) => listBooks(database, page, among),
    check: () => demandCurrent(database, writtenRooms),
    async close() {
      closed = true;
      sweep?.stop();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

/** Whether a look-up under way, or done, has the book. */
async function isFound(looking: Promise<Book> | undefined): Promise<boolean> {
  if (looking === undefined) return false;
  return looking.then(
    () => true,
    () => false,
  );
}

function checkLedgerOptions(options: OpenLedgerOptions): void {
  mustBe("an object", { "what a ledger is opened with": options });
  const { database, clock, bookTime, limits, memory, lease, sweep, faults, log } = options;
  mustBe("an object", { database });
  mayBe("a clock", { clock });
  mayBe('"database" or "clock"', { bookTime });
  mayBe("true or false", { sweep });
  mayBe("an object", { limits, memory, lease, faults, log });
  mayBe("a number above 0", { ...limits, ...memory });
}

/** Answers the book's number. Refuses: ledger.book_name_malformed, ledger.book_missing. */
async function find(database: Database, name: string): Promise<number> {
  if (!isPath(name)) throw fail(ledgerErrors, "book_name_malformed", { name });
  const found = await database.maybe(findBook, { name });
  if (found === undefined) throw fail(ledgerErrors, "book_missing", { name });
  return found.book;
}

async function nameOf(database: Database, id: number): Promise<string> {
  const found = await database.maybe(findBookName, { book: id });
  if (found === undefined) throw fail(ledgerErrors, "book_missing", { name: `number ${id}` });
  return found.name;
}

/** Answers whether it was this call. Refuses: ledger.book_name_malformed. */
async function create(
  { database, clock = database.clock, bookTime }: OpenLedgerOptions,
  name: string,
  context: Context | undefined,
): Promise<boolean> {
  if (!isPath(name)) throw fail(ledgerErrors, "book_name_malformed", { name });
  if ((await database.maybe(findBook, { name })) !== undefined) return false;
  await demandCurrent(database, writtenRooms);
  // Batch zero has the first word about time: under a clock of the user's own it must be that clock's.
  const at = bookTime === "clock" ? clock.now() : null;
  const { by = null, request = null } = context ?? {};
  const book = { name, at, hash: genesisHash(name), by, request };
  const made = await database.transaction((tx) => tx.run(addBook, book));
  return made.length > 0;
}

function laneOf(options: OpenLedgerOptions, name: string, id: number) {
  const { database, limits, lease, faults, clock = database.clock } = options;
  const engine = new LedgerEngine({
    book: id,
    schema: database.schema,
    clock,
    followsDatabase: options.bookTime !== "clock",
    memory: options.memory,
  });
  const log = options.log ?? silentLogger;
  const lane: BookLane = new Lane({
    name: `book ${name}`,
    database,
    engine,
    limits,
    lease,
    rooms: writtenRooms,
    faults,
    log,
  });
  return { lane, engine };
}

/** Frees overdue holds of books that nobody uses here: their lanes then watch the time themselves. */
function startSweep(
  { database, log = silentLogger }: OpenLedgerOptions,
  open: (name: string) => Promise<unknown>,
  lanes: readonly BookLane[],
): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async () => {
    try {
      for (const { name } of await database.run(listDueBooks, {})) {
        if (stopped) return;
        await open(name);
        lanes.find((lane) => lane.options.name === `book ${name}`)?.poke();
      }
    } catch (error) {
      log.warn({ error }, "could not look for overdue holds");
    }
    if (!stopped) arm();
  };
  const arm = () => {
    timer = setTimeout(() => void look(), SWEEP_MS * (0.5 + Math.random()));
    timer.unref();
  };
  timer = setTimeout(() => void look(), 0);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
