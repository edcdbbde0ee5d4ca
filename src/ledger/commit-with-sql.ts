/**
 * The slow form of a commit: a library user's own SQL and a posting in one transaction. The user's
 * statements run first, on a connection of their own; then, with nothing of the lane in flight, the
 * ledger takes the order lock, decides on fresh reads, writes and commits. A flush never waits for a
 * row lock, so the two can't wait for each other.
 */
import { fail, hasCode } from "../base/index.ts";
import type { Decided, FlushStatement, SealedBatch, Transaction } from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import type { LedgerOptions, Posting } from "./book.ts";
import { ledgerErrors } from "./ledger.errors.ts";
import type { OpenBookInput } from "./book-lane.ts";

export const SQL_MAX_MS = 5_000;

export interface WithSql<T> {
  readonly post: Posting;
  readonly value: T;
}

export interface WithSqlAnswer<T> {
  readonly answer: Answer | ChainAnswer;
  /** Only when the posting was carried out now: else the SQL was rolled back. */
  readonly value: T | undefined;
}

type Work<T> = (tx: Transaction) => Promise<WithSql<T>>;

const turns = new WeakMap<object, Promise<unknown>>();

/** One at a time per book and node; the order lock sees to other nodes. */
export function commitWithSql<T>(
  input: OpenBookInput,
  work: Work<T>,
  options: LedgerOptions | undefined,
): Promise<WithSqlAnswer<T>> {
  const before = turns.get(input.lane) ?? Promise.resolve();
  const mine = before.then(() => run(input, work, options));
  turns.set(
    input.lane,
    mine.catch(() => undefined),
  );
  return mine;
}

async function run<T>(
  input: OpenBookInput,
  work: Work<T>,
  options: LedgerOptions | undefined,
): Promise<WithSqlAnswer<T>> {
  const { database, lane, engine } = input;
  const over = Promise.withResolvers<void>();
  let sealed: SealedBatch | undefined;
  try {
    const answer = await database.transaction(
      async (tx) => {
        await tx.query("savepoint longmen_work");
        const { post, value } = await inTime(input, work(tx));
        await aloneUntil(lane, over.promise);
        const decided = await decide(engine, tx, post, options);
        sealed = engine.seal();
        if (!decided.applied) await tx.query("rollback to savepoint longmen_work");
        await runAll(tx, [...sealed.opening, ...sealed.writing]);
        return { answer: decided.answer, value: decided.applied ? value : undefined };
      },
      { lockTimeoutMs: SQL_MAX_MS, idleTimeoutMs: SQL_MAX_MS },
    );
    return answer;
  } catch (error) {
    // Whether it was rolled back or its commit's reply was lost: memory may be wrong either way.
    if (sealed !== undefined) engine.forget();
    throw busyIfSlow(input, error);
  } finally {
    over.resolve();
  }
}

/** Resolves when nothing of the lane is in flight, and keeps it so until `over`. */
function aloneUntil(lane: OpenBookInput["lane"], over: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    lane
      .alone(() => {
        resolve();
        return over;
      })
      .catch(reject);
  });
}

async function decide(
  engine: OpenBookInput["engine"],
  tx: Transaction,
  post: Posting,
  options: LedgerOptions | undefined,
): Promise<Decided<Answer | ChainAnswer>> {
  await engine.refresh(tx);
  engine.lookUpIds();
  engine.open();
  for (;;) {
    const state = engine.prepare();
    if (state === "load") await engine.load([post], tx);
    else if (state === "full") await writeDue(engine, tx);
    else {
      const decided = engine.decide(post, options?.context);
      if (decided !== undefined) return decided;
      await engine.load([post], tx);
    }
  }
}

/** More fell due than one batch takes: that batch goes first, in the same transaction. */
async function writeDue(engine: OpenBookInput["engine"], tx: Transaction): Promise<void> {
  const sealed = engine.seal();
  await runAll(tx, [...sealed.opening, ...sealed.writing]);
  engine.open();
}

async function runAll(tx: Transaction, statements: readonly FlushStatement[]): Promise<void> {
  for (const { text, values } of statements) await tx.query(text, values);
}

async function inTime<T>({ name }: OpenBookInput, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = fail(ledgerErrors, "busy", { book: name, maxMs: SQL_MAX_MS });
  const timer = setTimeout(() => late.reject(error), SQL_MAX_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function busyIfSlow({ name }: OpenBookInput, error: unknown): unknown {
  const slow =
    hasCode(error, "postgres.lock_timeout") || hasCode(error, "postgres.transaction_idle");
  return slow ? fail(ledgerErrors, "busy", { book: name, maxMs: SQL_MAX_MS }, error) : error;
}
