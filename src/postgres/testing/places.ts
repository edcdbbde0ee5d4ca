import { createHash, randomBytes } from "node:crypto";
import { Pool } from "pg";
import { retry, type RetryPolicy, systemClock } from "../../base/index.ts";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { type MigrationFolder, readMigrations } from "../migration.ts";

/** The same in every copy, as a template is filled before anybody knows its copies. */
const SCHEMA = "test_books";
/** One template of a kind is made at a time, whichever test file needs it first. */
const MAKING = 5_417_025;

/** Where one test keeps its tables; nobody else's. */
export interface Place {
  readonly url: string;
  readonly schema: string;
  readonly remove: () => Promise<void>;
}

const DROPPING: RetryPolicy = { attemptsMax: 5, baseMs: 50, maxMs: 500 };

export function testSchemaName(): string {
  return `test_${randomBytes(6).toString("hex")}`;
}

const pools = new Map<string, Pool>();

/** This process's own connection to the server; it keeps no process alive. */
function poolTo(url: string): Pool {
  const there = pools.get(url);
  if (there !== undefined) return there;
  const pool = new Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  // The server may be stopped before this process has ended.
  pool.on("error", () => undefined);
  pools.set(url, pool);
  return pool;
}

function within(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** A database with these rooms' tables. Nobody may connect to what others copy. */
async function makeTemplate(
  server: string,
  name: string,
  folders: readonly MigrationFolder[],
): Promise<void> {
  const client = await poolTo(server).connect();
  try {
    await client.query("select pg_advisory_lock($1)", [MAKING]);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
    if (rowCount !== 0) return;
    // Under a name of its own until it is whole: a test may be killed while it makes one.
    const unfinished = `${name}_${randomBytes(4).toString("hex")}`;
    await client.query(`create database ${unfinished}`);
    const database = await openDatabase({ url: within(server, unfinished), schema: SCHEMA });
    await migrate(database, folders);
    await database.close();
    await client.query(`alter database ${unfinished} rename to ${name}`);
  } finally {
    await client.query("select pg_advisory_unlock($1)", [MAKING]);
    client.release();
  }
}

const made = new Map<string, Promise<void>>();

async function templateOf(server: string, folders: readonly MigrationFolder[]): Promise<string> {
  const migrations = await Promise.all(folders.map(readMigrations));
  const told = migrations.flat().map(({ room, sha256 }) => `${room} ${sha256}`);
  const hash = createHash("sha256").update(told.join("\n")).digest("hex").slice(0, 16);
  const name = `test_template_${hash}`;
  const making = made.get(name) ?? makeTemplate(server, name, folders);
  made.set(name, making);
  await making;
  return name;
}

/** A database of one's own with these rooms' tables. */
export async function copyTemplate(
  server: string,
  folders: readonly MigrationFolder[],
): Promise<Place> {
  const template = await templateOf(server, folders);
  const name = testSchemaName();
  // The server forgets on a power cut, so copying files takes half of writing them to the log as well.
  await poolTo(server).query(`create database ${name} template ${template} strategy file_copy`);
  const remove = async (): Promise<void> => {
    await poolTo(server).query(`drop database ${name} with (force)`);
  };
  return { url: within(server, name), schema: SCHEMA, remove };
}

/** A name for a schema on the run's database, which whoever migrates makes. */
export function newSchema(server: string): Promise<Place> {
  const schema = testSchemaName();
  const gone = () => poolTo(server).query(`drop schema if exists ${schema} cascade`);
  const remove = async (): Promise<void> => {
    // What the server does beside a node (statistics of its tables) may still be under way.
    await retry(gone, DROPPING, { clock: systemClock });
  };
  return Promise.resolve({ url: server, schema, remove });
}
