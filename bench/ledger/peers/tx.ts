/**
 * One transaction per transfer, as most teams begin: a row per account that is updated, and the
 * ledger's own journal table. In its favour: prepared, one round trip, the best pool of 5 to 40.
 */
import { DatabaseError, Pool } from "pg";
import { newId } from "../../../src/base/index.ts";
import { fastest, runCallers } from "../../callers.ts";
import { Void, type Contender, type Round } from "../../contest.ts";
import { checkpoint, onServer } from "../../servers.ts";
import { countRows, withTables } from "../tables.ts";
import type { Workload } from "../workload.ts";

const POOLS = [10, 20, 40, 5] as const;
const PROBE_SECONDS = 0.6;
// Enough to keep every pool busy; the thousands of a round would only wait longer in its queue.
const PROBE_CALLERS = 200;
const SCHEMA = "bench_tx";
const OPENING_BALANCE = 1_000_000_000_000n;
const DEADLOCK = "40P01";

const TRANSFER = `with taken as (
    update ${SCHEMA}.account set balance = balance - $3
    where account = $1 and balance - $3 >= -bound returning account
  ), given as (
    update ${SCHEMA}.account set balance = balance + $3
    where account = $2 and exists (select from taken) returning account
  )
  insert into ${SCHEMA}.ledger_entry
    (book_id, at, seq, id, kind, status, asset, debit, credit, amount, code)
  select 1, clock_timestamp(), nextval('${SCHEMA}.seq'), $4, 1, 0, 1, $1, $2, $3, $5
  from taken, given`;

export interface TxOptions {
  readonly url: string;
  readonly workload: Workload;
  readonly callers: number;
}

export function txContender(options: TxOptions): Contender {
  let pool: number = 20;
  return {
    name: "tx",
    tune: async (quick) => {
      const few = { ...options, callers: PROBE_CALLERS };
      const probe = (tried: number) => txRound(few, tried, PROBE_SECONDS);
      pool = await fastest(POOLS, quick, probe);
      return `pool of ${pool}`;
    },
    round: (seconds) => txRound(options, pool, seconds),
  };
}

async function txRound(options: TxOptions, poolSize: number, seconds: number): Promise<Round> {
  return withTables(options.url, SCHEMA, async () => {
    await openAccounts(options);
    const pool = new Pool({ connectionString: options.url, max: poolSize });
    try {
      const call = () => transfer(pool, options.workload);
      const round = await runCallers({ callers: options.callers, seconds, call });
      await checkBooks(options, round.count);
      return round;
    } finally {
      await pool.end();
    }
  });
}

async function transfer(pool: Pool, workload: Workload): Promise<number> {
  const { debit, credit, amount, code } = workload.next();
  const query = {
    name: "transfer",
    text: TRANSFER,
    values: [debit, credit, String(amount), newId(), code],
  };
  for (;;) {
    try {
      const result = await pool.query(query);
      if (result.rowCount !== 1) throw new Void("tx: a transfer was refused that should not be");
      return 1;
    } catch (error) {
      // Two transfers crossed; PostgreSQL chose this one to go again.
      if (!(error instanceof DatabaseError && error.code === DEADLOCK)) throw error;
    }
  }
}

async function openAccounts({ url, workload }: TxOptions): Promise<void> {
  await onServer(url, async (client) => {
    // Room on the page for the next version: in the peer's favour.
    await client.query(`create table ${SCHEMA}.account (account int8 primary key,
      balance int8 not null, bound int8 not null) with (fillfactor = 50)`);
    await client.query(`create sequence ${SCHEMA}.seq cache 1000`);
    await client.query(
      `insert into ${SCHEMA}.account select a, $2, 0 from generate_series(1, $1::int8) a`,
      [workload.accounts, String(OPENING_BALANCE)],
    );
  });
  await checkpoint(url);
}

async function checkBooks({ url, workload }: TxOptions, count: number): Promise<void> {
  const rows = await countRows(url, `${SCHEMA}.ledger_entry`);
  if (rows !== count) throw new Void(`tx: ${count} transfers answered, ${rows} are there`);
  const total = await onServer(url, async (client) => {
    const found = await client.query<{ total: string }>(
      `select sum(balance)::text as total from ${SCHEMA}.account`,
    );
    return BigInt(found.rows[0]?.total ?? "0");
  });
  if (total !== OPENING_BALANCE * BigInt(workload.accounts)) throw new Void("tx: money was lost");
}
