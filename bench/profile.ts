/**
 * Where the time of a case goes: Node's side by file and by function, PostgreSQL's by statement.
 * `npm run bench -- profile --case hot`
 */
import { Session } from "node:inspector/promises";
import { loads } from "./ledger/loads.ts";
import { ourContender } from "./ledger/ours.ts";
import type { Checked } from "./ledger/check.ts";
import type { Round } from "./contest.ts";
import { UsageError, type Options } from "./options.ts";
import { selfTimes, type CpuProfile, type SelfTime } from "./self-times.ts";
import { onServer } from "./servers.ts";
import type { Servers } from "./run.ts";

export const PRELOAD = "pg_stat_statements";
const ROOT = new URL("..", import.meta.url).href;
const SAMPLE_MICROS = 250;
const LINES = 25;

export async function profileCase(options: Options, { postgres }: Servers): Promise<string> {
  const [name = "hot"] = options.cases;
  const [callers = 1] = options.callers;
  const load = loads[name];
  if (load === undefined) {
    throw new UsageError(`no such case to profile; there is ${Object.keys(loads).join(", ")}`);
  }
  const { url } = postgres;
  // Warm code first: a profile of the compiler helps nobody.
  await ourContender({ url, callers, load }).round(options.seconds);

  let found = { node: "", postgres: "" };
  let written: Checked | undefined;
  const during = async (clocked: () => Promise<Round>) => {
    await startCounting(url);
    const { value, profile } = await profiled(clocked);
    found = { node: nodeSide(profile), postgres: await postgresSide(url, value.seconds) };
    return value;
  };
  const onChecked = (checked: Checked) => (written = checked);
  const round = await ourContender({ url, callers, load, during, onChecked }).round(
    options.seconds,
  );
  return [summary(name, callers, round, written), found.node, found.postgres, ""].join("\n\n");
}

function summary(
  name: string,
  callers: number,
  round: Round,
  written: Checked | undefined,
): string {
  const rate = Math.round(round.count / round.seconds).toLocaleString("en");
  const lines = [`${name}: ${rate} transfers/s under the profiler, ${callers} callers`];
  if (written !== undefined) {
    const perBatch = Math.round(written.entries / written.batches);
    const perSecond = Math.round(written.batches / round.seconds);
    lines.push(
      `${perSecond} flushes/s of ${perBatch} entries, ` +
        `${written.balancesPerEntry.toFixed(3)} balance rows to an entry`,
    );
  }
  return lines.join("\n");
}

async function profiled<T>(work: () => Promise<T>): Promise<{ value: T; profile: CpuProfile }> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROS });
  await session.post("Profiler.start");
  const value = await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return { value, profile };
}

function nodeSide(profile: CpuProfile): string {
  const { byFile, byFunction } = selfTimes(profile, ROOT);
  return [
    "Node, by file (share of the time):",
    ...byFile.slice(0, LINES).map(lineOf),
    "",
    "Node, by function:",
    ...byFunction.slice(0, LINES).map(lineOf),
  ].join("\n");
}

function lineOf({ name, share }: SelfTime): string {
  return `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`;
}

async function startCounting(url: string): Promise<void> {
  await onServer(url, async (client) => {
    await client.query(`create extension if not exists ${PRELOAD}`);
    await client.query("select pg_stat_statements_reset()");
    await client.query("select pg_stat_reset_shared('wal'), pg_stat_reset_shared('io')");
  });
}

interface StatementRow {
  readonly query: string;
  readonly calls: string;
  readonly ms: number;
  readonly wal: string;
}

async function postgresSide(url: string, seconds: number): Promise<string> {
  return onServer(url, async (client) => {
    const statements = await client.query<StatementRow>(
      `select query, calls, total_exec_time as ms, wal_bytes as wal from pg_stat_statements
       order by total_exec_time desc limit 12`,
    );
    const wal = await client.query<{ bytes: string; images: string }>(
      "select wal_bytes as bytes, wal_fpi as images from pg_stat_wal",
    );
    const synced = await client.query<{ fsyncs: string }>(
      "select sum(fsyncs) as fsyncs from pg_stat_io where object = 'wal'",
    );
    const [{ bytes, images } = { bytes: "0", images: "0" }] = wal.rows;
    const fsyncs = Number(synced.rows[0]?.fsyncs ?? 0);
    return [
      "PostgreSQL, by statement (share of the time, calls, ms and log a call):",
      ...statements.rows.map((row) => statementLine(row, seconds)),
      "",
      `write-ahead log: ${megabytes(Number(bytes) / seconds)} MB/s, ` +
        `${Math.round(fsyncs / seconds)} syncs/s, ${images} full-page images`,
    ].join("\n");
  });
}

function statementLine(row: StatementRow, seconds: number): string {
  const calls = Number(row.calls);
  const share = ((row.ms / seconds / 10).toFixed(1) + " %").padStart(8);
  const perCall = `${calls} x ${(row.ms / calls).toFixed(2)} ms`.padStart(18);
  const log = `${(Number(row.wal) / calls / 1_000).toFixed(1)} kB`;
  const text = row.query.replace(/\s+/g, " ").slice(0, 60);
  return `  ${share} ${perCall} ${log.padStart(12)}  ${text}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
