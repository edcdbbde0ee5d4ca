import type pg from "pg";
import { assert, fail } from "../base/index.ts";
import { DURABLE } from "./durable.ts";
import type { Executor } from "./executor.ts";
import { executorOver, send } from "./executor.ts";
import { sendPart } from "./lane/send-part.ts";
import type { FlushStatement } from "./lane/unit.ts";
import { postgresErrors } from "./postgres.errors.ts";
import type { Replies } from "./replies.ts";
import { isConnectionLoss, translateDatabaseError } from "./translate.ts";

/** One open transaction. Its statements run one after another, in the order they were called. */
export interface Transaction extends Executor {
  /**
   * The user's own SQL, as the driver answers it. What it sets for its session (`set`, not only
   * `set local`) is reset when the transaction is over.
   */
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; count: number }>;
}

export interface TransactionOptions {
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
  /** How long a statement waits for a lock: then postgres.lock_timeout. */
  readonly lockTimeoutMs?: number;
  /** How long the transaction may wait for its next statement: then postgres.transaction_idle. */
  readonly idleTimeoutMs?: number;
  /**
   * A reply that takes longer counts as lost, and the connection is cut: postgres.connection_lost. So
   * does waiting for a connection: postgres.pool_exhausted. No limit unless told.
   */
  readonly replyTimeoutMs?: number;
}

function beginText(options: TransactionOptions): string {
  const texts = [
    `begin isolation level ${options.isolation ?? "read committed"} ${options.readOnly === true ? "read only" : "read write"}`,
  ];
  const limits = {
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: options.idleTimeoutMs,
  };
  for (const [setting, limitMs] of Object.entries(limits)) {
    if (limitMs === undefined) continue;
    assert(Number.isSafeInteger(limitMs) && limitMs > 0, `${setting} of ${limitMs} ms`);
    texts.push(`set local ${setting} = ${limitMs}`);
  }
  if (options.readOnly !== true) texts.push(DURABLE);
  return texts.join("; ");
}

/** A connection that is lent for a transaction. */
export interface Lent {
  readonly client: pg.ClientBase;
  readonly replies: Pick<Replies, "of">;
  /** Called when SQL runs on it that may have set something. */
  readonly onOwnSql?: () => void;
}

/** Waits for each reply, however long it takes. */
export const PATIENT: Lent["replies"] = { of: (reply) => reply };

async function commit({ client, replies }: Lent): Promise<void> {
  let command: string;
  try {
    ({ command } = await replies.of(client.query("commit")));
  } catch (error) {
    if (!isConnectionLoss(error)) throw translateDatabaseError(error);
    const reason = error instanceof Error ? error.message : String(error);
    throw fail(postgresErrors, "outcome_unknown", { reason }, error);
  }
  // PostgreSQL answers the commit of a failed transaction with a rollback, not with an error.
  if (command !== "COMMIT") throw fail(postgresErrors, "transaction_aborted");
}

async function rollback({ client, replies }: Lent): Promise<void> {
  try {
    await replies.of(client.query("rollback"));
  } catch {
    // The first error is the one to tell; the caller closes a connection that is not idle.
  }
}

type Answer = pg.QueryResult<Record<string, unknown>>;

function isList(answer: Answer | readonly Answer[]): answer is readonly Answer[] {
  return Array.isArray(answer);
}

const senders = new WeakMap<Transaction, (part: FlushStatement) => Promise<unknown>>();

/** A statement of a flush inside an open transaction: what a batch is written with, tx form or not. */
export async function sendInside(tx: Transaction, part: FlushStatement): Promise<void> {
  const sendOn = senders.get(tx);
  assert(sendOn !== undefined, "this transaction was not opened by a database");
  await sendOn(part);
}

function transactionOn(
  { client, replies, onOwnSql }: Lent,
  schema: string,
  isOpen: () => boolean,
): Transaction {
  const guarded = async <T>(ask: () => Promise<T>): Promise<T> => {
    assert(isOpen(), "the transaction is over; a statement of it was not awaited");
    try {
      return await replies.of(ask());
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };
  const tx: Transaction = {
    ...executorOver(schema, (statement, values) =>
      guarded(() => send(client, schema, statement, values)),
    ),
    query: (text, values = []) =>
      guarded(async () => {
        onOwnSql?.();
        const answer: Answer | readonly Answer[] = await client.query(text, [...values]);
        // A text of several statements is answered by a list; the last is the answer.
        const last = isList(answer) ? answer.at(-1) : answer;
        return { rows: last?.rows ?? [], count: last?.rowCount ?? 0 };
      }),
  };
  senders.set(tx, (part) => guarded(() => sendPart(client, part)));
  return tx;
}

/** Begins, works, commits; or rolls back. The caller owns the connection. */
export async function runTransaction<T>(
  lent: Lent,
  schema: string,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const { client, replies } = lent;
  try {
    await replies.of(client.query(beginText(options)));
  } catch (error) {
    throw translateDatabaseError(error);
  }
  let open = true;
  try {
    const result = await work(transactionOn(lent, schema, () => open));
    open = false;
    await commit(lent);
    return result;
  } catch (error) {
    open = false;
    await rollback(lent);
    // As it is: what PostgreSQL threw was named above, what `work` threw itself is its own.
    throw error;
  }
}
