/**
 * Hints between nodes: that there may be something for them to do, told by NOTIFY, outside of every write's
 * path, and together: PostgreSQL commits notifications one behind the other. Nobody relies on them; whoever
 * hears none finds by looking what there is.
 */
import { createHash } from "node:crypto";
import { arg, as, type Database, sql } from "../postgres/index.ts";

const TOGETHER_MS = 50;

const notify = sql.named("flow.hint", {
  params: { channel: arg.text },
  columns: { told: as.int4 },
})`select 1 as told from pg_notify(${"channel"}, '')`;

/** One for each schema; it is no longer than PostgreSQL takes. */
export function channelOf({ schema }: Database): string {
  return `longmen_${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`;
}

export class Hints {
  private readonly database: Database;
  private timer: NodeJS.Timeout | undefined;

  constructor(database: Database) {
    this.database = database;
  }

  /** Tells all nodes, soon. */
  spread(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.database.run(notify, { channel: channelOf(this.database) }).catch(() => undefined);
    }, TOGETHER_MS).unref();
  }

  close(): void {
    clearTimeout(this.timer);
  }
}
