import type { PoolClient } from "pg";
import { Pool } from "pg";
import type { Clock, Logger } from "../base/index.ts";
import { assert, fail, hasCode, silentLogger, systemClock } from "../base/index.ts";
import { checkServer } from "./check-server.ts";
import type { Executor, Send, Sent } from "./executor.ts";
import { executorOver, send } from "./executor.ts";
import { postgresErrors } from "./postgres.errors.ts";
import { findPooler, settleNames } from "./prepared.ts";
import { cut, Replies } from "./replies.ts";
import type { Statement } from "./sql.ts";
import { mayReset, resetSession } from "./session.ts";
import { checkSchemaName } from "./sql.ts";
import { withTlsWords } from "./tls.ts";
import type { Transaction, TransactionOptions } from "./transaction.ts";
import { runTransaction } from "./transaction.ts";
import { isConnectionLoss, isStalePlan, translateDatabaseError } from "./translate.ts";

export interface PoolStats {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/**
 * A pool of connections to one Longmen schema. No session setting is changed for good, so the pool
 * may be shared with the user's own code; what a transaction's own SQL sets is reset after it, unless
 * the connection of a pool of the user's had settings by `set` before.
 */
export interface Database extends Executor {
  readonly clock: Clock;
  readonly log: Logger;
  readonly serverVersion: number;
  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws.
   * Safe to repeat: only if `work` is. Refuses: postgres.outcome_unknown when the connection broke
   * while the commit was on its way, postgres.transaction_aborted when `work` swallowed an error.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  stats(): PoolStats;
  /** Ends the pool that `openDatabase` made; a pool of the user's own stays open. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** `postgres://user:password@host:port/database`, or a pool of the user's own. */
  readonly url?: string;
  readonly pool?: Pool;
  readonly schema?: string;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly poolMax?: number;
  /** How the connections name themselves in pg_stat_activity. */
  readonly applicationName?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
export const POOL_MAX_DEFAULT = 10;

const pools = new WeakMap<Database, Pool>();

function makePool(options: OpenOptions, url: string): Pool {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw fail(postgresErrors, "url_malformed", { reason: "it does not begin with postgres://" });
  }
  return new Pool({
    connectionString: withTlsWords(url),
    max: options.poolMax ?? POOL_MAX_DEFAULT,
    application_name: options.applicationName ?? "longmen",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    // Several statements may be on their way at once; one after another behaves as without it.
    pipeline: true,
  });
}

function poolFrom(options: OpenOptions): { pool: Pool; owned: boolean } {
  if (options.pool !== undefined) return { pool: options.pool, owned: false };
  assert(options.url !== undefined, "openDatabase needs a url or a pool");
  return { pool: makePool(options, options.url), owned: true };
}

/** Errors of a connection in use reach its queries; without a listener they would end the process. */
const alreadyReported = (): void => {};

async function acquire(pool: Pool, waitMs?: number): Promise<PoolClient> {
  try {
    return await inTime(connect(pool), waitMs);
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/**
 * A server that dies may say so in one packet with its last word of the login: the listener is there
 * before the driver reads on, which it does before any promise is told.
 */
function connect(pool: Pool): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) return reject(error ?? new Error("the pool lent nothing"));
      client.on("error", alreadyReported);
      settleNames(pool, client);
      resolve(client);
    });
  });
}

