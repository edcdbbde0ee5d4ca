/** What stands in a backup beside the rows: its first file and its last. */
import { fail } from "../../base/index.ts";
import type { BookHead } from "../../ledger/index.ts";
import { isBound, type SchemaShape } from "../../postgres/index.ts";
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
  const format = header?.["format"];
  if (header === undefined || typeof format !== "number") {
    throw fail(backupErrors, "not_a_backup", { path, problem: "its first file is not ours" });
  }
  if (format !== FORMAT) {
    throw fail(backupErrors, "format_unknown", { path, found: format, known: FORMAT, version });
  }
  if (!isHeader(header)) {
    throw fail(backupErrors, "not_a_backup", { path, problem: "its first file is not whole" });
  }
  const sequences = header.shape.sequences.map(({ name, value }) => ({
    name,
    value: BigInt(value),
  }));
  return { ...header, shape: { ...header.shape, sequences } };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As JSON has it: integers beyond 2^53 are texts. */
type StoredHeader = Omit<BackupHeader, "shape"> & {
  readonly shape: Omit<SchemaShape, "sequences"> & {
    readonly sequences: readonly { readonly name: string; readonly value: string }[];
  };
};

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
const isIdentifier = (value: unknown) => typeof value === "string" && IDENTIFIER.test(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => Number.isSafeInteger(value);

function isListOf(value: unknown, fits: (item: Record<string, unknown>) => boolean): boolean {
  return Array.isArray(value) && value.every((item: unknown) => isObject(item) && fits(item));
}

/** Names go into statements as they are: what is no plain name is not ours, whoever made it. */
function isHeader(value: Record<string, unknown>): value is Record<string, unknown> & StoredHeader {
  const { shape } = value;
  if (!isObject(shape) || !isText(value["longmen"]) || !isText(value["createdAt"])) return false;
  return (
    isText(shape["schema"]) &&
    isNumber(shape["serverVersion"]) &&
    isListOf(shape["tables"], isTable) &&
    isListOf(shape["sequences"], ({ name, value: at }) => isIdentifier(name) && isInteger(at)) &&
    isListOf(
      shape["migrations"],
      ({ room, number, name, sha256 }) =>
        isText(room) && isNumber(number) && isText(name) && isText(sha256),
    ) &&
    isListOf(
      value["books"],
      ({ id, name, seq, hash }) => isNumber(id) && isText(name) && isNumber(seq) && isText(hash),
    )
  );
}

/** A file of a version that knew no partitions names none. */
function isTable({ name, columns, partitions = [] }: Record<string, unknown>): boolean {
  const isPartition = ({ name: part, bound }: Record<string, unknown>) =>
    isIdentifier(part) && typeof bound === "string" && isBound(bound);
  return isIdentifier(name) && areColumns(columns) && isListOf(partitions, isPartition);
}

function areColumns(columns: unknown): boolean {
  return Array.isArray(columns) && columns.length > 0 && columns.every(isIdentifier);
}

function isInteger(text: unknown): boolean {
  return typeof text === "string" && /^-?\d{1,19}$/.test(text);
}
