/**
 * Quotes that nobody bought by go, so many days after they ended; those that something was sold by stay, as its
 * proof. A node looks now and then, while it makes quotes: one that makes none asks nothing.
 */
import { fail, type Logger, silentLogger } from "../base/index.ts";
import { type Database, type Lane, unit } from "../postgres/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { quotesInOrder } from "./catalog.sql.ts";
import type { CatalogTime } from "./time.ts";
import { removeQuotes } from "./write-quotes.ts";

export interface KeepQuotes {
  /** After the end of a quote; 0: for ever. */
  readonly days: number;
  /** Which of these ids something was sold by. */
  readonly sold: (quoteIds: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly log?: Logger | undefined;
}

/** What it works with: the room, which has it itself. */
interface Around {
  readonly database: Database;
  readonly lane: Pick<Lane<never, never>, "submit">;
  readonly time: CatalogTime;
}

const DAY_MS = 86_400_000;
const DAYS_MAX = 36_500;
const LOOK_EVERY_MS = 6 * 3_600_000;
const PAGE = 1_000;

export class OldQuotes {
  private readonly keep: KeepQuotes;
  private lookedAt = -Infinity;
  private clearing: Promise<number> | undefined;
  private closed = false;

  /** Refuses: catalog.request_malformed. */
  constructor(keep: KeepQuotes) {
    const { days } = keep;
    if (!Number.isInteger(days) || days < 0 || days > DAYS_MAX) {
      const expected = `whole days from 1 to ${DAYS_MAX}, or 0 for ever`;
      throw fail(catalogErrors, "request_malformed", { field: "keepQuotes.days", expected });
    }
    this.keep = keep;
  }

  /** Nobody waits for it. */
  lookSometimes(room: Around): void {
    const now = performance.now();
    if (this.keep.days === 0 || this.closed || now - this.lookedAt < LOOK_EVERY_MS) return;
    this.lookedAt = now;
    const { log = silentLogger } = this.keep;
    this.clear(room).catch((error: unknown) => log.warn({ error }, "old quotes were not cleared"));
  }

  /** Answers how many went. */
  clear(room: Around): Promise<number> {
    this.clearing ??= this.clearAll(room).finally(() => (this.clearing = undefined));
    return this.clearing;
  }

  private async clearAll({ database, lane, time }: Around): Promise<number> {
    if (this.keep.days === 0) return 0;
    const until = time.now() - this.keep.days * DAY_MS;
    let after = "";
    let gone = 0;
    while (!this.closed) {
      // In the order in which they were made: behind one that is too young all are.
      const rows = await database.run(quotesInOrder, { after, limit: PAGE });
      const old = rows.filter(({ expiresAt }) => expiresAt < until).map(({ quoteId }) => quoteId);
      const sold = old.length === 0 ? new Set() : await this.keep.sold(old);
      const unsold = old.filter((id) => !sold.has(id));
      if (unsold.length > 0) {
        const made = unit(`catalog/old-quotes/${unsold[0] ?? ""}`).write(removeQuotes, ...unsold);
        await lane.submit({ ...made, context: undefined });
        gone += unsold.length;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE || last.madeAt > until) break;
      after = last.quoteId;
    }
    return gone;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.clearing?.catch(() => undefined);
  }
}