/** A pool of the user's own may have no limit of its own for this. */
async function inTime(connecting: Promise<PoolClient>, waitMs?: number): Promise<PoolClient> {
  if (waitMs === undefined) return connecting;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    connecting.then(
      (client) => giveBack(client),
      () => undefined,
    );
    late.reject(fail(postgresErrors, "pool_exhausted"));
  }, waitMs);
  try {
    return await Promise.race([connecting, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function giveBack(client: PoolClient, error?: unknown): void {
  client.removeListener("error", alreadyReported);
  client.release(error !== undefined && isConnectionLoss(error));
}

/** Refuses what can't be reached. */
async function lookBehind(pool: Pool): Promise<void> {
  const client = await acquire(pool);
  try {
    await findPooler(pool, client);
    giveBack(client);
  } catch (error) {
    giveBack(client, error);
    throw translateDatabaseError(error);
  }
}

async function sendOnPool<Values, Row>(
  pool: Pool,
  schema: string,
  statement: Statement<Values, Row>,
  values: Values,
  attempt = 1,
): Promise<Sent<Row>> {
  const client = await acquire(pool);
  try {
    const answer = await send(client, schema, statement, values);
    giveBack(client);
    return answer;
  } catch (error) {
    if (isStalePlan(error) && attempt === 1) {
      client.removeListener("error", alreadyReported);
      client.release(true);
      return sendOnPool(pool, schema, statement, values, attempt + 1);
    }
    giveBack(client, error);
    throw translateDatabaseError(error);
  }
}

function checkPool(pool: Pool): void {
  const usable = "connect" in pool && "totalCount" in pool && !pool.ended;
  if (!usable) {
    const reason = "it is closed, or no pg.Pool";
    throw fail(postgresErrors, "pool_unsupported", { reason });
  }
}

/**
 * Connects and checks that Longmen can work there: version, encoding, formats, writable.
 * Refuses: postgres.unreachable, tls_failed, login_refused, database_missing, version_unsupported, read_only,
 * setting_unsupported, url_malformed, pool_unsupported, schema_name_malformed.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const schema = checkSchemaName(options.schema ?? "longmen");
  const log = options.log ?? silentLogger;
  const { pool, owned } = poolFrom(options);
  checkPool(pool);
  let closing = false;
  const idleError = (error: Error): void => {
    if (!closing) log.warn({ error: error.message }, "lost an idle connection");
  };
  pool.on("error", idleError);
  const close = async (): Promise<void> => {
    closing = true;
    // A connection may break while it says goodbye, after `end` has answered: our own pool keeps
    // its listener to its end, or the error would end the process.
    if (!owned) pool.removeListener("error", idleError);
    else if (!pool.ending) await pool.end();
  };
  const withPool: Send = (statement, values) => sendOnPool(pool, schema, statement, values);
  const executor = executorOver(schema, withPool);
  try {
    await lookBehind(pool);
    const serverVersion = await checkServer(executor, log);
    const database: Database = {
      ...executor,
      clock: options.clock ?? systemClock,
      log,
      serverVersion,
      transaction: (work, transactionOptions) =>
        inTransaction({ pool, owned, schema }, work, transactionOptions),
      stats: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
      close,
    };
    pools.set(database, pool);
    return database;
  } catch (error) {
    await close();
    throw error;
  }
}

interface Lending {
  readonly pool: Pool;
  readonly owned: boolean;
  readonly schema: string;
}

async function inTransaction<T>(
  { pool, owned, schema }: Lending,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { replyTimeoutMs } = options;
  const client = await acquire(pool, replyTimeoutMs);
  const replies = new Replies(replyTimeoutMs, () => cut(client));
  let ownSql = false;
  let resets = false;
  const release = (broken: boolean) => {
    replies.stop();
    client.removeListener("error", alreadyReported);
    client.release(broken);
  };
  // Behind the answer: nobody waits for it but who would be lent this connection next.
  const putBack = () => {
    if (!ownSql || !resets) release(false);
    else void replies.of(resetSession(client)).then((isReset) => release(!isReset));
  };
  try {
    resets = await replies.of(mayReset(client, schema, owned));
    const lent = { client, replies, onOwnSql: () => (ownSql = true) };
    const result = await runTransaction(lent, schema, work, options);
    putBack();
    return result;
  } catch (error) {
    // A connection whose transaction could not be ended must not serve another one.
    const clean = client.getTransactionStatus?.() === "I";
    if (!clean || hasCode(error, "postgres.outcome_unknown")) release(true);
    else putBack();
    throw error;
  }
}

/** A connection for one user of it at a time, with several statements under way at once. */
export interface Checkout {
  readonly client: PoolClient;
  /** Gives the connection back; with `broken` it is closed instead. */
  readonly release: (broken?: boolean) => void;
}

/** For the commit lane. Not exported from the room's door. */
export function poolOf(database: Database): Pool {
  const pool = pools.get(database);
  assert(pool !== undefined, "this database was not opened by openDatabase");
  return pool;
}

/** For the commit lane: a connection of its own. Not exported from the room's door. */
export async function checkout(database: Database, waitMs?: number): Promise<Checkout> {
  const client = await acquire(poolOf(database), waitMs);
  const settable: { pipeline?: unknown } = client;
  const before = settable.pipeline;
  // The driver reads the flag at every query, so it can be lent on and taken back.
  if (typeof before === "boolean") settable.pipeline = true;
  return {
    client,
    release: (broken = false) => {
      if (typeof before === "boolean") settable.pipeline = before;
      client.removeListener("error", alreadyReported);
      client.release(broken);
    },
  };
}
