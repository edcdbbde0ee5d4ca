/** Backups, restores and moves in words, and as the objects of --json. */
import type { BookHead, VerifyReport } from "../../ledger/index.ts";
import { counted } from "../replay/report.ts";
import { reportJson } from "../report-json.ts";
import type { BackupHeader } from "./backup-header.ts";
import type { Moved } from "./move-books.ts";
import type { Taken } from "./take-backup.ts";

const BOOKS_SHOWN = 10;

export interface BackupTold {
  readonly taken: Taken;
  readonly path: string;
  readonly seconds: number;
}

export function backupText({ taken, path, seconds }: BackupTold): string {
  const { header, tables, bytes, sha256 } = taken;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    `Backed up schema ${header.shape.schema} as of ${header.createdAt}`,
    `  ${counted(rows, "row")} of ${counted(tables.length, "table")} in ${seconds.toFixed(1)} s`,
    ...booksText(header.books),
    `  ${path}, ${megabytes(bytes)}`,
    `  seal ${sha256}`,
  ].join("\n");
}

export function backupJson({ taken, path, seconds }: BackupTold): object {
  const { bytes, sha256, tables, leftOut, header } = taken;
  return { file: path, bytes, seal: sha256, ...headerJson(header), tables, leftOut, seconds };
}

/** What a backup says of itself. */
export function headerJson({ longmen, createdAt, shape, books }: BackupHeader): object {
  const { schema, serverVersion, migrations } = shape;
  return {
    longmen,
    createdAt,
    schema,
    serverVersion,
    migrations: migrations.map(({ room, number, name }) => `${room}/${number}-${name}`),
    books: books.map(({ name, seq, hash }) => ({ book: name, seq, headHash: hash })),
  };
}

export function checkedText({ longmen, createdAt, shape, books }: BackupHeader, path: string) {
  return [
    `${path} is whole`,
    `  schema ${shape.schema} as of ${createdAt}, by Longmen ${longmen}`,
    ...booksText(books),
  ].join("\n");
}

export interface RestoredTold {
  readonly header: BackupHeader;
  readonly reports: readonly VerifyReport[];
  readonly applied: readonly string[];
  readonly schema: string;
  readonly seconds: number;
}

export function restoredText({ header, reports, applied, schema, seconds }: RestoredTold): string {
  const bad = reports.filter(({ verified }) => !verified);
  const verdict =
    bad.length === 0
      ? "every book verifies and has the head that it had"
      : `${counted(bad.length, "book")} did not verify, here as where they are from`;
  const findings = bad.flatMap(({ book, findings: found }) =>
    found
      .slice(0, BOOKS_SHOWN)
      .map(({ invariant, message }) => `  ${book}: ${invariant}: ${message}`),
  );
  return [
    `Restored schema ${schema} as of ${header.createdAt} in ${seconds.toFixed(1)} s: ${verdict}`,
    ...booksText(header.books),
    ...applied.map((label) => `  applied ${label}, which is newer than the backup`),
    ...findings,
  ].join("\n");
}

export function restoredJson({ header, reports, applied, schema, seconds }: RestoredTold): object {
  const verified = reports.every((report) => report.verified);
  const told = { reports: reports.map(reportJson), seconds };
  return { ...headerJson(header), schema, verified, applied, ...told };
}

export function leftOutText(lines: readonly string[]): string {
  return [
    "warning: not Longmen's, and not in the backup:",
    ...lines.map((line) => `  ${line}`),
  ].join("\n");
}

/** Server, database and schema; never user and password. */
export function targetText(url: string, schema: string): string {
  if (!URL.canParse(url)) return `that address, schema ${schema}`;
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname === "" ? (searchParams.get("host") ?? "localhost") : hostname;
  return `postgres://${host}:${port === "" ? "5432" : port}${pathname}, schema ${schema}`;
}

/** `already`: it was done by an earlier command, and is told as that one told it. */
export function movedJson(moved: Moved, to: string, already: boolean): object {
  const { at, books, rows, wasThere } = moved;
  const heads = books?.map(({ name, seq, hash }) => ({ book: name, seq, headHash: hash }));
  return { to, at, already, rows, wasThere, books: heads, verified: true };
}

export function movedText(to: string, { books = [], rows, wasThere }: Moved): string {
  const found = wasThere ? " (an earlier move had got there)" : "";
  const size = rows === undefined || wasThere ? "" : `, ${counted(rows, "row")}`;
  return [
    `The books are at ${to}${found}${size}`,
    ...booksText(books),
    "Set DATABASE_URL to that server for every node and command from now on, for example",
    "  DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT/DATABASE longmen start --serve",
    "The folder keeps the old books and refuses to start. Remove its postgres/data",
    "when there is a backup of the new place.",
  ].join("\n");
}

function booksText(books: readonly BookHead[]): readonly string[] {
  const lines = books
    .slice(0, BOOKS_SHOWN)
    .flatMap(({ name, seq, hash }) => [
      `  book ${name}: ${counted(seq, "entry", "entries")}`,
      `    head ${hash}`,
    ]);
  const more = books.length - BOOKS_SHOWN;
  return more > 0 ? [...lines, `  and ${counted(more, "book")} more`] : lines;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
