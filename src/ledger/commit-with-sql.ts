/**
 * The slow form of a commit: a library user's own SQL and a posting in one transaction. The user's
 * statements run first, on a connection of their own; then, with nothing of the lane in flight, the
 * ledger takes the order lock, decides on fresh reads, writes and commits. A flush never waits for a
 * row lock, so the two can't wait for each other.
 */
import { assert, fail, hasCode } from "../base/index.ts";
import {
  type Decided,
  DURABLE,
  firstCheck,
  type FlushStatement,
  isFenced,
  isSkewed,
  isStale,
  laneErrors,
  leaseCheck,
  outdatedOf,
  sendInside,
  type Transaction,
} from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import type { LedgerOptions, Posting } from "./book.ts";
import type { Context } from "./transfer.ts";
import { ledgerErrors } from "./ledger.errors.ts";
import type { BookLane, OpenBookInput } from "./book-lane.ts";
import { checkContext } from "./check-context.ts";
import { copyOf } from "./posting.ts";
import { TxLine } from "./tx-line.ts";

export const SQL_MAX_MS = 5_000;

const TOO_SLOW = `it took longer than ${SQL_MAX_MS} ms`;
const STEPPED = "this node's clock was set meanwhile";
const OVERTAKEN = "another node wrote while it was refused";
/** By what the database ends a transaction that takes too long. */
const SLOW = ["postgres.lock_timeout", "postgres.transaction_idle", "postgres.cancelled"];

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

const lines = new WeakMap<BookLane, TxLine>();

/** One at a time per book and node; the order lock sees to other nodes. */
export function commitWithSql<T>(
  input: OpenBookInput,
  work: Work<T>,
  options: LedgerOptions | undefined,
): Promise<WithSqlAnswer<T>> {
  const line = lines.get(input.lane) ?? new TxLine(input.lane);
  lines.set(input.lane, line);
  const { savepoint } = line;
  const { deadlineMs } = options ?? {};
  return line.run((begin) => run(input, work, options, { begin, savepoint }), deadlineMs);
}

interface Turn {
  /** Called where nothing has been done yet. */
  readonly begin: () => void;
  /** Before the caller's SQL. */
  readonly savepoint: string;
}

async function run<T>(
  input: OpenBookInput,
  work: Work<T>,
  options: LedgerOptions | undefined,
  { begin, savepoint }: Turn,
): Promise<WithSqlAnswer<T>> {
  const { lane, engine } = input;
  const over = Promise.withResolvers<void>();
  let alone = false;
  checkOpen(lane);
  const context = checkContext(options?.context);
  try {
    // Asks the pool, perhaps: whoever holds a connection of it already might wait for ever.
    const first = await firstCheck(lane.options);
    return await lane.converse(
      async (tx) => {
        // A statement that hangs would keep its own rollback waiting.
        const prepared = `set local statement_timeout = ${SQL_MAX_MS}; savepoint ${savepoint}`;
        const began = await tx.query(`${first}; ${prepared}; ${TRANSACTION}`);
        begin();
        const { post, value } = await inTime(input, workOn(tx, work));
        const now = await tx.query(`${DURABLE}; ${TRANSACTION}`);
        // Outside of it the batch and its entries would each commit alone.
        if (now.rows[0]?.["id"] !== began.rows[0]?.["id"]) {
          throw fail(ledgerErrors, "transaction_ended", { book: input.name });
        }
        await aloneUntil(lane, over.promise);
        alone = true;
        checkOpen(lane);
        const posting = copyOf(post);
        const decided = await decideInTurn(input, tx, { posting, context, savepoint });
        const sealed = engine.seal();
        await runAll(tx, [...leaseCheck(lane.options), ...sealed.opening, ...sealed.writing]);
        return { answer: decided.answer, value: decided.applied ? value : undefined };
      },
      { lockTimeoutMs: SQL_MAX_MS, idleTimeoutMs: SQL_MAX_MS },
    );
  } catch (error) {
    // Half decided, rolled back, or committed with its reply lost: memory may be wrong in each case.
    if (alone) engine.forget();
    throw nameOf(input, error);
  } finally {
    over.resolve();
  }
}

const TRANSACTION = "select pg_current_xact_id()::text as id";

