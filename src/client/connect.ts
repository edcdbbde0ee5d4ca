/** The client's beginning: an address and a key. */
import { ask, digits, timeOf } from "./ask.ts";
import type { Wire } from "./attempt.ts";
import type { Book } from "./book.ts";
import { listsOf, readsOf } from "./book-reads.ts";
import { writesOf } from "./book-writes.ts";
import { type Bulk, bulkOf } from "./bulk.ts";
import { type Keys, keysOf } from "./keys.ts";
import { type Leases, leasesOf } from "./leases.ts";
import { overFetch, overNode } from "./over-node.ts";
import { type List, type ListOptions, listOf } from "./pages.ts";
import { type Machines, machinesOf } from "./machines.ts";
import { clientProblem } from "./problem.ts";
import { type Runs, runsOf } from "./runs.ts";
import { type Schedules, schedulesOf } from "./schedules.ts";
import { shopOf } from "./shop.ts";
import { type Tasks, tasksOf } from "./tasks.ts";

export interface ConnectOptions {
  /** Of the server, such as https://ledger.example.com; /v1/… follows it. */
  readonly url: string;
  /** A token: lm_… */
  readonly key: string;
  /** Over all attempts of one call; 30,000 when left out. */
  readonly deadlineMs?: number | undefined;
  /** In place of the runtime's own way: Node's http, and fetch elsewhere. */
  readonly fetch?: typeof fetch | undefined;
}

export interface Longmen {
  readonly url: string;
  /** The same one for the same name, so that all calls of this client to a book travel together. */
  book(name: string): Book;
  /** The names of the books that this key knows. */
  books(options?: ListOptions): List<string>;
  readonly runs: Runs;
  readonly machines: Machines;
  readonly bulk: Bulk;
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  readonly leases: Leases;
  readonly keys: Keys;
}

const DEADLINE_MS = 30_000;
/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Makes a client; nothing is asked until it is used, and nothing is to be closed. Make one for a
 * program and keep it: calls are gathered per client and book.
 * Throws LongmenProblem client.request_malformed.
 */
export function connect(options: ConnectOptions): Longmen {
  const { key, deadlineMs = DEADLINE_MS } = options;
  if (typeof key !== "string" || !TOKEN.test(key)) {
    throw clientProblem("request_malformed", { what: "the key is no token", pointer: "/key" });
  }
  const base = baseOf(options.url);
  // A browser's fetch must be called as its own.
  const own: typeof fetch = (input, init) => fetch(input, init);
  const transport =
    options.fetch === undefined ? (overNode(base) ?? overFetch(own)) : overFetch(options.fetch);
  const wire: Wire = {
    ...{ base, key, transport },
    deadlineMs: timeOf(deadlineMs),
    fetch: options.fetch ?? own,
  };
  const books = new Map<string, Book>();
  return {
    url: wire.base,
    book(name) {
      let book = books.get(name);
      if (book === undefined) books.set(name, (book = openBook(wire, name)));
      return book;
    },
    books: ({ limit, ...rest } = {}) =>
      listOf(
        (cursor) => {
          const query = { cursor, limit: digits(limit) };
          return ask(wire, "listBooks", { params: undefined, query }, rest);
        },
        ({ items }) => items,
      ),
    runs: runsOf(wire),
    machines: machinesOf(wire),
    bulk: bulkOf(wire),
    tasks: tasksOf(wire),
    schedules: schedulesOf(wire),
    leases: leasesOf(wire),
    keys: keysOf(wire),
  };
}

function openBook(wire: Wire, name: string): Book {
  const shop = shopOf(wire, name);
  return { name, shop, ...writesOf(wire, name), ...readsOf(wire, name), ...listsOf(wire, name) };
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain =
    parsed !== undefined &&
    /^https?:$/.test(parsed.protocol) &&
    parsed.username === "" &&
    parsed.search === "" &&
    parsed.hash === "";
  if (isPlain) return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, "");
  const what = "the address is not of the form https://host:port";
  throw clientProblem("request_malformed", { what, pointer: "/url" });
}
