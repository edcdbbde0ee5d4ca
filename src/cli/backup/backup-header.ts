/** What stands in a backup beside the rows: its first file and its last. */
import { fail } from "../../base/index.ts";
import type { BookHead } from "../../ledger/index.ts";
import type { SchemaShape } from "../../postgres/index.ts";
import { backupErrors } from "./backup.errors.ts";

/** Raised when an older Longmen could no longer read it. */
export const FORMAT = 1;
/** All files lie in one folder, for whoever unpacks them. */
export const FOLDER = "longmen-backup";
export const HEADER_NAME = `${FOLDER}/backup.json`;
export const END_NAME = `${FOLDER}/end.json`;

export interface BackupHeader {
  readonly format: number;
  /** The version that wrote it. */
  readonly longmen: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly shape: SchemaShape;
  readonly books: readonly BookHead[];
}

/** Of one table: what its parts are together. */
export interface TableSum {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the parts, one after the other. */
  readonly sha256: string;
}

export interface BackupEnd {
  readonly tables: readonly TableSum[];
}

/** The files of a table, in order: `longmen-backup/tables/ledger_entry/000001.copy`. */
export function partName(table: string, number: number): string {
  return `${FOLDER}/tables/${table}/${String(number).padStart(6, "0")}.copy`;
}

export function headerText({ shape, ...header }: BackupHeader): string {
  const sequences = shape.sequences.map(({ name, value }) => ({ name, value: String(value) }));
  return `${JSON.stringify({ ...header, shape: { ...shape, sequences } }, null, 2)}\n`;
}

/** Refuses: backup.not_a_backup, format_unknown. */
export function readHeader(text: string, path: string, version: string): BackupHeader {
  const header = parsed(text);
  const format = header?.format;
  if (header === undefined || typeof format !== "number") {
    throw fail(backupErrors, "not_a_backup", { path, problem: "its first file is not ours" });
  }
  if (format !== FORMAT) {
    throw fail(backupErrors, "format_unknown", { path, found: format, known: FORMAT, version });
  }
  // Of our own format, and sealed: what follows is what we wrote.
  const sequences = header.shape.sequences.map(({ name, value }) => ({
    name,
    value: BigInt(value),
  }));
  return { ...header, shape: { ...header.shape, sequences } };
}

function parsed(text: string): BackupHeader | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as BackupHeader) : undefined;
  } catch {
    return undefined;
  }
}
