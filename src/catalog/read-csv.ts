/** A catalogue's CSV as groups of rows, a product each; streaming, with the line of every row. */
import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { fail, type LongmenError } from "../base/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { type Header, readHeader } from "./csv-columns.ts";

export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Rows next to each other with the same product code. */
export interface CsvGroup {
  readonly code: string;
  readonly rows: readonly CsvRow[];
}

export interface CsvFault {
  readonly line: number;
  readonly error: LongmenError;
}

export type CsvSource = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;
export type CsvEncoding = "utf-8" | "gb18030";

const RECORD_MAX_BYTES = 1_000_000;
/** More variants than a product may have. */
const GROUP_ROWS_MAX = 500;

interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/**
 * Reads the file once. `onHeader` is told the columns first, `onFault` each row that can't be read.
 * Refuses: catalog.csv_header, catalog.csv_unreadable (another encoding).
 */
export async function* readGroups(
  source: CsvSource,
  encoding: CsvEncoding,
  told: {
    readonly onHeader: (header: Header) => void;
    readonly onFault: (fault: CsvFault) => void;
  },
): AsyncGenerator<CsvGroup> {
  const parser = parse({
    ...{ bom: true, info: true, relax_column_count: true, skip_empty_lines: true },
    ...{ skip_records_with_error: true, max_record_size: RECORD_MAX_BYTES },
    on_skip: (error) => {
      const line = Number((error as { lines?: unknown } | undefined)?.lines ?? 0);
      const reason = error?.message ?? "unknown";
      told.onFault({ line, error: fail(catalogErrors, "csv_unreadable", { reason }) });
      return undefined;
    },
  });
  pipeline(Readable.from(decoded(source, encoding)), parser, () => undefined);
  let header: Header | undefined;
  let code = "";
  let rows: CsvRow[] = [];
  for await (const { info, record } of parser as AsyncIterable<Parsed>) {
    if (header === undefined) {
      header = readHeader(record);
      told.onHeader(header);
      continue;
    }
    const row = { line: lineOf(info.lines, record), cells: record };
    if (record.length !== header.width) {
      const reason = `it has ${record.length} cells, the header ${header.width}`;
      told.onFault({ line: row.line, error: fail(catalogErrors, "csv_unreadable", { reason }) });
      continue;
    }
    const own = record[header.places.get("code") ?? 0] ?? "";
    if (rows.length > 0 && (own !== code || rows.length >= GROUP_ROWS_MAX)) {
      yield { code, rows };
      rows = [];
    }
    code = own;
    rows.push(row);
  }
  if (header === undefined)
    throw fail(catalogErrors, "csv_header", { problems: ["there is none"] });
  if (rows.length > 0) yield { code, rows };
}

/** The line on which the row begins; the parser tells where it ends. */
function lineOf(end: number, cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) for (const character of cell) if (character === "\n") breaks += 1;
  return end - breaks;
}

/** Refuses: catalog.csv_unreadable. */
async function* decoded(source: CsvSource, encoding: CsvEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const read = (chunk: Uint8Array | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      const other = encoding === "utf-8" ? "gb18030" : "utf-8";
      const reason = `the file is not ${encoding}; is it ${other}?`;
      throw fail(catalogErrors, "csv_unreadable", { reason }, error);
    }
  };
  for await (const chunk of source) yield typeof chunk === "string" ? chunk : read(chunk);
  yield read(undefined);
}
