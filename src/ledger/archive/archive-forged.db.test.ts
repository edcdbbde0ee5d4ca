import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { archiveTo, bookOf, folderOf, timeAt } from "../testing/archiving.ts";
import type { RandomBook } from "../testing/random-book.ts";
import { verifyAfter } from "../testing/tamper.ts";
import { frame, type FrameKind, readFrames, writeFrames } from "./frames.ts";
import { proveFile } from "./prove-file.ts";

/** Somebody who edits tables by hand can take their constraints away, too. */
async function loosened({ test: on }: RandomBook): Promise<string[]> {
  const { rows } = await on.database.transaction((tx) =>
    tx.query(
      `select conrelid::regclass::text as tables, quote_ident(conname) as name from pg_constraint
       where connamespace = '${on.schema}'::regnamespace and contype in ('p', 'u', 'c', 'f')
         and conrelid::regclass::text like '%ledger%' order by contype = 'f' desc`,
    ),
  );
  return rows.map(
    ({ tables, name }) =>
      `alter table ${String(tables)} drop constraint if exists ${String(name)} cascade`,
  );
}

/** Another value of the same type. */
const edits: Readonly<Record<string, string>> = {
  bigint: "coalesce(@c, 0) + 1",
  integer: "coalesce(@c, 0) + 1",
  smallint: "case @c when 1 then 2 else 1 end",
  text: "coalesce(@c, '') || 'x'",
  json: `'{"edited": true}'::json`,
  boolean: "not @c",
  bytea: "sha256(coalesce(@c, '\\x00'))",
  "timestamp with time zone": "coalesce(@c, now()) + interval '1 millisecond'",
  ARRAY: "@c[2:]",
};

/** What no chain covers (docs/concepts/hash-chain.md), and what an archive's file alone tells. */
const unproved = new Set([
  ...["book_id", "created_at", "by_whom", "request"].map((column) => `ledger_book.${column}`),
  ...["file", "made_at", "by_whom", "request"].map((column) => `ledger_archive.${column}`),
  "ledger_batch.flush",
  // How far it is slim is only what a next run goes by: it finds nothing to do.
  "ledger_archive.slimmed_seq",
]);
const byTheFile = new Set(["ledger_archive.file_sha256", "ledger_archive.file_bytes"]);

describe("P4 an edit by hand of what is archived is found, whatever its column", () => {
  test("in every table, before the archive's end", async () => {
    const made = await bookOf(51, 60);
    const to = join(folderOf(), "a.lma");
    const { throughSeq } = await archiveTo(made, await timeAt(made, 0.7), to);
    const { database, schema } = made.test;
    const { rows } = await database.transaction((tx) =>
      tx.query(
        `select table_name, column_name, data_type from information_schema.columns
         where table_schema = '${schema}' and table_name like 'ledger\\_%'
         order by table_name, ordinal_position`,
      ),
    );
    const loose = await loosened(made);
    const missed: string[] = [];
    for (const { table_name, column_name, data_type } of rows) {
      const [table, column] = [String(table_name), String(column_name)];
      const name = `${table}.${column}`;
      if (unproved.has(name)) continue;
      const value = edits[String(data_type)]?.replaceAll("@c", column);
      if (value === undefined) throw new Error(`no edit for ${String(data_type)}`);
      const old = oldRows[table] ?? "true";
      const edit = `update @${table} set ${column} = ${value} where ctid = (
        select ctid from @${table} where ${old.replaceAll(":through", String(throughSeq))}
        order by ctid limit 1 offset 2)`.replace(table in single ? " offset 2" : "!", "");
      const options = byTheFile.has(name) ? { archives: [to] } : {};
      const { report, changed } = await verifyAfter(made, [...loose, edit], options);
      if (changed === 0) throw new Error(`nothing was edited in ${name}`);
      const found = report.findings.filter(({ message }) => !message.includes("unique index"));
      if (found.length === 0) missed.push(name);
    }
    expect(missed).toEqual([]);
  });

  test("a row that is gone, or one too many", async () => {
    const made = await bookOf(52, 60);
    const to = join(folderOf(), "a.lma");
    const { throughSeq } = await archiveTo(made, await timeAt(made, 0.7), to);
    const old = `seq <= ${throughSeq}`;
    const forgeries = [
      `delete from @ledger_entry where seq = 30`,
      `delete from @ledger_balance where ${old} and ctid = (select ctid from @ledger_balance where ${old} limit 1)`,
      `insert into @ledger_balance select book_id, account, seq - 1, first_seq - 1, 5, 5, 5, 5, bound, closed
       from @ledger_balance where ${old} and first_seq > 1 limit 1`,
      `delete from @ledger_batch where last_seq = (select last_seq from @ledger_batch where last_seq > 40 order by last_seq limit 1)`,
      `delete from @ledger_archive`,
      `delete from @ledger_account where account = (select min(account) from @ledger_account)`,
      `update @ledger_entry set id = id || '-' where seq = 30`,
      `update @ledger_entry set reference = 'put back' where seq = 30`,
      `update @ledger_entry set archived = null where seq = 30`,
      `update @ledger_entry set archived = '\\x00' where seq = ${throughSeq + 5}`,
    ];
    const loose = await loosened(made);
    const missed: string[] = [];
    for (const forgery of forgeries) {
      const { report, changed } = await verifyAfter(made, [...loose, forgery]);
      expect([forgery, changed > 0]).toEqual([forgery, true]);
      const found = report.findings.filter(({ message }) => !message.includes("unique index"));
      if (found.length === 0) missed.push(forgery);
    }
    expect(missed).toEqual([]);
  });
});

