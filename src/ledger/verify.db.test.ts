import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding, VerifyReport } from "./book.ts";
import { randomBook, type RandomBook } from "./testing/random-book.ts";
import { undone, verifyAfter } from "./testing/tamper.ts";
import { verifyBook } from "./verify-book.ts";

let made: RandomBook;

beforeAll(async () => {
  made = await randomBook({ seed: 7, rounds: 40, until: "caller" });
});

afterAll(async () => {
  await made.close();
  await made.test.drop();
});

type Row = Record<string, unknown>;

async function rows(text: string): Promise<readonly Row[]> {
  const { database, schema } = made.test;
  const asked = text.replaceAll("@", `${schema}.`);
  return (await database.transaction((tx) => tx.query(asked))).rows;
}

describe("an honest book", () => {
  test("P4 verifies, and says how much it has looked at", async () => {
    const progress: number[] = [];
    const report = await verifyBook(made.test.database, made.book.id, {
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(report.findings).toEqual([]);
    const [counts] = await rows(
      `select (select count(*)::int4 from @ledger_entry) as entries,
         (select count(*)::int4 from @ledger_batch) as batches,
         (select count(*)::int4 from @ledger_account) as accounts`,
    );
    expect(report).toMatchObject({ verified: true, book: "random", findingsCount: 0, ...counts });
    expect(report.head.seq).toBe(counts?.["entries"]);
    expect(progress.at(-1)).toBe(1);
  });

  test("passes through every hash that it ever had, and through no other", async () => {
    const hashes = await rows(`select encode(hash, 'hex') as hash from @ledger_batch`);
    const middle = String(hashes[Math.floor(hashes.length / 2)]?.["hash"]);
    const { database } = made.test;
    const known = await verifyBook(database, made.book.id, { expectHead: middle.toUpperCase() });
    expect(known.verified).toBe(true);
    const other = await verifyBook(database, made.book.id, { expectHead: "00".repeat(32) });
    expect(other.findings).toEqual([
      { invariant: "I7", message: `history does not pass through ${"00".repeat(32)}` },
    ]);
  });

  test("can be given up at any moment", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    const { database } = made.test;
    await expect(verifyBook(database, made.book.id, { signal })).rejects.toThrow("enough");
  });

  test("is asked for by its number", async () => {
    await expect(verifyBook(made.test.database, 999)).rejects.toMatchObject({
      code: "ledger.book_missing",
    });
  });

  test("has the hashes that the statement of docs/concepts/hash-chain.md computes", async () => {
    const page = await readFile(
      new URL("../../docs/concepts/hash-chain.md", import.meta.url),
      "utf8",
    );
    const statement = /```sql\n(.*?)```/s.exec(page)?.[1] ?? "";
    expect(statement).toContain("sha256");
    const asked = statement.replaceAll("longmen.ledger_", "@ledger_");
    expect(await rows(asked)).toEqual([]);
    const { schema } = made.test;
    const edited = await undone(made, async (tx) => {
      await tx.query(`update ${schema}.ledger_entry set code = 77 where seq = 20`);
      return (await tx.query(asked.replaceAll("@", `${schema}.`))).rows;
    });
    expect(edited).toHaveLength(1);
  });
});

describe("a row edited by hand is found, whatever its column", () => {
  /** Another value of the same type that no constraint forbids. */
  const edits: Readonly<Record<string, string>> = {
    bigint: "coalesce(@c, 0) + 1",
    integer: "coalesce(@c, 0) + 1",
    smallint: "case @c when 1 then 2 else 1 end",
    text: "coalesce(@c, '') || 'x'",
    json: `'{"edited": true}'::json`,
    boolean: "not @c",
    bytea: "sha256(coalesce(@c, '\\x00'))",
    "timestamp with time zone": "coalesce(@c, now()) + interval '1 microsecond'",
  };
  /** What no chain covers, and why: docs/concepts/hash-chain.md. */
  const unproved = new Set([
    ...["book_id", "created_at", "by_whom", "request"].map((column) => `ledger_book.${column}`),
    "ledger_batch.flush",
  ]);

  /** Somebody who edits tables by hand can take their constraints away, too. */
  async function loosened(): Promise<string[]> {
    const constraints = await rows(
      `select conrelid::regclass::text as tables, quote_ident(conname) as name from pg_constraint
       where connamespace = '${made.test.schema}'::regnamespace and contype in ('p', 'u', 'c', 'f') and conrelid::regclass::text like '%ledger%'
       order by contype = 'f' desc`,
    );
    const drops = constraints.map(
      ({ tables, name }) =>
        `alter table ${String(tables)} drop constraint if exists ${String(name)} cascade`,
    );
    return [...drops, "drop index @ledger_entry_hold_is_resolved_once"];
  }

  test("P4 in every table", async () => {
    const columns = await rows(
      `select table_name, column_name, data_type from information_schema.columns
       where table_schema = '${made.test.schema}' and table_name like 'ledger\\_%' and table_name not like 'ledger\\_archive%'
       order by table_name, ordinal_position`,
    );
    expect(columns.length).toBeGreaterThan(50);
    expect(editsOf((await verifyAfter(made, await loosened())).report)).toEqual([]);
    const missed: string[] = [];
    for (const { table_name: table, column_name: column, data_type: type } of columns) {
      const name = `${String(table)}.${String(column)}`;
      if (unproved.has(name)) continue;
      for (const share of [0.3, 0.9]) {
        const found = await findingsOfEdit(String(table), String(column), String(type), share);
        if (found.length === 0) missed.push(`${name} at ${share}`);
      }
    }
    expect(missed).toEqual([]);
  });

  async function findingsOfEdit(table: string, column: string, type: string, share: number) {
    const value = edits[type]?.replaceAll("@c", column);
    if (value === undefined) throw new Error(`no edit for ${type}`);
    const { report, changed } = await verifyAfter(made, [
      ...(await loosened()),
      `update @${table} set ${column} = ${value} where ctid = (
         select ctid from @${table} where ${table === "ledger_batch" ? "last_seq > 0" : "true"}
         limit 1 offset greatest(0, (select floor(count(*) * ${share}) from @${table}) - 2))`,
    ]);
    if (changed === 0) throw new Error(`nothing was edited in ${table}.${column}`);
    return editsOf(report);
  }

  /** Without what is said of the constraints that were taken away. */
  function editsOf({ findings }: VerifyReport): readonly Finding[] {
    return findings.filter((finding) => !finding.message.includes("unique index"));
  }
});

test("P4 a book verifies while it is being written, up to where it was when asked", async () => {
  const { book, test: on } = made;
  const accounts = ["live/a", "live/b", "live/c"];
  const asset = "CNY/2";
  await book.batch(
    accounts.map((path) => ({ kind: "open", path, asset, side: "credit", bound: "none" })),
  );
  let writing = true;
  let written = 0;
  const write = async (writer: number) => {
    for (let i = 0; writing; i++) {
      const [debit, credit] = [
        accounts[(writer + i) % 3] ?? "",
        accounts[(writer + i + 1) % 3] ?? "",
      ];
      await book.submit({ id: `live-${writer}-${i}`, asset, debit, credit, amount: 1n });
      written += 1;
    }
  };
  const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
  const entries: number[] = [];
  for (let round = 0; round < 8; round++) {
    const report = await verifyBook(on.database, book.id);
    expect(report.findings).toEqual([]);
    entries.push(report.entries);
    const before = written;
    await expect.poll(() => written).toBeGreaterThan(before);
  }
  writing = false;
  await Promise.all(writers);
  expect(written).toBeGreaterThan(8);
  expect(entries.at(-1)).toBeGreaterThan(entries[0] ?? 0);
});
