/** The servers that a benchmark runs on: started here, stopped here, their settings read back. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Client, DatabaseError } from "pg";
import { Void } from "./contest.ts";
import { openRedis, type RedisClient } from "./redis-client.ts";

export interface PostgresServer {
  readonly url: string;
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** What decides whether an answer is durable: a run on other values is no run. */
const MUST_BE_ON = ["fsync", "synchronous_commit", "full_page_writes"] as const;

const TELLING = [
  ...MUST_BE_ON,
  "wal_level",
  "wal_compression",
  "wal_sync_method",
  "max_wal_size",
  "checkpoint_timeout",
  "shared_buffers",
  "autovacuum",
  "jit",
  "data_checksums",
  "huge_pages_status",
  "commit_delay",
  "shared_preload_libraries",
];

export async function onServer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function readPostgres(url: string): Promise<PostgresServer> {
  const { rows } = await onServer(url, (client) =>
    client.query<{ name: string; setting: string }>(
      `select name, current_setting(name) as setting from pg_settings
       where name = any($1) or name = 'server_version' order by name`,
      [TELLING],
    ),
  );
  const settings = Object.fromEntries(rows.map((row) => [row.name, row.setting]));
  for (const name of MUST_BE_ON) {
    if (settings[name] !== "on") throw new Void(`PostgreSQL runs with ${name} = ${settings[name]}`);
  }
  return { url, version: settings["server_version"] ?? "unknown", settings };
}

/** So that nobody pays for the pages that the contender before made dirty. */
export async function checkpoint(url: string): Promise<void> {
  try {
    await onServer(url, (client) => client.query("checkpoint"));
  } catch (error) {
    // On a user's own server the right may be missing; all contenders are then equally unlucky.
    if (!(error instanceof DatabaseError && error.code === "42501")) throw error;
  }
}

export interface RedisServer {
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

const REDIS_START_MS = 10_000;

/** Starts the Redis server with its log written and synced before every answer; undefined if there is none. */
export async function startRedis(
  binary: string,
  scratch: string,
): Promise<RedisServer | undefined> {
  if (spawnSync(binary, ["--version"]).status !== 0) return undefined;
  const dir = join(scratch, "redis");
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const child = spawn(binary, redisArguments(port, dir), { stdio: "ignore" });
  const stop = async () => {
    await ended(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const client = await firstAnswer(port);
    const settings = await readRedis(client);
    client.disconnect();
    return { port, settings, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function redisArguments(port: number, dir: string): string[] {
  return [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", dir],
    ...["--appendonly", "yes", "--appendfsync", "always"],
    // In its favour: no snapshots, and no rewriting of the log while it is measured.
    ...["--save", "", "--auto-aof-rewrite-percentage", "0"],
  ];
}

async function firstAnswer(port: number): Promise<RedisClient> {
  const until = performance.now() + REDIS_START_MS;
  for (;;) {
    const client = await openRedis(port);
    const answered = await client.call("ping").catch(() => undefined);
    if (answered === "PONG") return client;
    client.disconnect();
    if (performance.now() > until) throw new Error("redis-server did not answer within 10 s");
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function readRedis(client: RedisClient): Promise<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const name of ["appendonly", "appendfsync", "save", "io-threads"]) {
    const answer = await client.call("config", "get", name);
    if (Array.isArray(answer)) settings[name] = String(answer[1]);
  }
  const info = String(await client.call("info", "server"));
  settings["version"] = /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown";
  if (settings["appendonly"] !== "yes" || settings["appendfsync"] !== "always") {
    throw new Void(`Redis runs with appendfsync = ${settings["appendfsync"]}`);
  }
  return settings;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await exit;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
