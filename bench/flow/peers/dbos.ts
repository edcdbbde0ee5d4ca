/** DBOS Transact: the same two steps as a workflow, called as its documentation does; its best pool. */
import { Pool } from "pg";
import { fastest, runCallers } from "../../callers.ts";
import { type Contender, type Round, Void } from "../../contest.ts";
import { checkpoint, onServer } from "../../servers.ts";
import type { FlowOptions } from "../ours.ts";

const SCHEMA = "bench_dbos";
const POOLS = [10, 20, 40];
const PROBE_SECONDS = 0.7;
const LOG_LEVEL = "error";

type Workflow = (from: number) => Promise<number>;

/** What is used of the SDK, which is installed in bench/ only and so has no types at home. */
interface Sdk {
  registerWorkflow(work: Workflow, options: { readonly name: string }): Workflow;
  runStep<T>(step: () => Promise<T>, options: { readonly name: string }): Promise<T>;
  setConfig(config: Readonly<Record<string, string | number>>): void;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
}

interface Loaded {
  readonly sdk: Sdk;
  readonly twoSteps: Workflow;
  readonly posting: Workflow;
}

let loaded: Promise<Loaded> | undefined;

/** Workflows are registered once in a process, before the first launch. */
async function load(): Promise<Loaded> {
  // By a name that the compiler does not follow: bench/node_modules may not be there.
  const packageName: string = "@dbos-inc/dbos-sdk";
  const { DBOS: sdk } = (await import(packageName)) as { readonly DBOS: Sdk };
  const twoSteps = async (from: number): Promise<number> => {
    const one = await sdk.runStep(async () => Promise.resolve(from + 1), { name: "one" });
    return sdk.runStep(async () => Promise.resolve(one + 1), { name: "two" });
  };
  /**
   * A step with the statements a team would write, in one transaction: the transfer and both accounts. Its
   * transaction step proper also writes a record in that transaction; no version of it fits this SDK, so it
   * is spared that here.
   */
  const posting = async (from: number): Promise<number> => {
    await sdk.runStep(() => pay(), { name: "pay" });
    return from + 2;
  };
  return {
    sdk,
    twoSteps: sdk.registerWorkflow(twoSteps, { name: "twoSteps" }),
    posting: sdk.registerWorkflow(posting, { name: "posting" }),
  };
}

export function dbosFlows({ url, callers }: FlowOptions): Contender {
  return contender({ url, callers, work: "twoSteps" });
}

interface Contest {
  readonly url: string;
  readonly callers: number;
  readonly work: "twoSteps" | "posting";
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
  const { url, callers } = contest;
  const { sdk, [contest.work]: work } = await (loaded ??= load());
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  await contest.before?.();
  sdk.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    systemDatabasePoolSize: poolMax,
    systemDatabaseSchemaName: SCHEMA,
    logLevel: LOG_LEVEL,
  });
  await sdk.launch();
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
    await sdk.shutdown();
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
  const made = contender({ url, callers, work: "posting", before });
  return { ...made, close: () => closeLedger(url) };
}

async function closeLedger(url: string): Promise<void> {
  await pool?.end();
  pool = undefined;
  await onServer(url, (client) => client.query(`drop schema if exists ${LEDGER} cascade`));
}
