import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { openAccess } from "../../access/index.ts";
import { type Book, bookHeads, ledgerMigrations, openLedger } from "../../ledger/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { migrations } from "../open-house.ts";
import { nodeLane, testDatabase, testServerUrl } from "../../postgres/testing.ts";
import { runCommandLine } from "../run-command-line.ts";
import { terminalOf } from "../terminal.ts";
import { freshSchema, houseWith } from "../testing/run-words.ts";

const MANIFEST = new URL("../../../docs/reference/schema.json", import.meta.url);

interface Ran {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

/** Runs a command on a schema of the run's server. */
async function longmen(
  schema: string,
  words: readonly string[],
  { input, abort = false }: { readonly input?: Buffer; readonly abort?: boolean } = {},
): Promise<Ran> {
  const out: Buffer[] = [];
  let err = "";
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out.push(chunk);
      done();
    },
  });
  const stopping = new AbortController();
  if (abort) stopping.abort();
  const code = await runCommandLine({
    house: houseWith(
      { databaseUrl: testServerUrl(), schema },
      { manifest: () => readFile(MANIFEST, "utf8") },
    ),
    terminal: terminalOf({
      stdout,
      stderr: { write: (text) => (err += text) },
      stdin: Readable.from([input ?? Buffer.alloc(0)]),
    }),
    words,
    signal: stopping.signal,
  });
  return { code, out: Buffer.concat(out), err };
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "longmen-backup-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function opened(schema: string) {
  const database = await openDatabase({ url: testServerUrl(), schema });
  const ledger = openLedger({ database, sweep: false });
  onTestFinished(async () => {
    await ledger.close();
    await database.close();
  });
  return { database, ledger };
}

const sale = (id: string) => ({
  id,
  ...{ asset: "CNY/2", debit: "supplier", credit: "stock", amount: 3n },
});

async function furnish(book: Book, sales: number): Promise<void> {
  await book.submit({ kind: "asset", asset: "CNY/2" });
  for (const path of ["supplier", "stock"]) {
    await book.submit({ kind: "open", path, asset: "CNY/2", side: "credit", bound: "none" });
  }
  await book.batch(Array.from({ length: sales }, (_, index) => sale(`sale/${index}`)));
}

const actor = { by: "test", from: "test", request: "test" };
const asked = {
  owner: "ann",
  ownerKind: "person",
  scopes: [{ action: "admin", book: "*" }],
} as const;

/** Two books with a hold, a refusal, metadata and a key. */
async function house(sales = 300) {
  const { schema, database } = await testDatabase({ migrations, place: "schema" });
  const { ledger } = await opened(schema);
  const book = await ledger.createBook("shop/a");
  await furnish(book, sales);
  await furnish(await ledger.createBook("shop/b"), 3);
  await book.submit({ kind: "pending", ...sale("hold/1"), metadata: '{"用途": "龙门"}' });
  await book.submit({ ...sale("refused"), debit: "nobody" });
  const access = openAccess({ database, lane: nodeLane(database) });
  const { token } = await access.create(asked, actor);
  return { schema, database, book, token };
}

async function tablesThere(schema: string): Promise<number> {
  const { database } = await opened(schema);
  return database.transaction(
    async (tx) =>
      (await tx.query("select 1 from information_schema.tables where table_schema = $1", [schema]))
        .count,
    { readOnly: true },
  );
}

async function editedMigration(database: Database, set: string): Promise<void> {
  await database.transaction((tx) =>
    tx.query(
      `update ${database.schema}.schema_migration set ${set} where room = 'access' and number = 1`,
    ),
  );
}