const oldRows: Readonly<Record<string, string>> = {
  ledger_entry: "seq <= :through",
  ledger_balance: "seq <= :through",
  ledger_batch: "last_seq <= :through and last_seq > 0",
  ledger_account: "account <= :through",
};
const single: Readonly<Record<string, true>> = {
  ledger_archive: true,
  ledger_book: true,
  ledger_archive_hold: true,
  ledger_asset: true,
};

/** Alone, or beside the book. */
async function isFound({ book }: RandomBook, copy: string): Promise<boolean> {
  const isWhole = await proveFile(copy).then(
    () => true,
    () => false,
  );
  return !isWhole || !(await book.verify({ archives: [copy] })).verified;
}

describe("a file that is not what it was", () => {
  test("is refused by name, wherever it was cut or changed", async () => {
    const made = await bookOf(53, 60);
    const folder = folderOf();
    const to = join(folder, "a.lma");
    await archiveTo(made, await timeAt(made, 0.7), to);
    const whole = readFileSync(to);
    const copy = join(folder, "copy.lma");
    for (const share of [0, 0.01, 0.3, 0.7, 0.999]) {
      writeFileSync(copy, whole);
      truncateSync(copy, Math.floor(whole.length * share));
      await expect(proveFile(copy)).rejects.toMatchObject({ code: "ledger.archive_broken" });
    }
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 40)) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x55;
      writeFileSync(copy, bytes);
      expect([at, await isFound(made, copy)]).toEqual([at, true]);
    }
    await expect(proveFile(join(folder, "none"))).rejects.toMatchObject({
      code: "ledger.archive_file_missing",
    });
    await expect(proveFile(folder)).rejects.toMatchObject({ code: "ledger.archive_file_missing" });
  });

  test("P4 is refused, too, when whoever changed its content packed it well again", async () => {
    const made = await bookOf(54, 60);
    const folder = folderOf();
    const to = join(folder, "a.lma");
    await archiveTo(made, await timeAt(made, 0.7), to);
    const content = gunzipSync(readFileSync(to));
    const copy = join(folder, "copy.lma");
    for (let at = 20; at < content.length; at += Math.ceil(content.length / 80)) {
      const bytes = Buffer.from(content);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(copy, gzipSync(bytes));
      expect([at, await isFound(made, copy)]).toEqual([at, true]);
    }
    writeFileSync(copy, gzipSync(Buffer.concat([content, Buffer.from("E\0\0\0\0")])));
    await expect(proveFile(copy)).rejects.toMatchObject({ code: "ledger.archive_broken" });
    writeFileSync(copy, gzipSync(content.subarray(0, -5)));
    await expect(proveFile(copy)).rejects.toMatchObject({ code: "ledger.archive_broken" });
  });

  test("P4 is folded in as many passes as it takes, and each finds what is wrong of its share", async () => {
    const made = await bookOf(56, 60);
    const to = join(folderOf(), "a.lma");
    await archiveTo(made, await timeAt(made, 0.7), to);
    const whole = await proveFile(to);
    expect(whole.accounts).toBeGreaterThan(10);
    expect(await proveFile(to, { accountsPerPass: 3 })).toEqual(whole);
    const frames: Buffer[] = [];
    for await (const { kind, bytes } of readFrames(to)) {
      // The last byte of a page is the last account's: whether it is closed.
      if (kind === "C") bytes[bytes.length - 1] = 1 - (bytes.at(-1) ?? 0);
      frames.push(frame(kind as FrameKind, Buffer.from(bytes)));
    }
    await writeFrames(to, Readable.from(frames));
    for (const accountsPerPass of [1, 3, 1_000]) {
      await expect(proveFile(to, { accountsPerPass })).rejects.toMatchObject({
        code: "ledger.archive_broken",
        message: expect.stringContaining("is not the fold of its entries") as string,
      });
    }
  });

  test("P4 tells a book whose digests were computed anew by a forger", async () => {
    const made = await bookOf(55, 60);
    const to = join(folderOf(), "a.lma");
    await archiveTo(made, await timeAt(made, 0.7), to);
    const forged = [`update @ledger_archive set state_digest = sha256(state_digest)`];
    const { report } = await verifyAfter(made, forged, { archives: [to] });
    const messages = report.findings.map(({ message }) => message);
    expect(messages.some((message) => message.includes("the balances at its end"))).toBe(true);
  });
});
