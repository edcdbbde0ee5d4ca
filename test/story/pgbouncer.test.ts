/** Flows and a book behind PgBouncer in transaction mode, where it is installed. */
import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { flow, flowMigrations, type Flows, openFlows } from "longmen/flow";
import { type Ledger, ledgerMigrations, openLedger } from "longmen/ledger";
import { type Database, migrate, openDatabase, postgresMigrations } from "longmen/postgres";
import { testDatabase, testServerUrl } from "../../src/postgres/testing.ts";

const isHere = spawnSync("pgbouncer", ["--version"], { stdio: "ignore" }).status === 0;
/** It refuses to run as root: then as the one whom Unix knows as nobody. */
const NOBODY = 65_534;
const RUNS = 30;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Two sessions of the server for everybody, lent by the transaction. Its address. */
async function startPgbouncer(): Promise<string> {
  const url = new URL(testServerUrl());
  const folder = mkdtempSync(join(tmpdir(), "longmen-pgbouncer-"));
  const port = await freePort();
  const file = (name: string) => join(folder, name);
  const account = [url.username, url.password].map((word) => `"${decodeURIComponent(word)}"`);
  writeFileSync(file("users.txt"), `${account.join(" ")}\n`);
  writeFileSync(
    file("pgbouncer.ini"),
    `[databases]
* = host=127.0.0.1 port=${url.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${file("users.txt")}
pool_mode = transaction
default_pool_size = 2
`,
  );
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) for (const name of ["", "users.txt"]) chownSync(file(name), NOBODY, NOBODY);
  const child = spawn("pgbouncer", ["-q", file("pgbouncer.ini")], { ...as, stdio: "ignore" });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true });
  });
  url.port = String(port);
  return url.href;
}

const pay = flow("pay", {}, async (f, name: string) => {
  await f.tx("note", (tx) => tx.query("select $1::text", [name]));
  await f.step("think", () => 1);
  const { status } = await f.post("pay", {
    asset: "CNY/2",
    debit: "bank",
    credit: "till",
    amount: 1n,
  });
  return status;
});

interface Node {
  readonly flows: Flows;
  readonly ledger: Ledger;
}

async function openNode(database: Database, node: string): Promise<Node> {
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  const flows = await openFlows({ database, node, flows: [pay], books: ledger, book: "shop" });
  onTestFinished(() => flows.close());
  return { flows, ledger };
}

async function openBehind(url: string, schema: string): Promise<Database> {
  const database = await openDatabase({ url, schema, poolMax: 4 });
  onTestFinished(() => database.close());
  return database;
}

test.skipIf(!isHere)("P1 P2: two nodes and a book behind PgBouncer do each run once", async () => {
  const { schema } = await testDatabase({ place: "schema" });
  const url = await startPgbouncer();
  const answers = () => openBehind(url, schema).then(() => true);
  await expect.poll(() => answers().catch(() => false), { timeout: 60_000 }).toBe(true);
  const one = await openBehind(url, schema);
  await migrate(one, [postgresMigrations, ledgerMigrations, flowMigrations]);
  const { ledger, flows } = await openNode(one, "node-1");
  const book = await ledger.createBook("shop");
  await book.batch([
    { kind: "asset", asset: "CNY/2" },
    { kind: "open", path: "bank", asset: "CNY/2", side: "debit", bound: "none" },
    { kind: "open", path: "till", asset: "CNY/2", side: "credit" },
  ]);
  const other = await openNode(await openBehind(url, schema), "node-2");
  // Each run is asked for at both nodes.
  const runs = await Promise.all(
    Array.from({ length: 2 * RUNS }, (_, n) => {
      const key = `run-${n >> 1}`;
      return (n % 2 === 0 ? flows : other.flows).start(pay, key, { key });
    }),
  );
  const came = await Promise.all(runs.map((run) => run.result({ timeoutMs: 60_000 })));
  expect(new Set(came)).toEqual(new Set(["posted"]));
  const { items } = await book.accounts({ prefix: "till" });
  expect(items).toMatchObject([{ path: "till", available: BigInt(RUNS) }]);
});
