import { createHash, randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { LongmenError } from "../../base/index.ts";
import type { CopyPage } from "../../postgres/index.ts";
import { type BackupHeader, FORMAT } from "./backup-header.ts";
import { readBackup } from "./read-backup.ts";
import { isSeal, SEAL_BYTES, sealOf } from "./seal.ts";
import { readTarHeader, tarHeader } from "./tar.ts";
import { writeBackup } from "./write-backup.ts";

const tables = ["access_key", "ledger_book", "ledger_entry"].map((name) => ({
  name,
  columns: ["id"],
  partitioned: false,
}));

const header: BackupHeader = {
  format: FORMAT,
  longmen: "1.2.3",
  createdAt: "2026-11-21T10:49:00.000Z",
  shape: {
    schema: "longmen",
    serverVersion: 180_004,
    migrations: [{ room: "ledger", number: 1, name: "ledger", sha256: "ab".repeat(32) }],
    tables,
    sequences: [{ name: "ledger_book_book_id_seq", value: 2n ** 62n }],
  },
  books: [{ id: 1, name: "shop", seq: 7, hash: "cd".repeat(32) }],
};

/** One table without a row, one of one page, one of two. */
const pages: Readonly<Record<string, readonly CopyPage[]>> = {
  access_key: [],
  ledger_book: [{ bytes: Buffer.from("a book"), rows: 1 }],
  ledger_entry: [
    { bytes: randomBytes(700), rows: 5 },
    { bytes: Buffer.alloc(512, "x"), rows: 2 },
  ],
};

async function* rows({ name }: { readonly name: string }): AsyncGenerator<CopyPage> {
  yield* pages[name] ?? [];
}

async function write(of: BackupHeader = header): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const { signal } = new AbortController();
  await writeBackup({ rows }, of, sink, { onRows: () => undefined, signal });
  return Buffer.concat(chunks);
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  readonly header: BackupHeader;
  readonly tables: Readonly<Record<string, string>>;
  readonly rows: readonly number[];
}

async function read(bytes: Buffer, chunk = 1_000): Promise<Read> {
  const backup = await readBackup(inChunks(bytes, chunk), { path: "it", version: "1.2.3" });
  try {
    const found: Record<string, string> = {};
    for (const table of backup.header.shape.tables) {
      const parts: Buffer[] = [];
      for await (const page of backup.rows(table)) parts.push(page.bytes);
      found[table.name] = Buffer.concat(parts).toString("hex");
    }
    const end = await backup.end();
    return { header: backup.header, tables: found, rows: end.tables.map((table) => table.rows) };
  } finally {
    backup.close();
  }
}

/** The code of what reading refuses; whatever has none is a bug and fails the test. */
async function refusal(bytes: Buffer, chunk?: number): Promise<string> {
  try {
    await read(bytes, chunk);
    return "read";
  } catch (error) {
    if (error instanceof LongmenError) return error.code;
    throw error;
  }
}

describe("the file of a backup", () => {
  test.each([1, 99, 1_000, 1_000_000])(
    "comes back as it was, read %i bytes at a time",
    async (n) => {
      const found = await read(await write(), n);
      expect(found.header).toEqual(header);
      expect(found.rows).toEqual([0, 1, 7]);
      const wanted = Object.entries(pages).map(([name, each]) => [
        name,
        Buffer.concat(each.map(({ bytes }) => bytes)).toString("hex"),
      ]);
      expect(found.tables).toEqual(Object.fromEntries(wanted));
    },
  );

  test("ends in a seal that gzip reads over", async () => {
    const file = await write();
    expect(isSeal(file.subarray(-SEAL_BYTES))).toBe(true);
    const archive = gunzipSync(file);
    expect(archive).toEqual(gunzipSync(file.subarray(0, -SEAL_BYTES)));
    expect(readTarHeader(archive.subarray(0, 512))?.name).toBe("longmen-backup/backup.json");
  });

  test("with any one byte altered is refused by name", async () => {
    const file = await write();
    const codes = new Set<string>();
    for (let at = 0; at < file.length; at++) {
      const altered = Buffer.from(file);
      altered.writeUInt8(altered.readUInt8(at) ^ (1 + (at % 255)), at);
      codes.add(await refusal(altered));
    }
    expect([...codes].sort()).toEqual(["backup.damaged", "backup.not_a_backup"]);
  });

  test("cut short anywhere, or with more behind it, is refused by name", async () => {
    const file = await write();
    const codes = new Set<string>();
    for (let length = 1; length < file.length; length += 7) {
      codes.add(await refusal(file.subarray(0, length)));
    }
    codes.add(await refusal(Buffer.concat([file, Buffer.from("more")])));
    codes.add(await refusal(Buffer.concat([file, file])));
    expect([...codes]).toEqual(["backup.damaged"]);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("InvoiceNo,StockCode\n")],
    ["another archive", sealed(tarHeader({ name: "holiday.jpg", size: 0 }))],
    ["a first file that is no JSON", sealed(withText("hello"))],
    ["a first file of somebody else", sealed(withText("{}"))],
  ])("that is none is said to be none: %s", async (_what, bytes) => {
    expect(await refusal(bytes)).toBe("backup.not_a_backup");
  });

  test("with a name in it that would be more than a name is none of ours", async () => {
    const columns = ["id"];
    for (const name of ['x"; drop schema longmen cascade; --', "", "a b"]) {
      const shape = { ...header.shape, tables: [{ name, columns, partitioned: false }] };
      expect(await refusal(await write({ ...header, shape }))).toBe("backup.not_a_backup");
    }
  });

  test("of a later format is refused as such", async () => {
    expect(await refusal(await write({ ...header, format: FORMAT + 1 }))).toBe(
      "backup.format_unknown",
    );
  });
});

function withText(text: string): Buffer {
  const name = "longmen-backup/backup.json";
  return Buffer.concat([
    tarHeader({ name, size: text.length }),
    Buffer.from(text.padEnd(512, "\0")),
  ]);
}

/** Packed and sealed like one of ours. */
function sealed(archive: Buffer): Buffer {
  const packed = gzipSync(Buffer.concat([archive, Buffer.alloc(1_024)]));
  return Buffer.concat([packed, sealOf(createHash("sha256").update(packed).digest("hex"))]);
}
