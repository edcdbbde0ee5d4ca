/**
 * Orders as a node knows them. An act is decided on what is known, and the commit checks it: the step
 * that it inserts is of the version that follows. What is known may be old but was once true; so a *no*
 * is never said from memory, only from a read that began after the question.
 */
import type { Database, RowIn } from "../postgres/index.ts";
import { type Held, readHeld } from "./held.ts";
import type { OrderNow } from "./order.ts";
import { stateOf } from "./order-machine.ts";
import { readOrders } from "./order.sql.ts";

export interface KnownOrder extends OrderNow {
  readonly bodyHash: Buffer;
  readonly lines: number;
  readonly held: Held;
}

/** How an order stands, without what only this room needs. */
export function nowOf(order: KnownOrder): OrderNow {
  const { id, state, version, buyer, asset, total, paid, refunded, expiresAt } = order;
  return { id, state, version, buyer, asset, total, paid, refunded, expiresAt };
}

const KNOWN_MAX = 32_768;

/** The newest that this node has seen of orders; the oldest are forgotten. */
export class OrderMemory {
  private readonly orders = new Map<string, KnownOrder>();
  private readonly max: number;

  constructor(max: number = KNOWN_MAX) {
    this.max = max;
  }

  get(bookId: number, orderId: string): KnownOrder | undefined {
    return this.orders.get(`${bookId}/${orderId}`);
  }

  /** Two acts of one order may be answered in any order: the higher version stays. */
  learn(bookId: number, order: KnownOrder): void {
    const key = `${bookId}/${order.id}`;
    const known = this.orders.get(key);
    if (known !== undefined && known.version >= order.version) return;
    this.orders.delete(key);
    this.orders.set(key, order);
    if (this.orders.size <= this.max) return;
    const [oldest] = this.orders.keys();
    if (oldest !== undefined) this.orders.delete(oldest);
  }
}

interface Asking {
  readonly bookId: number;
  readonly orderId: string;
  readonly found: (order: KnownOrder | undefined) => void;
  readonly failed: (error: unknown) => void;
}

const READ_MAX = 1_000;
const READS_AT_ONCE = 2;

/** Reads orders, all that are asked for meanwhile in one query. */
export class OrderReader {
  private readonly database: Pick<Database, "run">;
  private waiting: Asking[] = [];
  private reading = 0;

  constructor(database: Pick<Database, "run">) {
    this.database = database;
  }

  /** How the order stands, by a read that begins after this call. */
  read(bookId: number, orderId: string): Promise<KnownOrder | undefined> {
    const asked = new Promise<KnownOrder | undefined>((found, failed) => {
      this.waiting.push({ bookId, orderId, found, failed });
    });
    this.next();
    return asked;
  }

  private next(): void {
    if (this.reading >= READS_AT_ONCE || this.waiting.length === 0) return;
    this.reading += 1;
    void this.readSome();
  }

  /** Every outcome, errors too, goes to those who asked. */
  private async readSome(): Promise<void> {
    // What is asked in this turn of the event loop goes along.
    await Promise.resolve();
    const asked = this.waiting.splice(0, READ_MAX);
    try {
      const rows = await this.database.run(readOrders, {
        bookIds: asked.map(({ bookId }) => bookId),
        orderIds: asked.map(({ orderId }) => orderId),
      });
      const found = new Map(rows.map((row) => [`${row.bookId}/${row.orderId}`, orderOf(row)]));
      for (const one of asked) one.found(found.get(`${one.bookId}/${one.orderId}`));
    } catch (error) {
      for (const one of asked) one.failed(error);
    } finally {
      this.reading -= 1;
      this.next();
    }
  }
}

function orderOf(row: RowIn<typeof readOrders>): KnownOrder {
  return {
    id: row.orderId,
    state: row.state === null ? "placed" : stateOf(row.state),
    version: row.version ?? 1,
    buyer: row.buyer,
    asset: row.asset,
    total: row.total,
    paid: row.paid ?? 0n,
    refunded: row.refunded ?? 0n,
    expiresAt: row.expiresAt,
    bodyHash: row.bodyHash,
    lines: row.lines,
    held: readHeld(row.held),
  };
}
