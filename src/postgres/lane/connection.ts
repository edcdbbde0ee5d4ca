/**
 * The lane's own connection: one client of the pool, in the driver's pipeline mode, so that a whole
 * transaction goes out at once and a second one follows behind it before the first is answered. The
 * server runs them in the order sent; the replies come in that order too.
 */
import { performance } from "node:perf_hooks";
import type { PoolClient } from "pg";
import type { Checkout } from "../database.ts";
import { DURABLE } from "../durable.ts";
import { executorOver, send } from "../executor.ts";
import { type Backend, readBackend } from "./backend.sql.ts";
import type { LaneReader } from "./engine.ts";
import { sendPart } from "./send-part.ts";
import type { FlushStatement } from "./unit.ts";

export type WireRow = readonly (string | null)[];

/**
 * `committed`: with the rows of each statement. `refused`: the server said no, nothing happened.
 * `lost`: the connection broke before the reply; it may have happened. `nothing`: it failed before
 * anything was written, whatever the reason.
 */
export type Outcome =
  | { readonly kind: "committed"; readonly rows: readonly (readonly WireRow[])[] }
  | { readonly kind: "refused"; readonly error: RefusedByServer }
  | { readonly kind: "lost" | "nothing"; readonly error: Error };

export interface RefusedByServer extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/**
 * Waits inside the lane's transactions are bounded: a row lock can only be somebody else's, and a
 * node that is paused between two statements must not hold a book's order lock.
 */
export const LOCK_TIMEOUT_MS = 5_000;
export const IDLE_TIMEOUT_MS = 3_000;
/** A reply that takes longer counts as lost. */
export const REPLY_TIMEOUT_MS = 60_000;

/**
 * Every statement of a flush is a message of its own. Were just the `begin` cancelled by a stray hand,
 * those behind it would each commit alone: so whatever is not inside a transaction may only read.
 */
const OUTSIDE = "set default_transaction_read_only = on";
const OUTSIDE_NO_MORE = "reset default_transaction_read_only";
const BEGIN =
  `begin isolation level read committed read write; set local lock_timeout = ${LOCK_TIMEOUT_MS}; ` +
  `set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}; set local jit = off; ${DURABLE}`;

export interface LaneConnectionOptions {
  readonly schema: string;
  /** What a transaction begins with that not every node may: aborts it. */
  readonly first?: string | undefined;
  readonly replyTimeoutMs?: number | undefined;
}

export class LaneConnection {
  readonly reader: LaneReader;
  private readonly client: PoolClient;
  private readonly checkout: Checkout;
  private readonly watch: NodeJS.Timeout;
  private serverProcess: Backend | undefined;
  private lostError: Error | undefined;
  private readonly onError: (error: Error) => void;
  private readonly onEnd: () => void;
  private waitingSince: number | undefined;
  private waitingCount = 0;
  private readonly begins: string;

  /** Answers once the server process behind it is known: before anything that could be in doubt. */
  static async open(
    checkout: Checkout,
    { schema, first = "", replyTimeoutMs = REPLY_TIMEOUT_MS }: LaneConnectionOptions,
  ): Promise<LaneConnection> {
    const begins = first === "" ? BEGIN : `${BEGIN}; ${first}`;
    const connection = new LaneConnection(checkout, schema, begins, replyTimeoutMs);
    try {
      await connection.watched(checkout.client.query(OUTSIDE));
      connection.serverProcess = await connection.reader.one(readBackend, {});
      return connection;
    } catch (error) {
      connection.destroy(error as Error);
      connection.release();
      throw error;
    }
  }

  private constructor(checkout: Checkout, schema: string, begins: string, replyTimeoutMs: number) {
    const { client } = checkout;
    this.begins = begins;
    this.client = client;
    this.checkout = checkout;
    this.reader = executorOver(schema, async (statement, values) => {
      try {
        return await this.watched(send(client, schema, statement, values));
      } catch (error) {
        blame(error as Error, statement.compile(schema).name);
        throw error;
      }
    });
    this.onError = (error) => this.lose(error);
    this.client.on("error", this.onError);
    this.onEnd = () => this.lose(new Error("the connection was closed"));
    this.client.on("end", this.onEnd);
    this.watch = setInterval(() => this.checkReply(replyTimeoutMs), replyTimeoutMs / 4);
    this.watch.unref();
  }

  get lost(): Error | undefined {
    return this.lostError;
  }

