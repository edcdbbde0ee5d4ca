/** A database whose clock jumps, whose sessions end, and whose server dies and recovers. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openDatabase } from "../../../src/postgres/index.ts";

export interface TroubledDatabase {
  /** Whoever comes by this address reads the clock that jumps. */
  readonly url: string;
  setAhead(ms: number): Promise<void>;
  /** Every other session ends, as when a server is switched over. */
  endSessions(): Promise<void>;
  /** One server process dies by SIGKILL: PostgreSQL ends all others and recovers from its log. */
  crash(): Promise<void>;
}

const TRIES_MAX = 200;

export async function troubledDatabase(
  database: Database,
  url: string,
  schema: string,
): Promise<TroubledDatabase> {
  const run = (text: string) => surely(() => database.transaction((tx) => tx.query(text)));
  await run(`create table ${schema}.test_clock (ahead_ms int8 not null)`);
  await run(`insert into ${schema}.test_clock values (0)`);
  // Found by the session's path before the server's own; functions have a path of their own, and get the same.
  await run(`create function ${schema}.clock_timestamp() returns timestamptz language sql volatile as
    'select pg_catalog.clock_timestamp() + ahead_ms * interval ''1 millisecond'' from ${schema}.test_clock'`);
  await run(`do $$ declare f record; begin
    for f in select p.oid::regprocedure as name from pg_proc p
      where p.pronamespace = '${schema}'::regnamespace and p.proconfig is not null and p.prokind = 'f'
    loop execute format('alter function %s set search_path = ${schema}, pg_catalog', f.name); end loop;
  end $$`);
  const mine = new URL(url);
  mine.searchParams.set("options", `-c search_path=${schema},pg_catalog`);
  return {
    url: mine.href,
    setAhead: async (ms) => {
      await run(`update ${schema}.test_clock set ahead_ms = ${ms}`);
    },
    endSessions: async () => {
      await run(`select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database()`);
    },
    crash: () => crashServer(url, schema),
  };
}

async function crashServer(url: string, schema: string): Promise<void> {
  const doomed = await surely(() => openDatabase({ url, schema, poolMax: 1 }));
  const told = await surely(() =>
    doomed.transaction((tx) => tx.query("select pg_backend_pid() as pid")),
  );
  process.kill(Number(told.rows[0]?.["pid"]), "SIGKILL");
  await sleep(100);
  await doomed.close().catch(() => undefined);
  const again = await surely(() => openDatabase({ url, schema, poolMax: 1 }));
  await again.close();
}

/** Until the server is back. */
export async function surely<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= TRIES_MAX) throw error;
      await sleep(100);
    }
  }
}
