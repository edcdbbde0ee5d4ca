/** A database whose clock jumps as a test tells it: under the statements as they are. */
import { rowsOf, type TestDatabase } from "../../../src/postgres/testing.ts";

export interface DatabaseClock {
  /** Whoever comes by this address reads this clock. */
  readonly url: string;
  /** It shows so much more than the server's from now on. */
  setAhead(ms: number): Promise<void>;
}

/**
 * Statements ask `clock_timestamp()`, which is found by the session's path: there stands one of ours before the
 * server's. Functions have a path of their own, and get the same.
 */
export async function databaseClock(opened: TestDatabase): Promise<DatabaseClock> {
  await rowsOf(opened, "create table {schema}.test_clock (ahead_ms int8 not null)");
  await rowsOf(opened, "insert into {schema}.test_clock values (0)");
  await rowsOf(
    opened,
    `create function {schema}.clock_timestamp() returns timestamptz language sql volatile as
     'select pg_catalog.clock_timestamp() + ahead_ms * interval ''1 millisecond'' from {schema}.test_clock'`,
  );
  await rowsOf(
    opened,
    `do $$ declare f record; begin
      for f in select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = '{schema}'::regnamespace and p.proconfig is not null and p.prokind = 'f'
      loop execute format('alter function %s set search_path = {schema}, pg_catalog', f.name); end loop;
    end $$`,
  );
  const url = new URL(opened.url);
  url.searchParams.set("options", `-c search_path=${opened.schema},pg_catalog`);
  return {
    url: url.href,
    setAhead: async (ms) => {
      await rowsOf(opened, `update {schema}.test_clock set ahead_ms = ${ms}`);
    },
  };
}