describe("P1 a backup", () => {
  test("restored is the same books: heads, holds, refusals, keys, and what comes after", async () => {
    const { schema, database, token } = await house();
    const dir = await folder();
    const took = await longmen(schema, ["backup", "--to", dir, "--json"]);
    expect(took).toMatchObject({ code: 0, err: "" });
    const told = JSON.parse(took.out.toString()) as { file: string; tables: { rows: number }[] };
    expect((await stat(told.file)).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toHaveLength(1);

    const target = freshSchema();
    const restored = await longmen(target, ["restore", "--from", told.file, "--json"]);
    expect(restored.code).toBe(0);
    const answer = JSON.parse(restored.out.toString()) as {
      readonly reports: readonly { readonly head: { readonly at: unknown } }[];
    };
    expect(answer).toMatchObject({ verified: true, schema: target });
    for (const { head } of answer.reports) expect(head.at).toMatch(/^\d{4}-.*Z$/);
    const there = await opened(target);
    expect(await bookHeads(there.database)).toEqual(await bookHeads(database));

    const book = await there.ledger.book("shop/a");
    expect(await book.submit(sale("sale/7"))).toMatchObject({ status: "exists" });
    expect(await book.submit({ ...sale("refused"), debit: "nobody" })).toMatchObject({
      status: "refused",
    });
    const post = { kind: "post", id: "post/1", pendingId: "hold/1" } as const;
    expect(await book.submit(post)).toMatchObject({ status: "created" });
    expect((await book.find("hold/1"))?.metadata).toBe('{"用途": "龙门"}');
    expect((await there.ledger.createBook("shop/c")).id).toBe(3);
    const access = openAccess({ database: there.database, lane: nodeLane(there.database) });
    expect(await access.check(token)).toMatchObject({ owner: "ann" });
    expect((await access.create(asked, actor)).token).not.toBe(token);
  });

  test("shows one instant, however many go on writing", async () => {
    const { schema, book } = await house();
    const dir = await folder();
    let writing = true;
    const writers = Array.from({ length: 8 }, async (_, caller) => {
      for (let call = 0; writing; call++) await book.submit(sale(`live/${caller}/${call}`));
    });
    const before = await book.head();
    const took = await longmen(schema, ["backup", "--to", join(dir, "one.tar.gz"), "--json"]);
    writing = false;
    await Promise.all(writers);
    expect(took.code).toBe(0);
    const { books } = JSON.parse(took.out.toString()) as {
      books: { book: string; seq: number; headHash: string }[];
    };
    const [head] = books;
    expect(head?.seq).toBeGreaterThanOrEqual(before.seq);
    const target = freshSchema();
    expect((await longmen(target, ["restore", "--from", join(dir, "one.tar.gz")])).code).toBe(0);
    const report = await book.verify({ expectHead: head?.headHash });
    expect(report).toMatchObject({ verified: true });
  });

  test("goes through a pipe, from one schema to another", async () => {
    const { schema, database } = await house();
    const took = await longmen(schema, ["backup", "--to", "-"]);
    expect(took.code).toBe(0);
    expect(took.err).toContain("book shop/a");
    const target = freshSchema();
    const restored = await longmen(target, ["restore", "--from", "-"], { input: took.out });
    expect(restored.code).toBe(0);
    expect(await bookHeads((await opened(target)).database)).toEqual(await bookHeads(database));
    const cut = took.out.subarray(0, took.out.length - 200);
    const half = freshSchema();
    const broken = await longmen(half, ["restore", "--from", "-"], { input: cut });
    expect(broken.code).toBe(3);
    expect(broken.err).toContain("(backup.damaged)");
    expect(await tablesThere(half)).toBe(0);
  });

  test("with a byte altered leaves nothing, and is found by --check without a database", async () => {
    const { schema } = await house();
    const dir = await folder();
    const file = join(dir, "one.tar.gz");
    await longmen(schema, ["backup", "--to", file]);
    expect((await longmen("none", ["restore", "--from", file, "--check"])).code).toBe(0);
    const bytes = await readFile(file);
    const at = bytes.length - 500;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(file, bytes);
    for (const more of [["--check"], []]) {
      const target = freshSchema();
      const { code, err } = await longmen(target, ["restore", "--from", file, ...more]);
      expect(code).toBe(3);
      expect(err).toContain("(backup.damaged)");
      expect(await tablesThere(target)).toBe(0);
    }
  });

  test("says of books that are not whole that they do not verify, and restores them", async () => {
    const { schema, database } = await house();
    await database.transaction((tx) =>
      tx.query(`update ${schema}.ledger_entry set amount = amount + 1 where id = 'sale/7'`),
    );
    const file = join(await folder(), "one.tar.gz");
    await longmen(schema, ["backup", "--to", file]);
    const { code, out } = await longmen(freshSchema(), ["restore", "--from", file]);
    expect(code).toBe(4);
    expect(out.toString()).toContain("shop/a: I");
  });
});

describe("a backup is refused", () => {
  test("where a file is there already, which stays as it is", async () => {
    const { schema } = await house(3);
    const file = join(await folder(), "one.tar.gz");
    await writeFile(file, "precious");
    const { code, err } = await longmen(schema, ["backup", "--to", file]);
    expect(code).toBe(3);
    expect(err).toContain("(backup.file_exists)");
    expect(await readFile(file, "utf8")).toBe("precious");
  });

  test("where the file can't be, and where there are no tables", async () => {
    const { schema } = await house(3);
    const nowhere = join(await folder(), "none", "one.tar.gz");
    expect((await longmen(schema, ["backup", "--to", nowhere])).err).toContain(
      "(backup.file_unwritable)",
    );
    expect((await longmen(freshSchema(), ["backup", "--to", "-"])).err).toContain(
      "(postgres.schema_missing)",
    );
    expect((await longmen(schema, ["backup"])).code).toBe(2);
  });

  test("not where the folder that it names is not there yet: that is made", async () => {
    const { schema } = await house(3);
    const dir = join(await folder(), "backups", "nightly");
    for (const to of [`${dir}/`, dir]) {
      expect((await longmen(schema, ["backup", "--to", to])).code).toBe(0);
      await sleep(1_001);
    }
    expect(readdirSync(dir)).toHaveLength(2);
  });

  test("when somebody stops it, and leaves no file", async () => {
    const { schema } = await house(3);
    const dir = await folder();
    const { code, err } = await longmen(schema, ["backup", "--to", dir], { abort: true });
    expect(code).toBe(130);
    expect(err).toContain("nothing was written");
    expect(readdirSync(dir)).toEqual([]);
  });

  test("of nothing that is not Longmen's: it is left out, and named", async () => {
    const { schema, database } = await house(3);
    await database.transaction((tx) =>
      tx.query(`create table ${schema}.holiday (id serial primary key);
        insert into ${schema}.holiday default values;
        alter table ${schema}.ledger_book add column colour text`),
    );
    const took = await longmen(schema, ["backup", "--to", "-"]);
    expect(took.code).toBe(0);
    for (const line of ["table holiday", "column ledger_book.colour", "sequence holiday_id_seq"]) {
      expect(took.err).toContain(line);
    }
    const restored = await longmen(freshSchema(), ["restore", "--from", "-"], { input: took.out });
    expect(restored.code).toBe(0);
  });
});

describe("a restore is refused", () => {
  test("into a schema that has rows, which stay", async () => {
    const { schema, database } = await house(3);
    const heads = await bookHeads(database);
    const { out } = await longmen(schema, ["backup", "--to", "-"]);
    const { code, err } = await longmen(schema, ["restore", "--from", "-"], { input: out });
    expect(code).toBe(3);
    expect(err).toContain("(postgres.schema_occupied)");
    expect(err).toContain("LONGMEN_SCHEMA");
    expect(await bookHeads(database)).toEqual(heads);
  });

  test("but not into one whose tables are all empty", async () => {
    const { schema } = await house(3);
    const { out } = await longmen(schema, ["backup", "--to", "-"]);
    const target = freshSchema();
    expect((await longmen(target, ["migrate"])).code).toBe(0);
    expect((await longmen(target, ["restore", "--from", "-"], { input: out })).code).toBe(0);
  });

  test.each([
    ["of a newer Longmen", "number = 99, name = 'later'", "(backup.longmen_newer)"],
    ["of another text", `sha256 = repeat('a', 64)`, "(postgres.migration_changed)"],
  ])("with a migration %s, and leaves nothing", async (_what, set, code) => {
    const { schema, database } = await house(3);
    await editedMigration(database, set);
    const { out } = await longmen(schema, ["backup", "--to", "-"]);
    const target = freshSchema();
    const restored = await longmen(target, ["restore", "--from", "-"], { input: out });
    expect(restored.code).toBe(3);
    expect(restored.err).toContain(code);
    expect(await tablesThere(target)).toBe(0);
  });

  test("applies what is newer than the backup afterwards", async () => {
    const { schema, database } = await testDatabase({
      migrations: [postgresMigrations, ledgerMigrations],
      place: "schema",
    });
    const { ledger } = await opened(schema);
    await furnish(await ledger.createBook("shop"), 3);
    const { out } = await longmen(schema, ["backup", "--to", "-"]);
    const target = freshSchema();
    const restored = await longmen(target, ["restore", "--from", "-"], { input: out });
    expect(restored.code).toBe(0);
    expect(restored.out.toString()).toContain("applied access/0001-access");
    expect(await bookHeads((await opened(target)).database)).toEqual(await bookHeads(database));
  });
});
