/**
 * Which version is live, as this node believes it: what was read stands for a second, so that a decision costs no
 * round trip and a rollback made on any node holds on all of them within that second. What this node changes itself
 * it forgets at once. Nobody polls: who asks after that second waits for one read, which serves all who ask by then.
 */
import { type Clock, fail } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import { rulesErrors } from "./rules.errors.ts";
import { readLive } from "./rules.sql.ts";
import type { Place } from "./write-rules.ts";

export const BELIEF_MS = 1_000;
const KEPT_MAX = 10_000;

interface Pointer {
  /** undefined: there is no such set; null: none is live. */
  readonly version: number | null | undefined;
  readonly until: number;
}

interface Wanted extends Place {
  readonly settle: PromiseWithResolvers<number | null | undefined>;
  readonly turn: number;
}

export class LivePointers {
  private readonly database: Database;
  private readonly clock: Pick<Clock, "now">;
  private readonly known = new Map<string, Pointer>();
  private wanted = new Map<string, Wanted>();
  /** Grows when something is forgotten: what was read before that isn't kept. */
  private turn = 0;

  constructor(database: Database, clock: Pick<Clock, "now">) {
    this.database = database;
    this.clock = clock;
  }

  /** The live version, if it is known; 0 when it must be read. Refuses: rules.set_missing, rules.none_live. */
  believed({ book, name }: Place): number {
    const pointer = this.known.get(keyOf(book, name));
    if (pointer === undefined || pointer.until <= this.clock.now()) return 0;
    return checked(pointer.version, book, name);
  }

  /** Refuses: rules.set_missing, rules.none_live. */
  async read({ book, name }: Place): Promise<number> {
    const key = keyOf(book, name);
    const wanted = this.wanted.get(key) ?? this.want({ book, name }, key);
    return checked(await wanted.settle.promise, book, name);
  }

  private want(place: Place, key: string): Wanted {
    if (this.wanted.size === 0) setImmediate(() => void this.readAll());
    const settle = Promise.withResolvers<number | null | undefined>();
    const one = { ...place, settle, turn: this.turn };
    this.wanted.set(key, one);
    return one;
  }

  private async readAll(): Promise<void> {
    const all = [...this.wanted];
    this.wanted = new Map();
    const books = all.map(([, { book }]) => book);
    const names = all.map(([, { name }]) => name);
    const until = this.clock.now() + BELIEF_MS;
    try {
      const rows = await this.database.run(readLive, { books, names });
      const found = new Map(rows.map((row) => [keyOf(row.book, row.name), row.liveVersion]));
      for (const [key, { settle, turn }] of all) {
        const version = found.get(key);
        if (turn === this.turn) this.keep(key, { version, until });
        settle.resolve(version);
      }
    } catch (error) {
      for (const [, { settle }] of all) settle.reject(error);
    }
  }

  private keep(key: string, pointer: Pointer): void {
    this.known.delete(key);
    this.known.set(key, pointer);
    const oldest = this.known.size > KEPT_MAX ? this.known.keys().next() : undefined;
    if (oldest?.done === false) this.known.delete(oldest.value);
  }

  forget({ book, name }: Place): void {
    this.turn += 1;
    this.known.delete(keyOf(book, name));
  }
}

function checked(version: number | null | undefined, book: string, name: string): number {
  if (version === undefined) throw fail(rulesErrors, "set_missing", { book, name });
  if (version === null) throw fail(rulesErrors, "none_live", { name });
  return version;
}

const keyOf = (book: string, name: string): string => `${book}\n${name}`;
