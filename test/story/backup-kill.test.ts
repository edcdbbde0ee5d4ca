import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BookHead, bookHeads, ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { testDatabase, testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";
import { freshDir, runCommand } from "./command.ts";

const { dir, remove } = freshDir();
const file = join(dir, "books.tar.gz");
const target = testSchemaName();
let source: Awaited<ReturnType<typeof testDatabase>>;
let there: Database;
let heads: readonly BookHead[] = [];

beforeAll(async () => {
  source = await testDatabase({
    migrations: [postgresMigrations, ledgerMigrations],
    until: "caller",
    place: "schema",
  });
  const ledger = openLedger({ database: source.database, sweep: false });
  const book = await ledger.createBook("shop");
  await book.submit({ kind: "asset", asset: "CNY/2" });
  for (const path of ["supplier", "stock"]) {
    await book.submit({ kind: "open", path, asset: "CNY/2", side: "credit", bound: "none" });
  }
  const sale = { asset: "CNY/2", debit: "supplier", credit: "stock", amount: 1n };
  await book.batch(Array.from({ length: 2_000 }, (_, index) => ({ id: `sale/${index}`, ...sale })));
  await ledger.close();
  heads = await bookHeads(source.database);
  there = await openDatabase({ url: testServerUrl(), schema: target });
});
afterAll(async () => {
  await there.transaction((tx) => tx.query(`drop schema if exists ${target} cascade`));
  await there.close();
  await source.drop();
  remove();
});

const onSchema = (schema: string) => ["--database-url", testServerUrl(), "--schema", schema];
const backup = (...words: readonly string[]) =>
  runCommand("backup", "--to", file, ...onSchema(source.schema), ...words).ended;
const restore = (...words: readonly string[]) =>
  runCommand("restore", "--from", file, ...onSchema(target), ...words).ended;

describe("P1 killed at any instant", () => {
  test("a backup leaves no file of its name, and the next is whole", async () => {
    expect((await backup("--faults", "backup.written=kill")).signal).toBe("SIGKILL");
    expect(readdirSync(dir)).not.toContain("books.tar.gz");
    expect((await backup()).code).toBe(0);
    expect((await restore("--check")).code).toBe(0);
  });

  test("a restore leaves nothing before its commit, and the next is whole", async () => {
    expect((await restore("--faults", "restore.copied=kill")).signal).toBe("SIGKILL");
    await expect(bookHeads(there)).rejects.toMatchObject({ code: "postgres.schema_missing" });
    expect((await restore("--faults", "restore.committed=kill")).signal).toBe("SIGKILL");
    expect(await bookHeads(there)).toEqual(heads);
    const { code, err } = await restore();
    expect(code).toBe(3);
    expect(err).toContain("(postgres.schema_occupied)");
    const verify = await runCommand("verify", "--book", "shop", ...onSchema(target)).ended;
    expect(verify.code).toBe(0);
  });
});
