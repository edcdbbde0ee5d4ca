/** Our side of every case: the shipped path with default configuration, on a fresh schema. */
import { openLedger, type Book, type OpenAccount } from "../../src/ledger/index.ts";
import { runCallers } from "../callers.ts";
import { Void, type Contender, type Round } from "../contest.ts";
import { checkBook, countAll, type Before, type Checked } from "./check.ts";
import { ASSET, newTally, OUTSIDE, WINDOW_ASSET, type Load, type Opening } from "./loads.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import { checkpoint } from "../servers.ts";
import { withTables } from "./tables.ts";

const BOOK = "bench";
const OPEN_AT_ONCE = 2_000;

export interface OurOptions {
  readonly name?: string | undefined;
  readonly url: string;
  readonly callers: number;
  readonly load: () => Load;
  /** Wraps what the clock runs for: a profiler. */
  readonly during?: ((load: () => Promise<Round>) => Promise<Round>) | undefined;
  /** Told after every round what it wrote. */
  readonly onChecked?: ((checked: Checked) => void) | undefined;
}

export function ourContender(options: OurOptions): Contender {
  return {
    name: options.name ?? "longmen",
    round: (seconds) => onFreshBook(options.url, (open) => loadedRound(open, options, seconds)),
  };
}

export interface OpenBook {
  readonly url: string;
  readonly schema: string;
  readonly book: Book;
}

async function loadedRound(open: OpenBook, options: OurOptions, seconds: number): Promise<Round> {
  const load = options.load();
  const before = await prepare(open, load);
  const tally = newTally();
  const call = () => load.call(open.book, tally);
  const clocked = () => runCallers({ callers: options.callers, seconds, call });
  const round = await (options.during?.(clocked) ?? clocked());
  const checked = await checkBook(open.url, open.schema, { book: open.book, before, tally });
  options.onChecked?.(checked);
  return { ...round, balancesPerEntry: checked.balancesPerEntry };
}

const SCHEMA = "bench_longmen";

/** Opens a book in a new schema and drops the schema afterwards. */
export async function onFreshBook<T>(
  url: string,
  work: (open: OpenBook) => Promise<T>,
): Promise<T> {
  return withTables(url, SCHEMA, async () => {
    const node = await openNode(url, SCHEMA);
    try {
      return await work({ url, schema: SCHEMA, book: node.book });
    } finally {
      await node.close();
    }
  });
}

/** One node of its own on the book, which is made if it is not there. */
export async function openNode(
  url: string,
  schema: string,
): Promise<{ book: Book; close: () => Promise<void> }> {
  const database = await openDatabase({ url, schema });
  const ledger = openLedger({ database });
  const close = async () => {
    await ledger.close();
    await database.close();
  };
  return { book: await ledger.createBook(BOOK), close };
}

/** Opens the accounts of the load and stocks them; nothing of it is in the clock. */
export async function prepare({ url, schema, book }: OpenBook, load: Load): Promise<Before> {
  await expectCreated(book, [
    { kind: "asset", asset: ASSET },
    { kind: "asset", asset: WINDOW_ASSET, refusals: "window" },
  ]);
  let some = [ASSET, WINDOW_ASSET].map((asset) =>
    openingOf({ path: OUTSIDE, asset, bound: "none" }),
  );
  const stocked: Opening[] = [];
  for (const account of load.accounts) {
    if (account.stock !== undefined) stocked.push(account);
    if (some.push(openingOf(account)) < OPEN_AT_ONCE) continue;
    await expectCreated(book, some);
    some = [];
  }
  await expectCreated(book, some);
  await expectCreated(book, stocked.map(stockingOf));
  await checkpoint(url);
  return countAll(url, schema, book.id);
}

function openingOf({ path, bound, asset = ASSET }: Opening): OpenAccount {
  return { kind: "open", path, asset, side: "credit", bound };
}

function stockingOf({ path, stock = 0n, asset = ASSET }: Opening) {
  return { id: `stock:${path}`, asset, debit: OUTSIDE, credit: path, amount: stock };
}

async function expectCreated(book: Book, requests: Parameters<Book["batch"]>[0]): Promise<void> {
  for (const answer of await book.batch(requests)) {
    if (answer.status !== "created") {
      throw new Void(
        `preparing was answered ${answer.status === "refused" ? answer.code : "exists"}`,
      );
    }
  }
}
