/** A catalogue's CSV as groups of rows, a product each; streaming, with the line of every row. */
import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { fail, type LongmenError } from "../base/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { type Header, readHeader } from "./csv-columns.ts";
import { withoutGuard } from "./csv-guard.ts";

export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Rows next to each other with the same product code. */
export interface CsvGroup {
  readonly code: string;
  /** Where it begins. */
  readonly line: number;
  readonly rows: readonly CsvRow[];
  /**
   * The line of a row that can't be read and is one of these, or may be: without it the product would lose a variant
   * in silence.
   */
  readonly brokenAt?: number | undefined;
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

/** A row that the parser has passed over: what is wrong, and on which line it noticed. */
interface Skipped {
  readonly line: number;
  readonly reason: string;
}

interface Told {
  readonly onHeader: (header: Header) => void;
  readonly onFault: (fault: CsvFault) => void;
}

/**
 * Reads the file once. `onHeader` is told the columns first, `onFault` each row that can't be read.
 * Refuses: catalog.csv_header, catalog.csv_unreadable (another encoding).
 */
export async function* readGroups(
  source: CsvSource,
  encoding: CsvEncoding,
  told: Told,
): AsyncGenerator<CsvGroup> {
  const skipped: Skipped[] = [];
  const parser = parserOf(skipped);
  pipeline(Readable.from(decoded(source, encoding)), parser, () => undefined);
  let header: Header | undefined;
  let groups: Groups | undefined;
  for await (const { info, record } of parser as AsyncIterable<Parsed>) {
    if (groups === undefined) {
      header = readHeader(record);
      told.onHeader(header);
      groups = new Groups(header, skipped, told.onFault, info.lines);
      continue;
    }
    yield* groups.take(info.lines, record);
  }
  if (groups === undefined)
    throw fail(catalogErrors, "csv_header", { problems: ["there is none"] });
  yield* groups.rest();
}

function parserOf(skipped: Skipped[]) {
  return parse({
    ...{ bom: true, info: true, relax_column_count: true, skip_empty_lines: true },
    ...{ skip_records_with_error: true, max_record_size: RECORD_MAX_BYTES },
    on_skip: (error) => {
      const line = Number((error as { lines?: unknown } | undefined)?.lines ?? 0);
      skipped.push({ line, reason: reasonOf(error) });
      return undefined;
    },
  });
}

const UNCLOSED = "a quote on it is never closed, so nothing behind it was read";

function reasonOf(
  error: { readonly code?: string; readonly message?: string } | undefined,
): string {
  const isUnclosed = ["CSV_QUOTE_NOT_CLOSED", "CSV_MAX_RECORD_SIZE"].includes(error?.code ?? "");
  return isUnclosed ? UNCLOSED : (error?.message ?? "unknown");
}

/** Rows as they come, put together by product. */
class Groups {
  private readonly header: Header;
  /** The parser is ahead: what it skips is told when the rows before it have gone by. */
  private readonly skipped: Skipped[];
  private readonly onFault: Told["onFault"];
  private current: (CsvGroup & { readonly rows: CsvRow[] }) | undefined;
  private lastLine: number;

  constructor(header: Header, skipped: Skipped[], onFault: Told["onFault"], lastLine: number) {
    this.header = header;
    this.skipped = skipped;
    this.onFault = onFault;
    this.lastLine = lastLine;
  }

  /** Takes a row; answers the group that it ends. */
  *take(endLine: number, cells: readonly string[]): Generator<CsvGroup> {
    const line = lineOf(endLine, cells);
    const between = this.tellSkipped(line);
    this.breakAt(between);
    this.lastLine = endLine;
    const code = cells[this.header.places.get("code") ?? 0] ?? "";
    const { current } = this;
    if (current === undefined || code !== current.code || current.rows.length >= GROUP_ROWS_MAX) {
      if (current !== undefined) yield current;
      // Whose the row was that was skipped, nobody knows: it may be this product's as well.
      this.current = { code, line, rows: [], brokenAt: between };
    }
    const { width } = this.header;
    if (cells.length === width) {
      this.current?.rows.push({ line, cells: cells.map(withoutGuard) });
      return;
    }
    this.breakAt(line);
    this.tell(line, `it has ${cells.length} cells, the header ${width}`);
  }

  /** What stands at the end. */
  *rest(): Generator<CsvGroup> {
    this.breakAt(this.tellSkipped(Infinity));
    if (this.current !== undefined) yield this.current;
  }

  private breakAt(line: number | undefined): void {
    if (line === undefined || this.current === undefined) return;
    this.current = { ...this.current, brokenAt: this.current.brokenAt ?? line };
  }

  /** The first line of those before this one that were skipped. */
  private tellSkipped(before: number): number | undefined {
    let first: number | undefined;
    for (;;) {
      const [next] = this.skipped;
      if (next === undefined || next.line >= before) return first;
      this.skipped.shift();
      // An open quote is noticed a second time at the end of the file.
      if (first !== undefined && next.reason === UNCLOSED) continue;
      // Noticed at its end; it begins behind the row before.
      const line = this.lastLine + 1;
      first ??= line;
      this.lastLine = Math.max(line, next.line);
      this.tell(line, next.reason);
    }
  }

  private tell(line: number, reason: string): void {
    this.onFault({ line, error: fail(catalogErrors, "csv_unreadable", { reason }) });
  }
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
