/** DBOS Transact: the same two steps as a workflow, called as its documentation does; its best pool. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { Pool } from "pg";
import { fastest, runCallers } from "../../callers.ts";
import { type Contender, type Round, Void } from "../../contest.ts";
import { checkpoint, onServer } from "../../servers.ts";
import type { FlowOptions } from "../ours.ts";

const SCHEMA = "bench_dbos";
const POOLS = [10, 20, 40];
const PROBE_SECONDS = 0.7;
const LOG_LEVEL = "error";

const twoSteps = DBOS.registerWorkflow(
  async (from: number) => {
    const one = await DBOS.runStep(async () => Promise.resolve(from + 1), { name: "one" });
    return DBOS.runStep(async () => Promise.resolve(one + 1), { name: "two" });
  },
  { name: "twoSteps" },
);

export function dbosFlows({ url, callers }: FlowOptions): Contender {
  return contender({ url, callers, work: twoSteps });
}

interface Contest {
  readonly url: string;
  readonly callers: number;
  readonly work: (from: number) => Promise<number>;
  readonly before?: () => Promise<void>;
}

function contender(contest: Contest): Contender {
  let poolMax = POOLS[0] ?? 10;
  return {
    name: "dbos",
    async tune(quick) {
      poolMax = await fastest(POOLS, quick, (pool) => round(contest, pool, PROBE_SECONDS));
      return `a pool of ${poolMax}`;
    },
    round: (seconds) => round(contest, poolMax, seconds),
  };
}

async function round(contest: Contest, poolMax: number, seconds: number): Promise<Round> {
  const { url, callers, work } = contest;
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  await contest.before?.();
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    systemDatabasePoolSize: poolMax,
    systemDatabaseSchemaName: SCHEMA,
    logLevel: LOG_LEVEL,
  });
  await DBOS.launch();
  try {
    await checkpoint(url);
    let next = 0;
    const call = async (): Promise<number> => {
      const from = next++;
      if ((await work(from)) !== from + 2) throw new Void("a workflow answered something else");
      return 1;
    };
    const came = await runCallers({ callers, seconds, call });
    await check(contest, came.count);
    return came;
  } finally {
    await DBOS.shutdown();
    await drop();
  }
}

async function check({ url }: Contest, count: number): Promise<void> {
  const ended = await onServer(url, async (client) => {
    const { rows } = await client.query<{ ended: number }>(
      `select count(*)::int4 as ended from ${SCHEMA}.workflow_status where status = 'SUCCESS'`,
    );
    return rows[0]?.ended;
  });
  if (ended !== count) throw new Void(`dbos has ${ended} workflows, ${count} were answered`);
}

const LEDGER = "bench_dbos_ledger";
const LEDGER_POOL = 20;
let pool: Pool | undefined;

/**
 * A step with the statements a team would write, in one transaction: the transfer and both accounts. Its
 * transaction step proper also writes a record in that transaction; no version of it fits this SDK, so it is
 * spared that here.
 */
const posting = DBOS.registerWorkflow(
  async (from: number) => {
    await DBOS.runStep(() => pay(), { name: "pay" });
    return from + 2;
  },
  { name: "posting" },
);

async function pay(): Promise<void> {
  const client = await pool?.connect();
  if (client === undefined) throw new Error("no ledger was opened");
  try {
    await client.query("begin");
    await client.query(
      `insert into ${LEDGER}.transfer (debit, credit, amount) values ('bank', 'till', 1)`,
    );
    await client.query(`update ${LEDGER}.account set debits = debits + 1 where path = 'bank'`);
    await client.query(`update ${LEDGER}.account set credits = credits + 1 where path = 'till'`);
    await client.query("commit");
  } finally {
    client.release();
  }
}

export function dbosPostings({ url, callers }: FlowOptions): Contender {
  const before = async (): Promise<void> => {
    pool ??= new Pool({ connectionString: url, max: LEDGER_POOL });
    await onServer(url, (client) =>
      client.query(`drop schema if exists ${LEDGER} cascade; create schema ${LEDGER};
        create table ${LEDGER}.account (
          path text primary key, debits int8 not null default 0, credits int8 not null default 0
        ) with (fillfactor = 50);
        create table ${LEDGER}.transfer (
          id int8 generated always as identity primary key, debit text not null, credit text not null,
          amount int8 not null, at timestamptz not null default now());
        insert into ${LEDGER}.account (path) values ('bank'), ('till')`),
    );
  };
  const made = contender({ url, callers, work: posting, before });
  return { ...made, close: () => closeLedger(url) };
}

async function closeLedger(url: string): Promise<void> {
  await pool?.end();
  pool = undefined;
  await onServer(url, (client) => client.query(`drop schema if exists ${LEDGER} cascade`));
}
