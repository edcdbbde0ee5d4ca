import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../embedded/embedded.ts";
import { MEMORY, temporary } from "./temporary.ts";

/**
 * vitest's globalSetup of the suites that need a database: one embedded server per run, in a
 * temporary folder. It forgets on a power cut, which no test can cause; drills that kill the server
 * start one of their own, with fsync. LONGMEN_TEST_URL names another server to run them on, of another
 * version: a superuser of a database that may be littered.
 */

const PREFIX = "longmen-test-";
const KEPT_MS = 24 * 3_600_000;

const FAST = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  shared_buffers: "128MB",
  max_wal_size: "1GB",
  max_connections: "200",
};

/** Folders that failed runs kept, once they are a day old. */
async function removeOld(): Promise<void> {
  for (const place of [tmpdir(), MEMORY]) {
    for (const name of await readdir(place).catch(() => [])) {
      if (!name.startsWith(PREFIX)) continue;
      const folder = path.join(place, name);
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
      if (mtimeMs < Date.now() - KEPT_MS) await rm(folder, { recursive: true, force: true });
    }
  }
}

async function keptByTests(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `select 'schema ' || nspname as name from pg_namespace where nspname like 'test\\_%'
     union all
     select 'database ' || datname from pg_database
       where datname like 'test\\_%' and datname not like 'test\\_template\\_%'
     order by name`,
  );
  await client.end();
  return rows.map(({ name }) => name);
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["LONGMEN_TEST_URL"];
  if (given !== undefined) {
    project.provide("postgresUrl", given);
    return () => Promise.resolve();
  }
  await removeOld();
  const dir = await temporary(PREFIX);
  const server = await startEmbedded({ dir, settings: FAST });
  project.provide("postgresUrl", server.url);
  return async () => {
    const kept = await keptByTests(server.url);
    await server.stop();
    if (kept.length === 0) {
      await rm(dir, { recursive: true, force: true });
    } else {
      const names = kept.join(", ");
      process.stderr.write(`Failed tests left ${names} in ${server.dataDir}\n`);
    }
  };
}