/** Lends the transaction for as long as the caller's work takes, and no longer. */
async function workOn<T>(tx: Transaction, work: Work<T>): Promise<WithSql<T>> {
  let isOver = false;
  const still = (): Transaction => {
    assert(!isOver, "the work is over; a statement of it was not awaited");
    return tx;
  };
  const lent: Transaction = {
    schema: tx.schema,
    count: async (statement, values) => still().count(statement, values),
    run: async (statement, values) => still().run(statement, values),
    one: async (statement, values) => still().one(statement, values),
    maybe: async (statement, values) => still().maybe(statement, values),
    query: async (text, values) => still().query(text, values),
  };
  try {
    return await work(lent);
  } finally {
    isOver = true;
  }
}

/** A lane that is closed, or whose node is fenced, takes nothing in. */
function checkOpen({ intake }: OpenBookInput["lane"]): void {
  if (intake.refusal !== undefined) throw intake.refusal;
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

interface InTurn extends Pick<Turn, "savepoint"> {
  readonly posting: Posting;
  readonly context: Context | undefined;
}

/**
 * A refusal takes the caller's SQL back, and with it what fell due and was written behind that SQL:
 * then it is decided once more, where nothing of the caller's stands before it.
 */
async function decideInTurn(
  input: OpenBookInput,
  tx: Transaction,
  { posting, context, savepoint }: InTurn,
): Promise<Decided<Answer | ChainAnswer>> {
  const { decided, batchesBefore } = await decide(input, tx, posting, context);
  if (decided.applied) return decided;
  // This lets go of the order lock, too: another node may come between, and is then found out.
  await tx.query(`rollback to savepoint ${savepoint}`);
  if (batchesBefore === 0) return decided;
  input.engine.forget();
  const again = await decide(input, tx, posting, context);
  // What was refused may be accepted since another node came between; the SQL is gone by then.
  if (again.decided.applied) throw fail(ledgerErrors, "busy", { book: input.name, why: OVERTAKEN });
  return again.decided;
}

interface DecidedInTurn {
  readonly decided: Decided<Answer | ChainAnswer>;
  /** Of what fell due and did not fit into one batch with the posting. */
  readonly batchesBefore: number;
}

async function decide(
  { engine, lane }: OpenBookInput,
  tx: Transaction,
  post: Posting,
  context: Context | undefined,
): Promise<DecidedInTurn> {
  let batchesBefore = 0;
  await engine.refresh(tx);
  engine.lookUpIds();
  engine.open();
  for (;;) {
    const state = engine.prepare();
    if (state === "load") await engine.load([post], tx);
    else if (state === "full") {
      await writeDue(engine, tx, leaseCheck(lane.options));
      batchesBefore += 1;
    } else {
      const decided = engine.decide(post, context);
      if (decided !== undefined) return { decided, batchesBefore };
      await engine.load([post], tx);
    }
  }
}

/** More fell due than one batch takes: that batch goes first, in the same transaction. */
async function writeDue(
  engine: OpenBookInput["engine"],
  tx: Transaction,
  checks: readonly FlushStatement[],
): Promise<void> {
  const sealed = engine.seal();
  await runAll(tx, [...checks, ...sealed.opening, ...sealed.writing]);
  // The next batch is written under the lock, too: its time is not held against this node's estimate.
  await engine.refresh(tx);
  engine.open();
}

async function runAll(tx: Transaction, statements: readonly FlushStatement[]): Promise<void> {
  for (const statement of statements) await sendInside(tx, statement);
}

async function inTime<T>({ name }: OpenBookInput, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = fail(ledgerErrors, "busy", { book: name, why: TOO_SLOW });
  const timer = setTimeout(() => late.reject(error), SQL_MAX_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the database's errors mean here; others are the caller's own SQL's. */
function nameOf({ name, lane }: OpenBookInput, error: unknown): unknown {
  const outdated = outdatedOf(error);
  if (outdated !== undefined) return outdated;
  if (isFenced(error)) return fail(laneErrors, "fenced", { ...lane.options.lease }, error);
  if (isStale(error)) return fail(ledgerErrors, "busy", { book: name, why: OVERTAKEN }, error);
  if (isSkewed(error)) return fail(ledgerErrors, "busy", { book: name, why: STEPPED }, error);
  const slow = SLOW.some((code) => hasCode(error, code));
  return slow ? fail(ledgerErrors, "busy", { book: name, why: TOO_SLOW }, error) : error;
}
