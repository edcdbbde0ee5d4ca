import { Client } from "pg";
import { fail, systemClock } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { translateDatabaseError } from "../translate.ts";
import { SUPERUSER } from "./initialize.ts";
import { isAlive } from "./process.ts";

/**
 * The one node that owns the embedded server holds an advisory lock in it, on a connection that
 * lives as long as the node: when the node dies, however it dies, the lock is free. No file can go
 * stale, and no clock is asked.
 */

const OWNER_LOCK = "7453010373645639785"; // any constant of our own
const HANDOVER_MS = 5_000;
const POLL_MS = 50;
const CONNECT_TIMEOUT_MS = 10_000;

export interface Address {
  readonly port: number;
  readonly password: string;
}

/** The connection that makes this process the owner. */
export interface Ownership {
  /** Resolves when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  readonly release: () => Promise<void>;
}

export function urlOf(address: Address, database: string): string {
  const password = encodeURIComponent(address.password);
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${address.port}/${database}`;
}

async function connect(address: Address): Promise<Client> {
  const client = new Client({
    connectionString: urlOf(address, "postgres"),
    application_name: `longmen owner ${process.pid}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on("error", () => {}); // `lost` tells of it.
  await client.connect();
  return client;
}

const PASSING = new Set(["postgres.connection_lost", "postgres.unreachable"]);

/** True for what a server answers that starts, recovers, stops or ends in this moment. */
export function passes(error: unknown): boolean {
  const translated = translateDatabaseError(error);
  return "code" in translated && PASSING.has(String(translated.code));
}

/** Undefined when the server is not there now, and the caller looks again. */
export async function tryConnect(address: Address): Promise<Client | undefined> {
  try {
    return await connect(address);
  } catch (error) {
    if (passes(error)) return undefined;
    throw translateDatabaseError(error);
  }
}

/** The folder that the server behind a connection works in; undefined when it ended meanwhile. */
export async function dataFolderOf(client: Client): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ folder: string }>(
      "select current_setting('data_directory') as folder",
    );
    return rows[0]?.folder ?? "";
  } catch (error) {
    await client.end().catch(() => {});
    if (passes(error)) return undefined;
    throw translateDatabaseError(error);
  }
}

async function holder(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select a.application_name as name from pg_stat_activity a join pg_locks l on l.pid = a.pid
     where l.locktype = 'advisory' and l.granted and a.application_name like 'longmen owner %'`,
  );
  const pid = Number(rows[0]?.name.replace("longmen owner ", ""));
  return Number.isInteger(pid) ? pid : undefined;
}

async function takeLock(client: Client, dir: string): Promise<void> {
  const until = systemClock.now() + HANDOVER_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(${OWNER_LOCK}) as taken`,
    );
    if (rows[0]?.taken === true) return;
    const pid = await holder(client);
    // A node that was killed this instant: its connection ends a moment later.
    const waiting = pid === undefined || !isAlive(pid);
    if (!waiting || systemClock.now() > until) {
      throw fail(postgresErrors, "already_running", { pid, dir });
    }
    await systemClock.sleep(POLL_MS);
  }
}

async function createDatabase(client: Client, name: string): Promise<void> {
  const { rows } = await client.query("select from pg_database where datname = $1", [name]);
  if (rows.length === 0) await client.query(`create database ${name}`);
}

/**
 * Makes this process the owner, on a connection to the server, and the database ready.
 * Refuses: postgres.already_running, naming the process that owns it.
 */
export async function own(client: Client, dir: string, database: string): Promise<Ownership> {
  try {
    await takeLock(client, dir);
    await createDatabase(client, database);
  } catch (error) {
    await client.end().catch(() => {});
    throw translateDatabaseError(error);
  }
  return {
    lost: new Promise((resolve) => client.once("end", () => resolve())),
    release: () => client.end(),
  };
}