  /**
   * The server process that runs what is sent here. Undefined behind a pooler, which hands sessions
   * on: the process there is another than the one that was named when the client logged in.
   */
  get backend(): Backend | undefined {
    const { processID } = this.client as { processID?: number | null };
    return this.serverProcess?.pid === processID ? this.serverProcess : undefined;
  }

  /** Sends begin, the statements and commit in one go. Never throws. */
  async transaction(statements: readonly FlushStatement[]): Promise<Outcome> {
    const begun = this.settled(this.client.query(this.begins));
    return this.finish(begun, statements);
  }

  /** Opens a transaction whose statements depend on what it reads. */
  async begin(): Promise<void> {
    await this.watched(this.client.query(this.begins));
  }

  /** Opens one that only looks: anybody may. */
  async beginToLook(): Promise<void> {
    await this.watched(this.client.query(BEGIN));
  }

  /** Sends the statements and commits the open transaction. Never throws. */
  commit(statements: readonly FlushStatement[]): Promise<Outcome> {
    return this.finish(undefined, statements);
  }

  async rollback(): Promise<void> {
    if (this.lostError !== undefined) return;
    await this.watched(this.settled(this.client.query("rollback")));
  }

  /** Gives the connection back; a lost one is closed. */
  release(): void {
    clearInterval(this.watch);
    if (this.lostError === undefined) void this.settled(this.client.query(OUTSIDE_NO_MORE));
    this.client.off("error", this.onError);
    this.client.off("end", this.onEnd);
    this.checkout.release(this.lostError !== undefined);
  }

  /** Cuts the connection: what is in flight becomes `lost`. */
  destroy(error: Error): void {
    this.lose(error);
    (
      this.client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }

  private async finish(
    begun: Promise<Settled> | undefined,
    statements: readonly FlushStatement[],
  ): Promise<Outcome> {
    const replies = statements.map((each) =>
      this.settled(sendPart(this.client, each), "name" in each ? each.name : undefined),
    );
    const committed = this.settled(this.client.query("commit"));
    const all = begun === undefined ? replies : [begun, ...replies];
    const [results, last] = await this.watched(Promise.all([Promise.all(all), committed]));
    return judge(begun === undefined ? results : results.slice(1), [...results, last]);
  }

  /** A connection whose other end has silently gone answers nothing, for ever. */
  private async watched<T>(reply: Promise<T>): Promise<T> {
    this.waitingCount += 1;
    this.waitingSince = performance.now();
    try {
      return await reply;
    } finally {
      this.waitingCount -= 1;
      this.waitingSince = this.waitingCount > 0 ? performance.now() : undefined;
    }
  }

  private settled(query: Promise<unknown>, name?: string): Promise<Settled> {
    return query.then(
      (result) => ({ result: result as { rows: WireRow[]; command?: string } }),
      (error: unknown) => {
        blame(error as Error, name);
        return { error: error as RefusedByServer };
      },
    );
  }

  private lose(error: Error): void {
    this.lostError ??= error;
  }

  private checkReply(timeoutMs: number): void {
    const since = this.waitingSince;
    if (since !== undefined && performance.now() - since > timeoutMs) {
      this.destroy(new Error(`no reply for ${timeoutMs} ms`));
    }
  }
}

const blamed = new WeakMap<Error, string>();

function blame(error: Error, name: string | undefined): void {
  if (name !== undefined) blamed.set(error, name);
}

/** The name of the prepared statement that the server refused. */
export const statementOf = (error: Error): string | undefined => blamed.get(error);

interface Settled {
  readonly result?: { readonly rows: readonly WireRow[]; readonly command?: string };
  readonly error?: RefusedByServer;
}

/** The first error decides; a commit that turned into a rollback without one can't be. */
function judge(replies: readonly Settled[], all: readonly Settled[]): Outcome {
  for (const { error } of all) {
    if (error === undefined) continue;
    return isLoss(error) ? { kind: "lost", error } : { kind: "refused", error };
  }
  return { kind: "committed", rows: replies.map((each) => each.result?.rows ?? []) };
}

/**
 * Without a severity it is the driver's own error: the reply never came. Class 08 and 57P: the
 * server is going away and says so on a connection that it closes; a commit may have gone through.
 */
export function isLoss(error: Error): boolean {
  const { code, severity } = error as { code?: string; severity?: string };
  if (severity === undefined || code === undefined) return true;
  return code.startsWith("08") || code.startsWith("57P") || code === "25P03";
}
